"""Shrinking as MATLAB's ``imresize(image, 1/4, 'bicubic')`` does with uint8, which many papers' inputs were made with.

The kernel is Pillow's (Keys 1981, equation 15: a = −0.5, four times as wide against aliasing). What differs: beyond
the border the picture is mirrored, where Pillow leaves pixels out, and height is shrunk before width.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from training.degradation.bicubic import SCALE


def shrink_matlab(images: Tensor) -> Tensor:
    """N×3×4H×4W in 0..1 → N×3×H×W on 8-bit levels."""
    return imresize(images, 1 / SCALE)


def imresize(images: Tensor, scale: float) -> Tensor:
    """``imresize(·, scale, 'bicubic')`` of N×C×H×W in 0..1, on 8-bit levels before, between and after the directions.

    The result has ⌈scale · H⌉ × ⌈scale · W⌉ pixels; 0 < scale ≤ 1. In float64, which keeps ties of rounding exact.
    """
    height, width = (_weights(length, math.ceil(scale * length), scale) for length in images.shape[-2:])
    levels = _round(images.double() * 255)
    levels = _round(height.to(levels.device) @ levels)  # with equal scales MATLAB takes the first dimension first
    levels = _round(levels @ width.to(levels.device).T)
    return (levels / 255).to(images.dtype)


def _round(levels: Tensor) -> Tensor:
    """What ``uint8`` makes of numbers: halves go up."""
    return torch.floor(levels + 0.5).clamp_(0, 255)


@lru_cache(maxsize=32)
def _weights(length: int, result: int, scale: float) -> Tensor:
    """result × length float64: each row sums to 1."""
    width = 4 / scale
    centre = (torch.arange(1, result + 1, dtype=torch.float64) / scale + 0.5 * (1 - 1 / scale))[:, None]
    taps = torch.floor(centre - width / 2) + torch.arange(math.ceil(width) + 2, dtype=torch.float64)
    weights = _cubic((centre - taps) * scale)
    weights = weights / weights.sum(1, keepdim=True)
    place = (taps.long() - 1) % (2 * length)  # pixels 1 … n, n … 1, and so on in both directions
    place = torch.where(place < length, place, 2 * length - 1 - place)
    return torch.zeros(result, length, dtype=torch.float64).scatter_add_(1, place, weights)


def _cubic(x: Tensor) -> Tensor:
    x = x.abs()
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x <= 1, near, torch.where(x <= 2, far, torch.zeros_like(x)))
