"""Pairs: which of two pictures was preferred, and the scale that the methods lie on.

Bradley and Terry (1952) and Thurstone (1927, case V) are one model with two noises: the method on the left is chosen
where its worth, less the other's, plus what the left side adds, plus noise passes a threshold; between the two
thresholds the answer is a tie (Rao and Kupper 1967 for the logistic noise, Glenn and David 1960 for the normal one).
Intervals are for other raters: a rater's answers are not independent, so the covariance is taken over raters (White's
sandwich, clustered).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import optimize, stats

from cf_esrt.survey.statistics.comparison import holm
from cf_esrt.survey.statistics.intervals import LEVEL, Interval, interval_of
from cf_esrt.survey.statistics.ratings import RatingsError

Noise = Literal["bradley-terry", "thurstone"]
_RIDGE = 1e-3
"""A method that won every time has no finite worth; this weak pull to 0 gives it a large one."""


@dataclass(frozen=True)
class Choices:
    """Answers to pairs, one an entry of each array."""

    methods: tuple[str, ...]
    raters: tuple[str, ...]
    images: tuple[str, ...]
    rater: np.ndarray
    """index"""
    image: np.ndarray
    left: np.ndarray
    """index of the method on the left"""
    right: np.ndarray
    answer: np.ndarray
    """1 left, 0 tie, −1 right"""


@dataclass(frozen=True)
class Preference:
    """Two methods, side by side."""

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    share: Interval
    """of answers for the first, a tie counted half; Student's interval over raters"""
    difference: Interval
    """first − second on the model's scale"""
    p: float
    p_holm: float


@dataclass(frozen=True)
class Scale:
    """The fitted model. Worths are zero on average."""

    noise: Noise
    worths: tuple[tuple[str, Interval], ...]
    left: Interval
    """what the left side adds: position bias, on the same scale"""
    tie: float
    """half the width of the ties' band; 0 where there are none"""
    preferences: tuple[Preference, ...]
    raters: int
    answers: int


def left_share(choices: Choices) -> Interval:
    """How often the left was chosen, ties left out, with Student's interval over raters; one half is no bias."""
    shares = []
    for rater in range(len(choices.raters)):
        own = choices.answer[(choices.rater == rater) & (choices.answer != 0)]
        if own.size:
            shares.append(float((own > 0).mean()))
    return interval_of(np.array(shares)) if shares else Interval(np.nan, np.nan, np.nan)


def scale(choices: Choices, noise: Noise = "bradley-terry", level: float = LEVEL) -> Scale:
    """Fit by maximum likelihood; RatingsError where the pairs leave methods unconnected or there is one rater."""
    count, raters = len(choices.methods), len(np.unique(choices.rater))
    if raters < 2 or count < 2:
        raise RatingsError("Pairs need two raters and two methods at least.")
    if not _connected(choices):
        raise RatingsError("Some methods were never compared with the others, so they share no scale with them.")
    design = np.zeros((len(choices.answer), count))  # worths without the first, then the side
    rows = np.arange(len(design))
    for column, sign in ((choices.left, 1.0), (choices.right, -1.0)):
        inside = column > 0
        design[rows[inside], column[inside] - 1] += sign
    design[:, -1] = 1.0
    ties = bool((choices.answer == 0).any())
    start = np.zeros(count + ties)
    if ties:
        start[-1] = np.log(0.5)

    def cost(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        value, scores = _likelihood(parameters, design, choices.answer, noise, ties)
        pull = np.where(np.arange(len(parameters)) < count, parameters, 0.0)
        return -value + _RIDGE * float(pull @ pull), -scores.sum(0) + 2 * _RIDGE * pull

    found = optimize.minimize(cost, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 1000})
    parameters = np.asarray(found.x)
    covariance = _sandwich(parameters, cost, _likelihood(parameters, design, choices.answer, noise, ties)[1],
                           choices.rater, raters)  # fmt: skip
    quantile = float(stats.t.ppf((1 + level) / 2, raters - 1))
    # to worths about zero: the first method's parameter is 0
    spread = np.zeros((count, len(parameters)))
    spread[1:, : count - 1] = np.eye(count - 1)
    centred = spread - spread.mean(0)
    worths = centred @ parameters
    errors = np.sqrt(np.einsum("ij,jk,ik->i", centred, covariance, centred))
    named = tuple(
        (method, Interval(float(w), float(w - quantile * e), float(w + quantile * e)))
        for method, w, e in zip(choices.methods, worths, errors, strict=True)
    )
    side, side_error = float(parameters[count - 1]), float(covariance[count - 1, count - 1]) ** 0.5
    return Scale(
        noise,
        named,
        Interval(side, side - quantile * side_error, side + quantile * side_error),
        float(np.exp(parameters[-1])) if ties else 0.0,
        tuple(_preferences(choices, spread, parameters, covariance, quantile, raters)),
        raters,
        len(choices.answer),
    )


