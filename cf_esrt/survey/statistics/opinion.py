"""Mean opinion scores: of methods, of single stimuli, and against the hidden reference."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from cf_esrt.survey.statistics.intervals import (
    Interval,
    binomial_limits,
    interval_of,
    sos_limits,
    sos_parameter,
    student_limits,
)
from cf_esrt.survey.statistics.ratings import HIGHEST, RatingsError, Votes


@dataclass(frozen=True)
class Opinion:
    """What raters think of one method."""

    method: str
    votes: int
    raters: int
    sd: float
    """Standard deviation of the single votes (n − 1), what papers print behind ±: it is no uncertainty of the mean"""
    student: Interval
    """The MOS with Student's interval over raters' means"""
    sos: Interval | None
    """The MOS with binomial limits, which stay on the scale; None of differential scores, which have another scale"""


@dataclass(frozen=True)
class StimulusOpinion:
    """What raters think of one image by one method."""

    image: str
    method: str
    raters: int
    sd: float
    student: Interval
    binomial: Interval


def nanmean(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """numpy's, without its warning where nothing is there: NaN says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(values, axis=axis)


def stimulus_means(votes: Votes) -> np.ndarray:
    """The mean of each stimulus over raters' own means of their replicates → images × methods."""
    return nanmean(nanmean(votes.scores, 3), 0)


def rater_means(votes: Votes) -> np.ndarray:
    """Each rater's mean of each method → raters × methods; NaN where they saw none of it.

    A rater who saw a part of the images is compared on that part: their mean distance from these stimuli's means, put
    on the method's mean. Of a complete design this is the plain mean.
    """
    stimuli = stimulus_means(votes)
    return nanmean(nanmean(votes.scores, 3) - stimuli, 1) + nanmean(stimuli, 0)


def image_means(votes: Votes) -> np.ndarray:
    """Each image's mean of each method over raters → images × methods, a missing vote filled as in `rater_means`."""
    swapped = replace(votes, raters=votes.images, images=votes.raters, scores=votes.scores.transpose(1, 0, 2, 3))
    return rater_means(swapped)


def opinions(votes: Votes) -> list[Opinion]:
    """One a method, in the order of the methods. The intervals are about other raters on these same images."""
    means = rater_means(votes)
    present = np.isfinite(votes.scores)
    each = present.any(3).sum(1)  # images seen, raters × methods
    seen = np.maximum(1, np.round(each.sum(0) / np.maximum(1, (each > 0).sum(0))))
    low, high = student_limits(means)
    sos_low, sos_high = sos_limits(means, seen)
    mos = nanmean(means, 0)
    return [
        Opinion(
            method,
            votes=int(present[:, :, k].sum()),
            raters=int(np.isfinite(means[:, k]).sum()),
            sd=_sd(votes.scores[:, :, k]),
            student=Interval(float(mos[k]), float(low[k]), float(high[k])),
            sos=Interval(float(mos[k]), float(sos_low[k]), float(sos_high[k])),
        )
        for k, method in enumerate(votes.methods)
    ]


def stimulus_opinions(votes: Votes) -> list[StimulusOpinion]:
    """One an image and method, images outermost. Replicates of one rater count as one vote, their mean."""
    own = nanmean(votes.scores, 3)
    found = []
    for i, image in enumerate(votes.images):
        for k, method in enumerate(votes.methods):
            values = own[:, i, k][np.isfinite(own[:, i, k])]
            student = interval_of(values)
            low, high = binomial_limits(np.asarray(student.value), np.asarray(len(values)))
            binomial = Interval(student.value, float(low), float(high))
            found.append(StimulusOpinion(image, method, len(values), _sd(values), student, binomial))
    return found


def sos_of(votes: Votes) -> float:
    """The study's SOS parameter a over its stimuli; about 0.25 is binomial, less is agreement."""
    own = nanmean(votes.scores, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return sos_parameter(np.nanmean(own, 0), np.nanvar(own, 0, ddof=1))


def differential(votes: Votes, reference: str) -> Votes:
    """ACR-HR (P.910): vote − the same rater's vote on the hidden reference of the image + 5, without the reference.

    Scores above 5 are kept: a method can be preferred to the original. RatingsError where ``reference`` is no method.
    """
    if reference not in votes.methods:
        raise RatingsError(f"The hidden reference {reference!r} is none of the methods {', '.join(votes.methods)}.")
    column = votes.methods.index(reference)
    own = nanmean(votes.scores[:, :, column], 2)[:, :, None, None]
    rest = votes.of_methods([method for method in votes.methods if method != reference])
    return replace(rest, scores=rest.scores - own + HIGHEST)


def differential_opinions(votes: Votes, reference: str) -> list[Opinion]:
    """The DMOS of each method but the reference."""
    return [replace(one, sos=None) for one in opinions(differential(votes, reference))]


def _sd(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.std(ddof=1)) if values.size > 1 else float("nan")
