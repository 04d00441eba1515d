"""Layers as OpenVINO operations: the few that the networks are made of. Imports OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from torch import Tensor, nn

Value = ov.Node
"""What an operation gives, and what the next one takes."""

_END = np.iinfo(np.int64).max
STEPS = 255
"""Of an activation in int8, from 0 to the largest."""
WEIGHT_STEPS = 64
"""Of a weight in int8, to either side of 0. A processor without VNNI adds two products in 16 bits: 2·255·64 fits, and
with int8's 127 its sums would be cut off (−0.07 dB for Live)."""


def array(tensor: Tensor) -> np.ndarray:
    """A parameter's numbers, float32."""
    return tensor.detach().float().numpy()


def convolve(x: Value, weight: np.ndarray, bias: np.ndarray | None = None, *, padding: int | None = None) -> Value:
    """A convolution of stride 1; ``weight`` is out×in×k×k, and by default height and width are kept."""
    rows, columns = ((size // 2 if padding is None else padding) for size in weight.shape[2:])
    out = ops.convolution(x, constant(weight), [1, 1], [rows, columns], [rows, columns], [1, 1])
    return out if bias is None else add(out, constant(bias.reshape(1, -1, 1, 1)))


def convolve_in_int8(x: Value, largest: float, weight: np.ndarray, bias: np.ndarray) -> Value:
    """As `convolve`, of an input in 0..``largest``; what exceeds that is cut off.

    The input is rounded to `STEPS` and the weights of each output to `WEIGHT_STEPS`. OpenVINO makes kernels of integers
    of it.
    """
    low, high = constant(np.zeros(())), constant(np.array(largest))
    stepped = ops.fake_quantize(x, low, high, low, high, STEPS + 1)
    peak = np.abs(weight).max((1, 2, 3), keepdims=True)
    step = np.where(peak > 0, peak, 1) / WEIGHT_STEPS
    rounded = ops.constant(np.rint(weight / step).astype(np.int8))
    kernel = multiply(ops.convert(rounded, "f32"), constant(step))
    rows, columns = (size // 2 for size in weight.shape[2:])
    out = ops.convolution(stepped, kernel, [1, 1], [rows, columns], [rows, columns], [1, 1])
    return add(out, constant(bias.reshape(1, -1, 1, 1)))


def of_conv(x: Value, conv: nn.Conv2d, scale: float = 1.0, *, levels: float = 1.0) -> Value:
    """A module's convolution, its result multiplied by ``scale``; the input is ``levels`` times the module's own."""
    bias = None if conv.bias is None else array(conv.bias) * scale
    return convolve(x, array(conv.weight) * (scale / levels), bias)


def convolve_in_float32(x: Value, weight: np.ndarray) -> Value:
    """As `convolve`, in float32 in a model that is compiled for bfloat16 too.

    OpenVINO keeps float32 behind a model's last convolution and does not count transposed ones, which a convolution
    with the mirrored kernel is.
    """
    kernel = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    around = [size // 2 for size in weight.shape[2:]]
    return ops.convolution_backprop_data(
        x, constant(kernel), [1, 1], pads_begin=around, pads_end=around, dilations=[1, 1]
    )


def filtered(x: Value, taps: np.ndarray, *, axis: int, channels: int = 3) -> Value:
    """Every channel through the same numbers along height (axis 2) or width (axis 3); nothing is padded."""
    shape = (channels, 1, 1, -1, 1) if axis == 2 else (channels, 1, 1, 1, -1)
    kernels = np.broadcast_to(taps, (channels, len(taps))).reshape(shape)
    return ops.group_convolution(x, constant(kernels), [1, 1], [0, 0], [0, 0], [1, 1])


def linear(x: Value, weight: np.ndarray, bias: np.ndarray | None = None) -> Value:
    """N×T×in → N×T×out; ``weight`` is out×in."""
    out = ops.matmul(x, constant(weight), False, True)
    return out if bias is None else add(out, constant(bias.reshape(1, 1, -1)))


def constant(numbers: np.ndarray) -> Value:
    return ops.constant(np.ascontiguousarray(numbers, np.float32))


def integers(numbers: Sequence[int]) -> Value:
    return ops.constant(np.array(numbers, np.int64))


def add(x: Value, y: Value) -> Value:
    return ops.add(x, y)


def multiply(x: Value, factor: Value | float) -> Value:
    return ops.multiply(x, constant(np.array(factor)) if isinstance(factor, float) else factor)


def relu(x: Value) -> Value:
    return ops.relu(x)


def concat(parts: Sequence[Value], axis: int) -> Value:
    return ops.concat(list(parts), axis)


def size(x: Value, axis: int) -> Value:
    """A side, as a vector of one integer."""
    return ops.gather(ops.shape_of(x), integers([axis]), integers([0]))


def reshape(x: Value, shape: Sequence[int | Value]) -> Value:
    """To a shape of numbers and of `size`; 0 keeps a side and −1 takes what is left."""
    parts = [integers([part]) if isinstance(part, int) else part for part in shape]
    return ops.reshape(x, concat(parts, 0), True)


def transpose(x: Value, order: Sequence[int]) -> Value:
    return ops.transpose(x, integers(order))


def cut(x: Value, axis: int, start: int | Value | None, stop: int | Value | None) -> Value:
    """A slice along one axis; None goes to the end."""
    first, last = 0 if start is None else start, _END if stop is None else stop
    first, last = (integers([end]) if isinstance(end, int) else end for end in (first, last))
    return ops.slice(x, first, last, integers([1]), integers([axis]))


def resize_like(x: Value, reference: Value) -> Value:
    """Bilinear, corners aligned, to another picture's height and width."""
    sides = ops.gather(ops.shape_of(reference), integers([2, 3]), integers([0]))
    return ops.interpolate(
        x, sides, "linear_onnx", "sizes", axes=integers([2, 3]), coordinate_transformation_mode="align_corners"
    )


def halve(x: Value) -> Value:
    """Average-pooled by 2; an odd last line is left out."""
    return ops.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True, "floor")
