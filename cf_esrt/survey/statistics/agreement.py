"""How far raters agree: intraclass correlations and Krippendorff's ordinal alpha."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.intervals import LEVEL, Interval
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.ratings import HIGHEST, LOWEST, Votes

_NONE = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Icc:
    """Intraclass correlations for absolute agreement, raters and stimuli both drawn at random."""

    single: Interval
    """ICC(2,1), McGraw and Wong's ICC(A,1): one rater's vote"""
    average: Interval
    """ICC(2,k), ICC(A,k): the mean of all k raters"""
    raters: int
    """who voted on every stimulus; the others are left out here"""
    stimuli: int


def icc(votes: Votes, level: float = LEVEL) -> Icc:
    """Of the raters who voted on every stimulus, replicates averaged."""
    matrix = nanmean(votes.stimuli, 2)
    return icc_of(matrix[np.isfinite(matrix).all(1)].T, level)


def icc_of(matrix: np.ndarray, level: float = LEVEL) -> Icc:
    """McGraw and Wong (1996, "Forming inferences about some intraclass correlation coefficients"), two-way random.

    ``matrix``: stimuli × raters, complete. NaN where there are fewer than two of either, or no variance.
    """
    n, k = matrix.shape
    if n < 2 or k < 2 or np.ptp(matrix) == 0:
        return Icc(_NONE, _NONE, k, n)
    mean = matrix.mean()
    rows = k * ((matrix.mean(1) - mean) ** 2).sum() / (n - 1)
    columns = n * ((matrix.mean(0) - mean) ** 2).sum() / (k - 1)
    residue = matrix - matrix.mean(1)[:, None] - matrix.mean(0)[None] + mean
    error = (residue**2).sum() / ((n - 1) * (k - 1))
    single = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    average = (rows - error) / (rows + (columns - error) / n)
    if error < 1e-12 or single >= 1:
        return Icc(Interval(single, np.nan, np.nan), Interval(average, np.nan, np.nan), k, n)
    a = k * single / (n * (1 - single))
    b = 1 + k * single * (n - 1) / (n * (1 - single))
    freedom = (a * columns + b * error) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
    quantile = (1 + level) / 2
    lower_f, upper_f = stats.f.ppf(quantile, n - 1, freedom), stats.f.ppf(quantile, freedom, n - 1)
    between = k * columns + (k * n - k - n) * error
    low = n * (rows - lower_f * error) / (lower_f * between + n * rows)
    high = n * (upper_f * rows - error) / (between + n * upper_f * rows)
    low_k, high_k = (bound * k / (1 + bound * (k - 1)) for bound in (low, high))
    return Icc(
        Interval(float(single), float(low), float(high)), Interval(float(average), float(low_k), float(high_k)), k, n
    )


def ordinal_alpha(votes: Votes) -> float:
    """Krippendorff's alpha with the ordinal difference; a unit is one showing of a stimulus, missing votes are fine.

    1 is agreement, 0 chance; NaN where all votes are equal or no unit has two. Krippendorff 2019, "Content Analysis",
    chapter 12.
    """
    raters, _, _, _ = votes.scores.shape
    units = votes.scores.reshape(raters, -1)
    counts = np.stack([(units == value).sum(0) for value in range(LOWEST, HIGHEST + 1)]).astype(float)  # values × units
    each = counts.sum(0)
    counts, each = counts[:, each > 1], each[each > 1]
    pairs = (counts / (each - 1)) @ counts.T - np.diag((counts / (each - 1)).sum(1))
    totals = pairs.sum(1)
    total = totals.sum()
    # votes between two values, the ends counted half
    below = np.cumsum(totals) - totals / 2
    difference = (below[:, None] - below[None]) ** 2
    expected = (totals[:, None] * totals[None] * difference).sum()
    if total < 2 or expected == 0:
        return float("nan")
    return float(1 - (total - 1) * (pairs * difference).sum() / expected)
