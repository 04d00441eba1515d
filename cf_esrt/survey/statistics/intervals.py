"""95% intervals of a mean opinion score. Raters lie on the first axis, so a thousand studies cost one call."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.ratings import HIGHEST, LOWEST

LEVEL = 0.95
STEPS = HIGHEST - LOWEST


@dataclass(frozen=True)
class Interval:
    """A number and its interval; NaN where there is none (one rater, say)."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the interval's length: the x of ±x."""
        return (self.high - self.low) / 2

    @property
    def known(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high)


def student_limits(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Student's t over the first axis (raters' means, say) → low, high; NaN values are raters without one.

    The limits can leave the scale: see `sos_limits`. NaN where fewer than two raters have a value.
    """
    count, mean, variance = _moments(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stats.t.ppf((1 + level) / 2, count - 1) * np.sqrt(variance / count)
    return mean - half, mean + half


def sos_limits(values: np.ndarray, votes: np.ndarray | int = 1, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Binomial limits that stay on the scale, over raters' means on the first axis → low, high.

    The SOS hypothesis (Hossfeld, Schatz, Egger 2011, "SOS: The MOS is not enough!") writes the variance of opinions at
    a mean x as a·(x − 1)(5 − x). A rater's mean then carries as much as 1/a yes-or-no trials, and Clopper and Pearson's
    limits for all raters' trials, put on the scale, are the interval (Hossfeld, Heegaard, Varela, Skorin-Kapov 2018,
    "Confidence Interval Estimators for MOS Values", who take one vote a rater and the conservative a = 1/4:
    `binomial_limits`). Here a is estimated from the raters' means, so that their agreement across images counts as it
    is, and the trials are lessened for its estimation as Korn and Graubard (1998) do for surveys.

    Where all raters have the same mean, a is that of independent binomial votes: ``votes`` is their number a rater.
    """
    count, mean, variance = _moments(values)
    share = np.clip((mean - LOWEST) / STEPS, 0.0, 1.0)
    constant = count * STEPS * votes
    with np.errstate(invalid="ignore", divide="ignore"):
        trials = np.where(variance > 0, count * (mean - LOWEST) * (HIGHEST - mean) / variance, constant)
        trials = np.maximum(trials, 1.0)
        quantile = (1 + level) / 2
        lessened = (stats.t.ppf(quantile, np.maximum(trials - 1, 1.0)) / stats.t.ppf(quantile, count - 1)) ** 2
        trials = np.where(count > 1, trials * np.where(variance > 0, lessened, 1.0), np.nan)
    return _clopper_pearson(share, trials, level)


def binomial_limits(mean: np.ndarray, raters: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Hossfeld et al. 2018: one vote each of so many independent raters, a = 1/4, Clopper and Pearson → low, high.

    Conservative for votes that spread less than binomial ones, as votes on one stimulus mostly do.
    """
    raters = np.asarray(raters, dtype=float)
    share = (np.asarray(mean) - LOWEST) / STEPS
    return _clopper_pearson(share, np.where(raters > 0, STEPS * raters, np.nan), level)


def sos_parameter(mean: np.ndarray, variance: np.ndarray) -> float:
    """The SOS parameter a, least squares over conditions: variance = a·(x − 1)(5 − x); NaN where all sit at an end."""
    room = (np.asarray(mean) - LOWEST) * (HIGHEST - np.asarray(mean))
    usable = np.isfinite(room) & np.isfinite(variance)
    weight = float((room[usable] ** 2).sum())
    return float((room[usable] * np.asarray(variance)[usable]).sum() / weight) if weight > 0 else math.nan


def interval_of(values: np.ndarray, level: float = LEVEL) -> Interval:
    """Student's interval of one row of numbers, with their mean."""
    low, high = student_limits(np.asarray(values, dtype=float), level)
    return Interval(float(_moments(np.asarray(values, dtype=float))[1]), float(low), float(high))


def _clopper_pearson(share: np.ndarray, trials: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    tail = (1 - level) / 2
    hits = share * trials
    misses = trials - hits
    with np.errstate(invalid="ignore"):
        low = np.where(hits > 1e-9, stats.beta.ppf(tail, hits, misses + 1), 0.0)
        high = np.where(misses > 1e-9, stats.beta.ppf(1 - tail, hits + 1, misses), 1.0)
    unknown = ~np.isfinite(trials)
    low, high = np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
    return LOWEST + STEPS * low, LOWEST + STEPS * high


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many, mean and unbiased variance over the first axis, NaN passed over."""
    present = np.isfinite(values)
    count = present.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(present, values, 0.0).sum(0) / np.where(count > 0, count, np.nan)
        squares = np.where(present, (values - mean) ** 2, 0.0).sum(0)
        variance = squares / np.where(count > 1, count - 1, np.nan)
    # the rounding of equal floats is no spread
    return count, mean, np.where(variance < 1e-20, 0.0, variance)
