"""How a low-resolution input is made from a ground truth."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from training.degradation.bicubic import SCALE, resize, shrink, to_eight_bits
from training.degradation.clinical import Clinical, ClinicalShrinker, shrink_clinical
from training.degradation.matlab import shrink_matlab

__all__ = [
    "SCALE",
    "Clinical",
    "ClinicalShrinker",
    "Degradation",
    "degrade",
    "resize",
    "shrink",
    "shrink_clinical",
    "to_eight_bits",
]

Degradation = Literal["bicubic", "matlab", "clinical"]
"""Pillow's antialiased bicubic; MATLAB's; blur, resizing, noise and JPEG in random order before the bicubic."""


def degrade(
    truth: Tensor,
    kind: Degradation = "bicubic",
    generator: torch.Generator | None = None,
    clinical: Clinical | None = None,
) -> Tensor:
    """N×3×4H×4W in 0..1 → N×3×H×W in 0..1 on 8-bit levels.

    All randomness (``clinical`` alone has any) comes from the CPU ``generator``, one number a picture: the same state
    gives the same result, on CPU bit for bit. ValueError where the sides are no multiples of 4, or the generator is
    missing.
    """
    if truth.ndim != 4 or truth.shape[-2] % SCALE or truth.shape[-1] % SCALE or not truth.numel():
        raise ValueError(f"Ground truth of {tuple(truth.shape)} cannot be shrunk by {SCALE}: crop it to a multiple.")
    if kind == "bicubic":
        return shrink(truth)
    if kind == "matlab":
        return shrink_matlab(truth)
    if generator is None:
        raise ValueError("The clinical degradation is random: give it a generator.")
    seeds = torch.randint(2**63 - 1, (len(truth),), generator=generator).tolist()
    return shrink_clinical(truth, seeds, clinical)
