"""×4 bicubic interpolation as OpenVINO operations (`cf_esrt.networks.bicubic`). Imports OpenVINO."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import openvino.opset13 as ops

from cf_esrt.engine import graph as g
from cf_esrt.networks.bicubic import taps
from cf_esrt.pixels import SCALE

Convolve = Callable[[g.Value, np.ndarray], g.Value]
"""An input and a weight → a convolution that keeps height and width."""

BY_PIXEL = np.arange(3 * SCALE**2).reshape(3, -1).T.reshape(-1)
"""From a PixelShuffle's order of channels, colour by colour, to that of `enlarged`."""


def enlarged(x: g.Value, *, white: float = 1.0, convolve: Convolve = g.convolve) -> g.Value:
    """N×3×H×W in 0..``white`` → N×48×H×W in the same range: the 16 pixels that each one becomes, row by row.

    The kernels hold a zero for every other channel: dense convolutions are faster than grouped ones of four outputs.
    """
    x = _interpolated(x, 3, 3, white, convolve)
    return _interpolated(x, 3 * SCALE, 2, white, convolve)


def _interpolated(x: g.Value, channels: int, axis: int, white: float, convolve: Convolve) -> g.Value:
    """Along width (axis 3) or height (axis 2): N×C×H×W → N×4C×H×W, the four results of a pixel outermost."""
    weight = np.einsum("pk,cd->pcdk", taps().numpy(), np.eye(channels)).reshape(SCALE * channels, channels, -1)
    weight = np.expand_dims(weight, 2 if axis == 3 else 3)
    one = g.integers([1])
    line = g.concat([one, one, *((one, g.size(x, 3)) if axis == 3 else (g.size(x, 2), one))], 0)
    ones = ops.broadcast(g.constant(np.ones((1, 1, 1, 1))), line)
    inside = convolve(ones, weight.sum(1, keepdims=True))  # the sum of the taps that do not lie beyond a border
    whole = ops.divide(g.constant(np.ones((1, 1, 1, 1))), inside)
    return ops.clamp(ops.multiply(convolve(x, weight), whole), 0.0, white)