def _likelihood(
    parameters: np.ndarray, design: np.ndarray, answer: np.ndarray, noise: Noise, ties: bool
) -> tuple[float, np.ndarray]:
    """The log likelihood, and each answer's gradient (answers × parameters)."""
    distribution = stats.logistic if noise == "bradley-terry" else stats.norm
    shift = design @ parameters[: design.shape[1]]
    band = float(np.exp(parameters[-1])) if ties else 0.0
    upper, lower = shift - band, shift + band  # left wins beyond the upper threshold, right below the lower
    chance = np.select(
        [answer > 0, answer < 0],
        [distribution.cdf(upper), distribution.sf(lower)],
        distribution.cdf(lower) - distribution.cdf(upper),
    )
    chance = np.maximum(chance, 1e-300)
    by_upper, by_lower = distribution.pdf(upper), distribution.pdf(lower)
    by_shift = np.select([answer > 0, answer < 0], [by_upper, -by_lower], by_lower - by_upper) / chance
    scores = by_shift[:, None] * design
    if ties:
        by_band = np.select([answer > 0, answer < 0], [-by_upper, -by_lower], by_lower + by_upper) / chance
        scores = np.column_stack([scores, by_band * band])
    return float(np.log(chance).sum()), scores


def _sandwich(parameters: np.ndarray, cost, scores: np.ndarray, rater: np.ndarray, raters: int) -> np.ndarray:
    """White's covariance with raters as clusters: the curvature by differences of the gradient."""
    steps = 1e-5 * np.eye(len(parameters))
    curvature = np.stack([(cost(parameters + one)[1] - cost(parameters - one)[1]) / 2e-5 for one in steps])
    inverse = np.linalg.pinv((curvature + curvature.T) / 2)
    clusters = np.stack([scores[rater == one].sum(0) for one in np.unique(rater)])
    return raters / (raters - 1) * inverse @ (clusters.T @ clusters) @ inverse


def _preferences(
    choices: Choices,
    spread: np.ndarray,
    parameters: np.ndarray,
    covariance: np.ndarray,
    quantile: float,
    raters: int,
) -> list[Preference]:
    found: list[tuple[int, int, Interval, float]] = []
    for a, b in combinations(range(len(choices.methods)), 2):
        contrast = spread[a] - spread[b]
        value, error = float(contrast @ parameters), float(contrast @ covariance @ contrast) ** 0.5
        p = float(2 * stats.t.sf(abs(value) / error, raters - 1)) if error > 0 else float("nan")
        found.append((a, b, Interval(value, value - quantile * error, value + quantile * error), p))
    corrected = holm([p for *_, p in found])
    return [
        Preference(choices.methods[a], choices.methods[b], *_counts(choices, a, b), interval, p, p_holm)
        for (a, b, interval, p), p_holm in zip(found, corrected, strict=True)
    ]


def _counts(choices: Choices, a: int, b: int) -> tuple[int, int, int, Interval]:
    """Wins, losses and ties of ``a`` against ``b``, and its share."""
    forward, backward = (choices.left == a) & (choices.right == b), (choices.left == b) & (choices.right == a)
    outcome = np.where(forward, choices.answer, -choices.answer)[forward | backward]
    rater = choices.rater[forward | backward]
    shares = np.array([(outcome[rater == one].mean() + 1) / 2 for one in np.unique(rater)])
    share = interval_of(shares) if shares.size else Interval(np.nan, np.nan, np.nan)
    return int((outcome > 0).sum()), int((outcome < 0).sum()), int((outcome == 0).sum()), share


def _connected(choices: Choices) -> bool:
    reached, waiting = {0}, [0]
    neighbours: dict[int, set[int]] = {}
    for a, b in set(zip(choices.left.tolist(), choices.right.tolist(), strict=True)):
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    while waiting:
        for other in neighbours.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return len(reached) == len(choices.methods)


def choices_of(rows: Sequence[tuple[str, str, str, str, int]], methods: Sequence[str]) -> Choices:
    """From (rater, image, left, right, answer) of each pair."""
    raters, images = sorted({row[0] for row in rows}), sorted({row[1] for row in rows})
    index = {name: k for k, name in enumerate(methods)}
    return Choices(
        tuple(methods),
        tuple(raters),
        tuple(images),
        np.array([raters.index(row[0]) for row in rows]),
        np.array([images.index(row[1]) for row in rows]),
        np.array([index[row[2]] for row in rows]),
        np.array([index[row[3]] for row in rows]),
        np.array([row[4] for row in rows]),
    )
