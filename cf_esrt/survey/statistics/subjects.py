"""What raters add of their own: bias and inconsistency, removed or weighed instead of thrown out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.intervals import LEVEL
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.ratings import RatingsError, Votes

ROUNDING = 12**-0.5
"""Standard deviation of rounding to whole votes: no rater is more consistent than the scale. Without such a floor the
likelihood is without bound, and one rater without residue outweighs all others."""
_ITERATIONS = 1000
_TOLERANCE = 1e-8


def rater_bias(votes: Votes) -> np.ndarray:
    """P.913 clause 12: each rater's mean distance from the stimuli's means → raters; NaN without votes."""
    stimuli = votes.stimuli
    return nanmean(stimuli - nanmean(stimuli, (0, 2))[None, :, None], (1, 2))


def without_bias(votes: Votes) -> Votes:
    """The votes less each rater's bias (P.913 clause 12); they may leave the scale."""
    return replace(votes, scores=votes.scores - rater_bias(votes)[:, None, None, None])


@dataclass(frozen=True)
class SubjectModel:
    """vote = quality of the stimulus + the rater's bias + the rater's inconsistency × N(0, 1)."""

    quality: np.ndarray
    """images × methods; biases are about zero on average"""
    quality_error: np.ndarray
    """Standard errors, images × methods, for these raters"""
    bias: np.ndarray
    """raters"""
    inconsistency: np.ndarray
    """raters, standard deviations"""
    iterations: int
    converged: bool

    def method_means(self) -> tuple[np.ndarray, np.ndarray]:
        """The quality of each method over the images, and its standard error → methods, methods."""
        images = np.isfinite(self.quality).sum(0)
        return nanmean(self.quality, 0), np.sqrt(np.nansum(self.quality_error**2, 0)) / images

    def method_limits(self, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
        """Normal limits for these raters and images: they do not grow with what other raters would think."""
        mean, error = self.method_means()
        half = stats.norm.ppf((1 + level) / 2) * error
        return mean - half, mean + half


def subject_model(votes: Votes, floor: float = ROUNDING) -> SubjectModel:
    """Maximum likelihood by alternating projection (Li, Bampis, Krasula, Janowski, Katsavounidis 2020, "A Simple Model
    for Subject Behavior in Subjective Experiments").

    Each rater counts by the inverse of their inconsistency squared (at least ``floor``), so that a random clicker
    hardly counts. RatingsError where a rater has no vote.
    """
    scores = votes.stimuli
    present = np.isfinite(scores)
    if not present.any((1, 2)).all():
        raise RatingsError("The subject model needs at least one vote of every rater.")
    quality = nanmean(scores, (0, 2))
    bias = nanmean(scores - quality[None, :, None], (1, 2))
    spread = np.zeros(len(bias))
    converged = False
    iteration = 0
    while not converged and iteration < _ITERATIONS:
        iteration += 1
        before = quality
        spread = _spread(scores - quality[None, :, None] - bias[:, None, None], floor)
        weight = np.where(present, spread[:, None, None] ** -2, 0.0)
        with np.errstate(invalid="ignore"):
            unbiased = np.where(present, scores - bias[:, None, None], 0.0)
            quality = (weight * unbiased).sum((0, 2)) / weight.sum((0, 2))
        bias = nanmean(scores - quality[None, :, None], (1, 2))
        converged = bool(np.sqrt(np.nansum((quality - before) ** 2)) < _TOLERANCE)
    information = np.where(present, spread[:, None, None] ** -2, 0.0).sum((0, 2))
    with np.errstate(divide="ignore"):
        error = np.where(information > 0, information**-0.5, np.nan)
    shape = (len(votes.images), len(votes.methods))
    centre = bias.mean()
    return SubjectModel(
        (quality + centre).reshape(shape), error.reshape(shape), bias - centre, spread, iteration, converged
    )


def _spread(residues: np.ndarray, floor: float) -> np.ndarray:
    """Each rater's standard deviation about their own mean residue, at least ``floor``."""
    return np.maximum(np.nanstd(residues, axis=(1, 2)), floor)
