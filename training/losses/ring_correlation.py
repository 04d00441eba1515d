"""A loss on what super-resolution is for: whether detail beyond the input's band is the truth's (ring correlation)."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

BAND = (0.0625, 0.25)
"""Cycles a pixel of the result: from half of what an input of ×4 can hold to twice of it."""


@functools.lru_cache(maxsize=8)
def _rings(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Of the half spectrum of a square: the ring of each frequency (rings of one step), and how often it counts."""
    down, across = torch.fft.fftfreq(side), torch.fft.rfftfreq(side)
    ring = (torch.hypot(down[:, None], across[None]) * side + 0.5).long()
    twice = torch.full((side // 2 + 1,), 2.0)
    twice[0] = twice[-1] = 1.0  # all others stand for their conjugates too
    return ring.flatten().to(device), twice.expand_as(ring).flatten().to(device)


def ring_correlation(result: Tensor, truth: Tensor) -> Tensor:
    """Fourier ring correlation of a batch, one value for each ring of one step: side // 2 values in −1..1.

    N×3×S×S, RGB in 0..1, S even. Luma under a Hann window, sums over each ring and all pictures, as
    `training.metrics` has it for whole sets. No radially symmetric filter changes it: blurring and sharpening are free.
    """
    side = truth.shape[-1]
    ring, times = _rings(side, truth.device)
    weights = truth.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1) * 255
    hann = torch.hann_window(side, periodic=False, device=truth.device)
    window = hann[:, None] * hann

    def spectrum(image: Tensor) -> Tensor:
        luma = (image * weights).sum(1)
        mean = (luma * window).sum((1, 2), keepdim=True) / window.sum()
        return torch.fft.rfft2((luma - mean) * window).flatten(1)

    def sums(values: Tensor) -> Tensor:
        return truth.new_zeros(side).index_add(0, ring, (values * times).sum(0))[: side // 2]

    a, b = spectrum(result), spectrum(truth)
    own, wanted = sums(a.abs().square()), sums(b.abs().square())
    return sums((a * b.conj()).real) / (own * wanted + 1e-3).sqrt()


def ring_correlation_loss(result: Tensor, truth: Tensor) -> Tensor:
    """1 − ring correlation, the mean over the rings of `BAND`; 0 where all detail is the truth's. Shapes as above."""
    curve = ring_correlation(result, truth)
    side = truth.shape[-1]
    return 1 - curve[round(BAND[0] * side) : round(BAND[1] * side)].mean()
