"""Which score a network's error map goes by: the cheapest of those that leave most unveiled under the same promise.

What a score leaves is averaged over sets of as many photographs as calibrate, drawn with replacement from those that
choose; each set its threshold, the strictest of the sets counts, as in calibration. Random halves would leave so few to
set it that a single photograph decided. The photographs are none of those that set the error map's
thresholds (`training.analyses.trust_sources`), so that the choice takes nothing from the promise
(`cf_esrt.fidelity.trust.control`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cf_esrt.fidelity.trust.control import LEAST_AREA, threshold
from cf_esrt.fidelity.trust.scores import FEATURES, LOCAL, WHOLE, BlockScore, Head
from cf_esrt.models import Degradation
from training.analyses.trust_losses import DELTA, Score, area_losses, with_head
from training.analyses.trust_measurements import Measured
from training.analyses.trust_sources import COUNT

GUESSES: dict[str, tuple[str, ...]] = {
    "guess from the cheap ones": ("gradient_input", "added", *WHOLE),
    "guess from all": FEATURES,
}
"""Measures that quantile regressions go by (`Head`); the other candidates are each of `LOCAL` alone."""
SMALL = "small network"
"""The dearest guess (`SmallNetwork`)."""
LEVELS: dict[Degradation, tuple[float, ...]] = {"bicubic": (5.0, 6.0, 8.0), "camera": (8.0, 10.0, 12.0)}
"""Grey levels at which scores are compared; the last is what the page opens with."""
CLOSE = 0.02
"""Of the area: a score this close to the best is as good."""
DRAWS = 100
Sets = Sequence[Sequence[Measured]]


def unveiled(sets: Sets, setting: int, score: Score, level: float, count: int = DRAWS) -> float:
    """Share of the photographs' area, on average; 0 where it is too little for a promise."""
    random = np.random.default_rng(0)
    found = area_losses(sets, setting, score, level)
    ordered = [scores for own in found for _, scores in own]
    areas = []
    for _ in range(count):
        drawn = [[own[k][0] for k in random.integers(0, len(own), COUNT)] for own in found]
        at = min(threshold(own, DELTA) for own in drawn)
        shares = np.array([np.searchsorted(one, at) / len(one) for one in ordered])
        areas.append(np.where(shares < LEAST_AREA, 0, shares).mean())
    return float(np.mean(areas))


def candidates(guesses: Mapping[str, BlockScore]) -> dict[str, BlockScore]:
    """From cheap to dear."""
    return {**{name: Head.single(name) for name in LOCAL}, **guesses}


def chosen(found: dict[str, list[float]]) -> tuple[str, list[str]]:
    """The first, so the cheapest, of the scores that are within `CLOSE` of the best at every level; where none is, the
    one that falls least behind at its worst level. Then all within it. ``found``: areas at each level."""
    best = np.max(list(found.values()), axis=0)
    behind = {name: float(np.max(best - areas)) for name, areas in found.items()}
    close = [name for name, worst in behind.items() if worst <= CLOSE]
    return (close[0], close) if close else (min(behind, key=lambda name: behind[name]), [])


def areas(sets: Sets, setting: int, heads: Mapping[str, BlockScore], levels: Sequence[float]) -> dict[str, list[float]]:
    """Of each score, what it leaves unveiled at each level."""
    return {name: [unveiled(sets, setting, with_head(head), level) for level in levels] for name, head in heads.items()}
