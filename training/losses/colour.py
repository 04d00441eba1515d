"""A loss on colour: a refinement adds detail, and detail is brighter in some places and darker in others."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

SIDE = 16
"""Pixels along a square over which what was added has to cancel out: four pixels of the input."""


def colour_loss(refined: Tensor, coarse: Tensor) -> Tensor:
    """Mean absolute value of what was added to each channel in the mean over squares of `SIDE` pixels.

    N×3×S×S both, RGB in 0..1, S at least `SIDE`. LPIPS hardly sees a shift of all pixels by two of 255 levels, and
    a pixel loss sees little of it beside the texture; a dermatologist reads colour.
    """
    return F.avg_pool2d(refined - coarse, SIDE).abs().mean()
