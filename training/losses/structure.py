"""A loss on dots and lines: how much of the truth's a result misses, and how much it makes up.

The differentiable twin of `training.metrics`' structure: scale-normalised Hessians on luma, dark dots at two scales and
dark and bright lines at one, each in units of the level at which the metric counts a structure.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from training.metrics.structure import DOT, DOT_SIGMAS, LINE_SIGMA, RIDGE

LEVELS = (*(DOT for _ in DOT_SIGMAS), RIDGE, RIDGE)
"""Grey levels at which a dot of each size and a line (dark, bright) count."""
WEAK = 0.25
"""A response below this share of the level costs nothing: smooth skin has some of every kind."""


def responses(image: Tensor) -> Tensor:
    """N×3×H×W, RGB in 0..1 → N×4×H×W in units of `LEVELS`; at least 1 where there is a structure."""
    luma = (image * image.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True) * 255
    dots = [2 * _eigenvalues(luma, sigma)[1] for sigma in DOT_SIGMAS]  # dark and round: the smaller one is positive
    larger, smaller = _eigenvalues(luma, LINE_SIGMA)
    return torch.cat([*dots, larger, -smaller], 1) / image.new_tensor(LEVELS).view(1, 4, 1, 1)


def structure_loss(result: Tensor, truth: Tensor) -> Tensor:
    """What is missed plus what is made up, both for each structure of the truth, so that a structure pays where it is
    more likely there than not. N×3×H×W, RGB in 0..1, float32.

    Two shapes were cheated: dividing what is made up by the number of structures shown (a mesh of weak dots dilutes
    it), and finding within 2 pixels instead of 1 (a mesh finds everything).
    """
    made = responses(result)
    with torch.no_grad():
        real = responses(truth)
        real_nearby = F.max_pool2d(F.max_pool2d(real, (5, 1), 1, (2, 0)), (1, 5), 1, (0, 2))
    there = (real > 1).float()
    count = there.sum((0, 2, 3)).clamp_min(50)
    missed = (F.relu(real.clamp(max=3) * 0.8 - F.max_pool2d(made, 3, 1, 1)) * there).sum((0, 2, 3)) / count
    made_up = F.relu(made - real_nearby.clamp_min(WEAK)).sum((0, 2, 3)) / count
    return (missed + made_up).mean()


def _eigenvalues(luma: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """The Hessian's larger and smaller one at that scale, times sigma squared."""
    p = F.pad(_blur(luma, sigma) * sigma**2, (1, 1, 1, 1), mode="reflect")
    centre = p[..., 1:-1, 1:-1]
    xx = p[..., 1:-1, 2:] + p[..., 1:-1, :-2] - 2 * centre
    yy = p[..., 2:, 1:-1] + p[..., :-2, 1:-1] - 2 * centre
    xy = (p[..., 2:, 2:] + p[..., :-2, :-2] - p[..., 2:, :-2] - p[..., :-2, 2:]) / 4
    mean, spread = (xx + yy) / 2, (((xx - yy) / 2) ** 2 + xy**2 + 1e-6).sqrt()
    return mean + spread, mean - spread


def _blur(luma: Tensor, sigma: float) -> Tensor:
    """A Gaussian as shifted sums: on a CPU several times faster than a convolution of one channel."""
    reach, (height, width) = int(3 * sigma + 0.5), luma.shape[-2:]
    taps = [math.exp(-x * x / (2 * sigma * sigma)) for x in range(-reach, reach + 1)]
    taps = [tap / sum(taps) for tap in taps]
    padded = F.pad(luma, (reach, reach, 0, 0), mode="reflect")
    luma = sum(tap * padded[..., i : i + width] for i, tap in enumerate(taps))  # type: ignore[assignment]
    padded = F.pad(luma, (0, 0, reach, reach), mode="reflect")
    return sum(tap * padded[..., i : i + height, :] for i, tap in enumerate(taps))  # type: ignore[return-value]
