"""The networks as OpenVINO models, for pictures of any size. Imports OpenVINO.

They are written down operation by operation rather than traced: a trace holds one size's branches, takes seconds, and
OpenVINO's converter reports its use to a server. tests/engine compares every part with the torch network.

All take the picture's own levels, 0..255, which bfloat16 holds exactly: N×H×W×3 uint8. CF-ESRT's and ESRT's sums with
the picture or with the long skip are not in them, since those stay in float32; Live's are.
"""

from __future__ import annotations

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from openvino import opset1
from torch import nn

from cf_esrt.engine import graph as g
from cf_esrt.engine.enlargement import BY_PIXEL, enlarged
from cf_esrt.engine.linear import EDGES, REACH, Merged, Network
from cf_esrt.engine.ranges import Ranges
from cf_esrt.networks import ESRT, Live, RefinementNetwork
from cf_esrt.networks.backbones import (
    AdaptiveResidualFeatureBlock,
    EfficientTransformer,
    HighPreservingBlock,
    LightweightCNNBackbone,
    LightweightTransformerBackbone,
)
from cf_esrt.networks.cf_esrt import Sharpen, Stage
from cf_esrt.networks.layers import ChannelAttention, ResidualUnit

VERSION = 2
"""Version of the converted models, part of their cache key."""
LEVELS = 255.0


def body(network: Network, tail: Merged) -> ov.Model:
    """Head, backbones and tail: N×H×W×3 uint8 with H, W ≥ 7 → N×48×H×W, before `linear.finish`."""
    picture, x = _picture()
    _, features = features_of(network, x, levels=LEVELS)
    return _model(picture, _merged(tail, features), "body")


def features_of(network: Network, x: g.Value, *, levels: float = 1.0) -> tuple[g.Value, g.Value]:
    """The head's features and the body's, N×32×H×W; ``levels``: what white is in ``x``."""
    head = g.of_conv(x, network.head, levels=levels)
    if isinstance(network, ESRT):
        return head, _transformer_backbone(network.ltb, _cnn_backbone(network.lcb, head), head)
    both = [_cnn_backbone(network.lcb, head), _transformer_backbone(network.ltb, head, head)]
    return head, g.of_conv(g.concat(both, 1), network.fuse)


def refinement(network: RefinementNetwork) -> ov.Model:
    """What the refinement adds: N×H×W×3 uint8, H and W multiples of 4 → N×3×H×W in 0..1, signed."""
    picture, x = _picture()
    return _model(picture, texture_of(network, x, levels=LEVELS), "refinement")


def texture_of(network: RefinementNetwork, x: g.Value, *, levels: float = 1.0) -> g.Value:
    """What the refinement adds to ``x``, in which white is ``levels``."""
    frame = network.FRAME
    picture, around = x, g.integers([0, 0, frame, frame])
    full = _stage(network.encode1, ops.pad(x, around, around, "edge"), levels=levels)
    half = _stage(network.encode2, _pool(full))
    quarter = _stage(network.encode3, _pool(half))
    x = _stage(network.decode2, _enlarge(quarter))
    x = g.add(x, half) if network.skips else x
    x = _stage(network.decode1, _enlarge(x))
    x = g.add(x, full) if network.skips else x
    inside = g.integers([frame, frame]), g.integers([-frame, -frame]), g.integers([1, 1]), g.integers([2, 3])
    texture = ops.slice(g.of_conv(x, network.to_rgb), *inside)
    return texture if network.sharpen is None else g.add(texture, _sharpening(network.sharpen, picture, levels))


def _sharpening(sharpen: Sharpen, x: g.Value, levels: float) -> g.Value:
    """What `Sharpen` adds."""
    amount, taps = float(sharpen.amount) / levels, sharpen.taps().numpy()
    around = g.integers([0, 0, sharpen.REACH, sharpen.REACH])
    soft = g.filtered(g.filtered(ops.pad(x, around, around, "edge"), taps, axis=3), -amount * taps, axis=2)
    return g.add(g.multiply(x, amount), soft)


def live(network: Live, ranges: Ranges | None = None) -> ov.Model:
    """N×H×W×3 uint8 → N×H×W×48 uint8: the 16 pixels that each one becomes, row by row, rounded to levels.

    With its ``ranges`` the network is in int8. The enlargement and the sum stay in float32. ValueError where there are
    as many ranges as another network has.
    """
    picture, x = _picture()
    enlargement = enlarged(x, white=LEVELS, convolve=g.convolve_in_float32)
    residual = residual_of(network, x, levels=LEVELS) if ranges is None else _in_int8(network, x, ranges)
    made = ops.clamp(g.add(residual, enlargement), 0.0, LEVELS)
    rounded = ops.convert(ops.round(made, "half_to_even"), "u8")
    return _model(picture, g.transpose(rounded, (0, 2, 3, 1)), "live")


