"""What a study of this size can show, and how many raters are still needed.

Power is not computed for the observed difference, which says no more than its p-value does; reported is what difference
the study detects, by the spread that the votes so far show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import cast

import numpy as np
from scipy import optimize, stats

from cf_esrt.survey.statistics.intervals import LEVEL
from cf_esrt.survey.statistics.opinion import rater_means
from cf_esrt.survey.statistics.ratings import Votes

POWER = 0.8
MOST_RATERS = 100_000
CAUTION = 0.8
"""One-sided limit of the spread for the cautious number: few raters tell their own spread badly."""


@dataclass(frozen=True)
class RatersNeeded:
    """For 95% intervals of ±``half_width`` (Student) on the MOS of every method."""

    half_width: float
    widest_now: float
    """half the widest interval so far; NaN with fewer than two raters"""
    raters: int
    needed: int
    """by the spread so far of the method whose raters' means spread most"""
    cautious: int
    """by the upper 80% limit of that spread"""

    @property
    def still(self) -> int:
        return max(0, self.needed - self.raters)

    @property
    def still_cautious(self) -> int:
        return max(0, self.cautious - self.raters)


@dataclass(frozen=True)
class Detectable:
    """A comparison of two methods over raters' means, all pairs alike in spread."""

    sd: float
    """of raters' differences, the median over pairs"""
    raters: int
    pairs: int
    alone: float
    """the difference that a single test (α = 0.05) finds with 80% power"""
    first_step: float
    """the same at Holm's first step, α = 0.05/pairs"""


def raters_for(sd: float, half_width: float, level: float = LEVEL) -> int:
    """The smallest number of raters (2 at least) whose Student interval is ±``half_width`` or narrower."""
    if half_width <= 0:
        raise ValueError(f"An interval of ±{half_width} cannot be reached.")

    def narrow(count: int) -> bool:
        return float(stats.t.ppf((1 + level) / 2, count - 1)) * sd / math.sqrt(count) <= half_width

    low, high = 2, 2
    while not narrow(high):
        if high >= MOST_RATERS:
            return MOST_RATERS
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if narrow(middle) else (middle + 1, high)
    return high


def raters_needed(votes: Votes, half_width: float) -> RatersNeeded | None:
    """From the votes so far; None with fewer than two raters of every method."""
    means = rater_means(votes)
    counts = np.isfinite(means).sum(0)
    if (counts < 2).any():
        return None
    spreads = np.nanstd(means, axis=0, ddof=1)
    count = int(counts.min())
    widest = float((stats.t.ppf((1 + LEVEL) / 2, counts - 1) * spreads / np.sqrt(counts)).max())
    spread = float(spreads.max())
    cautious = spread * math.sqrt((count - 1) / float(stats.chi2.ppf(1 - CAUTION, count - 1)))
    return RatersNeeded(
        half_width, widest, count, needed=raters_for(spread, half_width), cautious=raters_for(cautious, half_width)
    )


def power_of(difference: float, sd: float, raters: int, alpha: float = 0.05) -> float:
    """Power of the paired t-test over raters, which Wilcoxon's comes close to; NaN with fewer than two raters."""
    if raters < 2:
        return math.nan
    if sd <= 0:
        return 1.0 if difference else alpha
    freedom, shift = raters - 1, abs(difference) * math.sqrt(raters) / sd
    critical = float(stats.t.ppf(1 - alpha / 2, freedom))
    # SciPy gives NaN for the far tail of the wrong side where it is too small to write
    wrong_side = float(np.nan_to_num(stats.nct.cdf(-critical, freedom, shift)))
    return float(stats.nct.sf(critical, freedom, shift)) + wrong_side


def detectable_difference(sd: float, raters: int, alpha: float = 0.05, power: float = POWER) -> float:
    """The smallest difference found with this power; NaN with fewer than two raters."""
    if raters < 2 or not sd > 0:
        return math.nan if raters < 2 else 0.0
    high = sd
    while power_of(high, sd, raters, alpha) < power:
        high *= 2
    found = optimize.brentq(lambda value: power_of(value, sd, raters, alpha) - power, 0.0, high)
    return float(cast(float, found))


def detectable(votes: Votes) -> Detectable | None:
    """What the study's raters can tell apart; None with fewer than two complete raters or methods."""
    means = rater_means(votes)
    means = means[np.isfinite(means).all(1)]
    raters, methods = means.shape
    if raters < 2 or methods < 2:
        return None
    pairs = list(combinations(range(methods), 2))
    sd = float(np.median([np.std(means[:, a] - means[:, b], ddof=1) for a, b in pairs]))
    return Detectable(
        sd,
        raters,
        len(pairs),
        alone=detectable_difference(sd, raters),
        first_step=detectable_difference(sd, raters, alpha=0.05 / len(pairs)),
    )
