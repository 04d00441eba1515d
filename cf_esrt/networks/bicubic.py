"""×4 bicubic interpolation as Pillow's ``Image.BICUBIC`` (a = −0.5), in floating point: the project's own enlargement.

Pillow goes along the rows, clips, then goes along the columns; beyond a border it leaves out the taps and makes the
others sum to one. Without its clip between the two, edges from black to white came out up to 26 levels different.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from cf_esrt.pixels import SCALE

REACH = 2
"""Input pixels that a result depends on to each side."""


def enlarge(x: Tensor) -> Tensor:
    """N×3×H×W in 0..1 → N×3×4H×4W, clamped to 0..1; to one of 255 levels what Pillow gives.

    No side shrinks here to one pixel, which torch 2.13 would fill wrongly.
    """
    height, width = x.shape[-2:]
    for size in ((height, SCALE * width), (SCALE * height, SCALE * width)):
        x = F.interpolate(x, size, mode="bicubic", antialias=True).clamp(0, 1)
    return x


def enlarge_unshuffled(x: Tensor) -> Tensor:
    """`enlarge` before a PixelShuffle(4): N×3×H×W in 0..1 → N×48×H×W.

    Convolutions of fixed weights at the input's size: half the time, and what ONNX and OpenVINO run everywhere.
    """
    n, channels, height, width = x.shape
    weights = taps().to(x)
    along, down = weights.view(SCALE, 1, 1, -1), weights.view(SCALE, 1, -1, 1)
    inside_along = F.conv2d(x.new_ones(1, 1, 1, width), along, padding=(0, REACH))
    inside_down = F.conv2d(x.new_ones(1, 1, height, 1), down, padding=(REACH, 0))
    x = F.conv2d(x, along.repeat(channels, 1, 1, 1), padding=(0, REACH), groups=channels)
    x = (x / inside_along.repeat(1, channels, 1, 1)).clamp(0, 1)
    channels *= SCALE
    x = F.conv2d(x, down.repeat(channels, 1, 1, 1), padding=(REACH, 0), groups=channels)
    x = (x / inside_down.repeat(1, channels, 1, 1)).clamp(0, 1)
    x = x.view(n, -1, SCALE, SCALE, height, width)  # columns within the four, then rows: PixelShuffle has rows first
    return x.transpose(2, 3).reshape(n, SCALE * channels, height, width)


def taps() -> Tensor:
    """4×5: the weights of the pixels −2 to 2 around one, for each of the four results that it becomes."""
    centres = (torch.arange(SCALE) + 0.5) / SCALE - 0.5
    return _cubic((torch.arange(-REACH, REACH + 1) - centres[:, None]).abs())


def _cubic(distance: Tensor, a: float = -0.5) -> Tensor:
    """Keys' kernel (1981)."""
    near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    far = a * distance**3 - 5 * a * distance**2 + 8 * a * distance - 4 * a
    return torch.where(distance < 1, near, torch.where(distance < 2, far, torch.zeros_like(distance)))
