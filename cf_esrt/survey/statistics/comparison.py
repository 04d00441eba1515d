"""Do methods differ? Friedman over all, Wilcoxon's signed ranks with Holm's correction over pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.intervals import Interval, interval_of
from cf_esrt.survey.statistics.opinion import image_means, rater_means
from cf_esrt.survey.statistics.ratings import Votes

Unit = Literal["rater", "image"]


@dataclass(frozen=True)
class Pair:
    """Two methods compared."""

    first: str
    second: str
    difference: Interval
    """first − second, with Student's interval over the units' differences"""
    p: float
    """Wilcoxon's signed-rank test, exact, two-sided; 1 where no unit tells the two apart"""
    p_holm: float
    rank_biserial: float
    """(favourable − unfavourable ranks)/all ranks: 1 where every unit prefers the first"""
    prefer_first: int
    prefer_second: int
    units: int


@dataclass(frozen=True)
class Comparison:
    """All methods compared over raters or over images.

    The unit is what the answer speaks of. Over **raters**: would other raters see the difference on these images?
    Raters are drawn independently, their votes within a session are not, so a rater's means are the observations; a
    test over single votes counts every rater many times. Over **images**: would it show on other images? The mixed
    model asks both at once.
    """

    unit: Unit
    units: int
    """with a mean of every method"""
    friedman: float
    friedman_p: float
    kendall_w: float
    """Friedman's statistic as agreement of rankings, 0 to 1"""
    pairs: tuple[Pair, ...]


def compare(votes: Votes, unit: Unit = "rater") -> Comparison:
    """All methods against each other; NaN where there are too few units or methods for a test."""
    means = rater_means(votes) if unit == "rater" else image_means(votes)
    return compare_means(means, votes.methods, unit)


def compare_means(means: np.ndarray, methods: Sequence[str], unit: Unit) -> Comparison:
    """The comparison of units × methods; units without a mean of every method are left out."""
    # equal means summed in another order differ in the last digit, and would be ranked by it
    means = np.round(means[np.isfinite(means).all(1)], 9)
    units, count = means.shape
    statistic = p = concordance = float("nan")
    if units > 1 and count > 2:
        if (np.ptp(means, 1) == 0).all():
            statistic, p, concordance = 0.0, 1.0, 0.0
        else:
            result = stats.friedmanchisquare(*means.T)
            statistic, p = float(result.statistic), float(result.pvalue)
            concordance = statistic / (units * (count - 1))
    pairs = [_pair(means, methods, a, b) for a, b in combinations(range(count), 2)]
    corrected = holm([pair.p for pair in pairs])
    pairs = [replace(pair, p_holm=value) for pair, value in zip(pairs, corrected, strict=True)]
    return Comparison(unit, units, statistic, p, concordance, tuple(pairs))


def holm(values: Sequence[float]) -> list[float]:
    """Holm's step-down correction; a NaN is no test and stays NaN."""
    p = np.asarray(values, dtype=float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known])]
    p[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return p.tolist()


def signed_rank_p(differences: np.ndarray) -> float:
    """Wilcoxon's signed-rank test of differences without zeros: exact and two-sided, with ties as well.

    SciPy is exact with ties up to 13 differences only, by going through all signs one by one: half a second a pair.
    """
    ranks = np.round(2 * stats.rankdata(np.abs(differences))).astype(int)  # doubled, so that shared ranks are whole
    chances = np.ones(1)  # of each sum of ranks
    for rank in ranks.tolist():
        without = np.concatenate([chances, np.zeros(rank)])
        chances = (without + np.concatenate([np.zeros(rank), chances])) / 2
    reached = int(ranks[differences > 0].sum())
    return float(min(1.0, 2 * min(chances[: reached + 1].sum(), chances[reached:].sum())))


def _pair(means: np.ndarray, methods: Sequence[str], a: int, b: int) -> Pair:
    differences = np.round(means[:, a] - means[:, b], 9)
    nonzero = differences[differences != 0]
    p, effect = float("nan"), float("nan")
    if len(differences) > 1:
        p, effect = 1.0, 0.0
    if len(differences) > 1 and nonzero.size:
        p = signed_rank_p(nonzero)
        ranks = stats.rankdata(np.abs(nonzero))
        effect = float((np.sign(nonzero) * ranks).sum() / ranks.sum())
    return Pair(
        methods[a],
        methods[b],
        difference=interval_of(differences),
        p=p,
        p_holm=float("nan"),
        rank_biserial=effect,
        prefer_first=int((nonzero > 0).sum()),
        prefer_second=int((nonzero < 0).sum()),
        units=len(differences),
    )