def residual_of(network: Live, x: g.Value, *, levels: float = 1.0) -> g.Value:
    """What Live adds to `enlargement.enlarged`, in its order; ``levels``: what white is in ``x`` and in the result."""
    first, *hidden, last = network.convolutions
    x = g.of_conv(x, first, levels=levels)  # type: ignore[arg-type]
    for convolve in hidden:
        x = g.of_conv(g.relu(x), convolve)  # type: ignore[arg-type]
    assert isinstance(last, nn.Conv2d)
    assert last.bias is not None
    weight, bias = g.array(last.weight)[BY_PIXEL], g.array(last.bias)[BY_PIXEL]
    return g.convolve(g.relu(x), weight * levels, bias * levels)


def _in_int8(network: Live, x: g.Value, ranges: Ranges) -> g.Value:
    """`residual_of` levels in levels."""
    first, *others = network.convolutions
    x = g.convolve_in_int8(x, LEVELS, g.array(first.weight) / LEVELS, g.array(first.bias))  # type: ignore[arg-type]
    for convolve, largest in zip(others, ranges, strict=True):
        weight, bias = g.array(convolve.weight), g.array(convolve.bias)  # type: ignore[arg-type]
        if convolve is others[-1]:
            weight, bias = weight[BY_PIXEL] * LEVELS, bias[BY_PIXEL] * LEVELS
        x = g.convolve_in_int8(g.relu(x), largest, weight, bias)
    return x


def _picture() -> tuple[g.Value, g.Value]:
    """The input, and the same as N×3×H×W of float32 levels."""
    picture = ops.parameter([-1, -1, -1, 3], np.uint8, name="picture")
    return picture, g.transpose(ops.convert(picture, "f32"), (0, 3, 1, 2))


def _model(picture: g.Value, out: g.Value, name: str) -> ov.Model:
    return ov.Model([ops.result(out)], [picture], name)  # type: ignore[arg-type]


def _residual_unit(unit: ResidualUnit, x: g.Value) -> g.Value:
    slopes = g.constant(g.array(unit.activation.weight))
    inner = ops.prelu(g.of_conv(x, unit.reduce), slopes)
    return g.add(g.multiply(x, _factor(unit.weight_in)), g.of_conv(inner, unit.expand, _factor(unit.weight_out)))


def _factor(scale: nn.Module) -> float:
    return float(scale.scale)  # type: ignore[arg-type]


def _gated(attention: ChannelAttention, x: g.Value) -> g.Value:
    means = ops.reduce_mean(x, g.integers([2, 3]), True)
    gate = g.of_conv(g.relu(g.of_conv(means, attention.squeeze)), attention.excite)
    return g.multiply(x, ops.sigmoid(gate))


def _arfb(block: AdaptiveResidualFeatureBlock, x: g.Value) -> g.Value:
    first = _residual_unit(block.unit1, x)
    second = _residual_unit(block.unit2, first)
    weight = g.array(block.squeeze.conv.weight).copy()
    channels = weight.shape[1] // 2
    weight[:, :channels] *= _factor(block.weight_unit2)
    weight[:, channels:] *= _factor(block.weight_unit1)
    squeezed = g.relu(g.convolve(g.concat([second, first], 1), weight))
    out = g.relu(g.of_conv(_gated(block.attention, squeezed), block.convolve.conv))
    return g.add(g.multiply(x, _factor(block.weight_in)), g.multiply(out, _factor(block.weight_out)))


def _high_preserving(block: HighPreservingBlock, x: g.Value) -> g.Value:
    features = _arfb(block.entry, x)
    low = g.halve(features)
    high = ops.subtract(features, g.resize_like(low, features))
    for _ in range(block.LOW_PASSES):
        low = _arfb(block.low, low)
    weight = g.array(block.fuse.conv.weight)
    channels = weight.shape[1] // 2  # what is one by one pixel goes through the resizing: at low resolution it is less
    low = g.resize_like(g.convolve(low, weight[:, :channels]), features)
    fused = g.relu(g.add(g.convolve(_arfb(block.high, high), weight[:, channels:]), low))
    out = _arfb(block.exit, _gated(block.attention, fused))
    return g.add(out, x) if block.skip else out


def _cnn_backbone(backbone: LightweightCNNBackbone, x: g.Value) -> g.Value:
    outputs = []
    for block in backbone.blocks:
        assert isinstance(block, HighPreservingBlock)
        x = _high_preserving(block, x)
        outputs.append(x)
    return g.of_conv(g.concat(outputs, 1), backbone.reduce)


