"""A loss on lattices: power that a refinement adds at the frequencies of the input's grid beyond what is around."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from training.degradation import SCALE

_NEAR, _FAR = 2, 6
"""Bins that the Hann window spreads a wave over, and those to which its neighbourhood reaches."""


@functools.lru_cache(maxsize=8)
def _places(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Indices into a flat side×side spectrum: the grid's bins, F, and their neighbourhoods, F×M."""
    steps = [side * step // SCALE for step in range(SCALE)]
    peaks = [(v, u) for v in steps for u in steps if 2 * v <= side and (v, u) != (0, 0)]  # the rest are conjugates
    reach = range(-_FAR, _FAR + 1)
    ring = [(dv, du) for dv in reach for du in reach if max(abs(dv), abs(du)) > _NEAR]
    around = [[(v + dv) % side * side + (u + du) % side for dv, du in ring] for v, u in peaks]
    return (
        torch.tensor([v * side + u for v, u in peaks], device=device),
        torch.tensor(around, device=device),
    )


def lattice_loss(refined: Tensor, coarse: Tensor) -> Tensor:
    """The mean over the grid's frequencies of log(power there ÷ mean power around), where it is above 0.

    N×3×S×S both, RGB in 0..1, S a multiple of 4 and at least 32. The power is that of the luma of refined − coarse,
    under a Hann window, in the mean of the batch: one picture's own structures are often strong at some bin, a
    batch's are not. What the metric finds in whole pictures (`training.metrics.lattice`) is (S ÷ side)² as strong
    here, since a lattice adds up over a picture and texture does not.
    """
    side = refined.shape[-1]
    peaks, around = _places(side, refined.device)
    weights = refined.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    hann = torch.hann_window(side, periodic=False, device=refined.device)
    window = hann[:, None] * hann
    added = ((refined - coarse) * weights).sum(1) * 255
    mean = (added * window).sum((1, 2), keepdim=True) / window.sum()
    power = torch.fft.fft2((added - mean) * window).abs().square().flatten(1).mean(0)
    return torch.relu((power[peaks] / (power[around].mean(1) + 1e-6) + 1e-6).log()).mean()
