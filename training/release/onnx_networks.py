"""Whole networks in OpenVINO's operations, RGB in 0..1 to RGB of four times the size: what ONNX files are made from.

The engine runs them in parts, with the sums left to torch (`cf_esrt.engine.convert`); a file has to hold everything.
"""

from __future__ import annotations

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from torch import nn

from cf_esrt.engine import convert
from cf_esrt.engine import graph as g
from cf_esrt.engine.enlargement import enlarged
from cf_esrt.networks import CFESRT, ESRT, SRCNN, CoarseNetwork, Live
from cf_esrt.networks.esrt import Reconstructor
from cf_esrt.pixels import SCALE

INPUT = "image"
COARSE, REFINED, ONLY = "coarse", "refined", "enlarged"
LEAST_SIDE = 2
"""Pixels of an input: ESRT halves it."""


class NoFormat(ValueError):
    """The network cannot be written down; one sentence says so."""


def whole(network: nn.Module) -> ov.Model:
    """N×3×H×W in 0..1 with sides of at least two pixels → N×3×4H×4W in 0..1; CF-ESRT: refined, then coarse.

    NoFormat for a network that has no description here.
    """
    image = ops.parameter([-1, 3, -1, -1], np.float32, name=INPUT)
    if isinstance(network, CFESRT):
        coarse = _clamp(_transformer(network.coarse, image))
        read = _on_levels(coarse) if network.rounded else coarse
        refined = _clamp(g.add(read, convert.texture_of(network.refine, read)))
        made = {REFINED: refined, COARSE: coarse}
    elif isinstance(network, (ESRT, CoarseNetwork)):
        made = {ONLY: _clamp(_transformer(network, image))}
    elif isinstance(network, Live):
        made = {ONLY: _clamp(_by_pixel(g.add(enlarged(image), convert.residual_of(network, image))))}
    elif isinstance(network, SRCNN):
        made = {ONLY: _clamp(_srcnn(network, _by_pixel(enlarged(image))))}
    else:
        raise NoFormat(f"The network {type(network).__name__} cannot be written as ONNX.")
    results = []
    for name, value in made.items():
        result = ops.result(value)  # type: ignore[arg-type]
        result.set_friendly_name(name)
        results.append(result)
    return ov.Model(results, [image], type(network).__name__)  # type: ignore[arg-type]


def _transformer(network: ESRT | CoarseNetwork, image: g.Value) -> g.Value:
    head, body = convert.features_of(network, image)
    reconstruct: Reconstructor = network.reconstruct
    tail = _sequence(reconstruct.tail, body)
    upsample, to_rgb = reconstruct.skip[0], reconstruct.skip[1].conv  # type: ignore[union-attr]
    return g.add(tail, g.relu(_convolve(to_rgb, _sequence(upsample, head))))  # type: ignore[arg-type]


def _sequence(layers: nn.Module, x: g.Value) -> g.Value:
    """Convolutions and shuffles, one after the other."""
    for layer in layers.children():
        if isinstance(layer, nn.Conv2d):
            x = _convolve(layer, x)
        elif isinstance(layer, nn.PixelShuffle):
            x = _shuffle(x, layer.upscale_factor)
        else:
            x = _sequence(layer, x)
    return x


def _srcnn(network: SRCNN, x: g.Value) -> g.Value:
    x = g.relu(_convolve(network.extract, x))
    return _convolve(network.reconstruct, g.relu(_convolve(network.map, x)))


def _convolve(conv: nn.Conv2d, x: g.Value) -> g.Value:
    """With the module's own border."""
    bias = None if conv.bias is None else g.array(conv.bias)
    rows, columns = (side // 2 for side in conv.kernel_size)
    if conv.padding_mode == "replicate" and rows:
        around = g.integers([0, 0, rows, columns])
        return g.convolve(ops.pad(x, around, around, "edge"), g.array(conv.weight), bias, padding=0)
    return g.convolve(x, g.array(conv.weight), bias)


def _shuffle(x: g.Value, factor: int) -> g.Value:
    return ops.depth_to_space(x, "depth_first", factor)


def _by_pixel(x: g.Value) -> g.Value:
    """`enlarged`'s 48 channels → a picture of four times the size."""
    return ops.depth_to_space(x, "blocks_first", SCALE)


def _clamp(x: g.Value) -> g.Value:
    return ops.clamp(x, 0.0, 1.0)


def _on_levels(x: g.Value) -> g.Value:
    return g.multiply(ops.round(g.multiply(x, convert.LEVELS), "half_to_even"), 1 / convert.LEVELS)
