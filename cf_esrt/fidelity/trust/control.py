"""Conformal risk control: how much of a result may stay unveiled, so that a promise about it is kept.

Source: Angelopoulos, Bates, Fisch, Lei and Schuster, "Conformal risk control", ICLR 2024, theorem 1, with the
threshold's direction turned round; used on super-resolution by Adame et al., NeurIPS 2025, arXiv 2502.09664.

A result is cut into blocks, each with a score s (what is known without the truth) and an error e (what is not). At a
threshold t the blocks with s < t are unveiled. The loss ℓᵢ(t) of photograph i says what is wrong with that: it lies in
[0, B], never falls as more is unveiled, is continuous from the left, and is 0 where nothing is unveiled.

**Theorem.** Let ℓ₁ … ℓₙ, ℓₙ₊₁ be exchangeable, and t̂ the largest t with (ℓ₁(t) + … + ℓₙ(t) + B) / (n + 1) ≤ α. Then
E ℓₙ₊₁(t̂) ≤ α.

*Proof.* Let t* be the largest t with (ℓ₁(t) + … + ℓₙ₊₁(t)) / (n + 1) ≤ α; by continuity from the left it is attained,
or infinite. Since ℓₙ₊₁ ≤ B, t̂ ≤ t*, so that ℓₙ₊₁(t̂) ≤ ℓₙ₊₁(t*). t* does not depend on the order of the n + 1 losses, so
given their bag ℓₙ₊₁ is any of them with equal chance: E[ℓₙ₊₁(t*) | bag] = (ℓ₁(t*) + … + ℓₙ₊₁(t*)) / (n + 1) ≤ α. ∎

B / (n + 1) is the finite-sample correction: it is the price of not knowing the loss of the photograph to come.

*In at least 1 − δ of photographs, a share of at least 1 − ε of the unveiled area is within L levels* is such a promise.
The share of unveiled blocks with e > L is not monotone in t, so the loss is made so: ℓᵢ(t) = 1 from the first t on at
which more than ε of the unveiled blocks are worse than L (`share_loss`). Then B = 1, α = δ, and E ℓₙ₊₁(t̂) ≤ δ is the
promise. With a loss that is 0 or 1, t̂ is the k-th smallest of the n breaking points, k = ⌊(n + 1) δ⌋. In the first
blocks a single bad one is a large share; so the share is that of at least `LEAST_AREA` of all blocks, and where less
than that stays unveiled, nothing is promised and the whole picture is veiled.

**The score may be chosen and fitted on photographs**, as long as they are none of the n + 1. The theorem asks of s only
that ℓ₁ … ℓₙ₊₁ be exchangeable. Given the photographs that chose it (`training.analyses.trust_sources` keeps them
apart), s is a fixed function; the n + 1 losses are then one function of n + 1 exchangeable photographs, hence
exchangeable, and E ℓₙ₊₁(t̂) ≤ α given the choice, so on the whole. The limit of effective resolution beyond which the
mask is off comes from the same photographs: it, too, is a fixed rule for the n + 1. Chosen by what it unveils on the n
themselves, s would make t̂ the best of several, and the promise weaker than it says.

*The expected largest error of the unveiled area is below L levels* needs no such step: the running maximum of e over
blocks in the order of their score never falls (`largest_loss`); B = 255.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEAST_AREA = 0.05
"""Share of a picture's blocks under which nothing is promised of those that stay unveiled."""
LEVELS = 255.0
"""Bound of an error in grey levels."""


@dataclass(frozen=True)
class Loss:
    """A loss as steps over the threshold: 0 for t ≤ at[0], ``height[j]`` for at[j] < t ≤ at[j + 1]; both rise."""

    at: np.ndarray
    height: np.ndarray

    @cached_property
    def rise(self) -> np.ndarray:
        """At each step. Kept: random halves of the same losses ask for it thousands of times."""
        return np.diff(self.height, prepend=0.0)

    def __call__(self, threshold: float) -> float:
        before = int(np.searchsorted(self.at, threshold, side="left"))
        return 0.0 if before == 0 else float(self.height[before - 1])


def share_loss(scores: np.ndarray, wrong: np.ndarray, weights: np.ndarray | None, share: float) -> Loss:
    """1 from where more than ``share`` of what is unveiled is wrong.

    Args:
        scores: of the blocks, N.
        wrong: how much of each block is wrong, 0 to its weight, N.
        weights: how much there is of each block; None: 1 of each.
        share: 0 to 1.
    """
    order = np.argsort(scores, kind="stable")
    weight = np.ones(len(scores)) if weights is None else weights[order].astype(float)
    bad = np.cumsum(wrong[order].astype(float))
    least = LEAST_AREA * float(weight.sum())
    broken = np.flatnonzero(bad > share * np.maximum(np.cumsum(weight), least) + 1e-9)
    if not len(broken):
        return Loss(np.empty(0), np.empty(0))
    return Loss(scores[order][broken[:1]].astype(float), np.ones(1))


def largest_loss(scores: np.ndarray, errors: np.ndarray) -> Loss:
    """The largest error in what is unveiled, in levels; ``scores`` and ``errors`` of the blocks, N each."""
    order = np.argsort(scores, kind="stable")
    largest = np.maximum.accumulate(np.minimum(errors[order].astype(float), LEVELS))
    first = np.flatnonzero(np.diff(largest, prepend=0.0) > 0)
    return Loss(scores[order][first].astype(float), largest[first])


def threshold(losses: Sequence[Loss], alpha: float, bound: float = 1.0) -> float:
    """t̂ of the theorem: −inf where even nothing cannot be promised (too few photographs), inf where everything can."""
    budget = alpha * (len(losses) + 1) - bound + 1e-9
    if not losses or budget < 0:
        return -math.inf
    at = np.concatenate([loss.at for loss in losses])
    rise = np.concatenate([loss.rise for loss in losses])
    order = np.argsort(at, kind="stable")
    over = np.flatnonzero(np.cumsum(rise[order]) > budget)
    return float(at[order][over[0]]) if len(over) else math.inf