def _transformer_backbone(backbone: LightweightTransformerBackbone, features: g.Value, residual: g.Value) -> g.Value:
    """Unfolding and folding are convolutions with kernels of ones and zeros; a token is kept place by place."""
    channels = backbone.project.in_channels
    places = _places(channels)
    height, width = g.size(features, 2), g.size(features, 3)
    patches = g.transpose(g.convolve(features, places), (0, 2, 3, 1))
    tokens = g.reshape(patches, (0, -1, 9 * channels))
    tokens = _transformer(backbone.transformer, tokens, channels)
    back = g.transpose(g.reshape(tokens, (0, height, width, 9 * channels)), (0, 3, 1, 2))
    folded = g.convolve(back, places.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    out = g.of_conv(folded, backbone.project, _factor(backbone.weight_out))
    return g.add(g.multiply(residual, _factor(backbone.weight_in)), out)


def _places(channels: int) -> np.ndarray:
    """288×32×3×3: output 32·k + c is input c at place k of the 3×3."""
    kernel = np.zeros((9, channels, channels, 9), np.float32)
    for place in range(9):
        kernel[place, :, :, place] = np.eye(channels)
    return kernel.reshape(9 * channels, channels, 3, 3)


def _transformer(transformer: EfficientTransformer, tokens: g.Value, channels: int) -> g.Value:
    """A token's numbers are in `_places`' order here, and channel by channel in torch."""
    order = np.arange(9 * channels).reshape(channels, 9).T.reshape(-1)
    attention = transformer.attention
    width = attention.reduce.out_features
    normed = _normed(transformer.norm1, tokens, order)
    reduced = g.linear(normed, g.array(attention.reduce.weight)[:, order])
    weights = g.array(attention.qkv.weight).reshape(3, width, width).copy()
    weights[0] *= attention.scale
    mixed = _attend([g.linear(reduced, weight) for weight in weights], attention.heads, attention.GROUPS)
    project = attention.project
    tokens = g.add(tokens, g.linear(mixed, g.array(project.weight)[order], g.array(project.bias)[order]))
    first, last = transformer.mlp[0], transformer.mlp[2]
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    hidden = g.linear(_normed(transformer.norm2, tokens, order), g.array(first.weight)[:, order], g.array(first.bias))
    return g.add(tokens, g.linear(g.relu(hidden), g.array(last.weight)[order], g.array(last.bias)[order]))


def _normed(norm: nn.LayerNorm, tokens: g.Value, order: np.ndarray) -> g.Value:
    out = ops.mvn(tokens, g.integers([2]), True, norm.eps, "inside_sqrt")
    return g.add(ops.multiply(out, g.constant(g.array(norm.weight)[order])), g.constant(g.array(norm.bias)[order]))


def _attend(qkv: list[g.Value], heads: int, groups: int) -> g.Value:
    """Each group's tokens attend to their own; of T tokens the first T mod 4 groups have one more."""
    count = g.size(qkv[0], 1)
    stop: g.Value | int = 0
    parts = []
    for group in range(groups):
        start = stop
        length = ops.divide(ops.add(count, g.integers([groups - 1 - group])), g.integers([groups]))
        stop = ops.add(g.integers([0]) if isinstance(start, int) else start, length)
        query, key, value = (_heads(g.cut(one, 1, start, stop), heads) for one in qkv)
        weights = ops.softmax(ops.matmul(query, key, False, True), 3)
        out = g.transpose(ops.matmul(weights, value, False, False), (0, 2, 1, 3))
        parts.append(g.reshape(out, (0, 0, -1)))
    return g.concat(parts, 1)


def _heads(tokens: g.Value, heads: int) -> g.Value:
    """N×T×D → N×heads×T×D/heads."""
    return g.transpose(g.reshape(tokens, (0, 0, heads, -1)), (0, 2, 1, 3))


def _stage(stage: Stage, x: g.Value, levels: float = 1.0) -> g.Value:
    first = x = g.relu(g.of_conv(x, stage.first, levels=levels))
    last = len(stage.others) - 1
    for index, conv in enumerate(stage.others):
        assert isinstance(conv, nn.Conv2d)
        x = g.of_conv(x, conv)
        x = g.relu(g.add(x, first) if index == last else x)
    return x


def _pool(x: g.Value) -> g.Value:
    return opset1.max_pool(x, [2, 2], [0, 0], [0, 0], [2, 2])  # later ones give the places too


def _enlarge(x: g.Value) -> g.Value:
    return ops.interpolate(x, g.constant(np.array([2, 2])), "nearest", "scales", axes=g.integers([2, 3]),
                           coordinate_transformation_mode="asymmetric", nearest_mode="floor")  # fmt: skip


def _merged(merged: Merged, x: g.Value) -> g.Value:
    """As `linear.apply`."""
    rows = []
    for row, (areas, lines) in enumerate(zip(merged, EDGES, strict=True)):
        parts = []
        for column, (area, places) in enumerate(zip(areas, EDGES, strict=True)):
            seen = _lines(_lines(x, 2, lines), 3, places)
            out = g.convolve(seen, g.array(area.weight), g.array(area.bias), padding=0)
            if row != 1 and column != 1:
                out = g.reshape(out, (0, 48, REACH, REACH))
            elif row != 1:
                out = g.reshape(out, (0, 48, REACH, -1))
            elif column != 1:
                out = g.transpose(g.reshape(out, (0, 48, REACH, -1)), (0, 1, 3, 2))
            parts.append(out)
        rows.append(g.concat(parts, 3))
    return g.concat(rows, 2)


def _lines(x: g.Value, axis: int, lines: slice) -> g.Value:
    return x if lines == slice(None) else g.cut(x, axis, lines.start, lines.stop)
