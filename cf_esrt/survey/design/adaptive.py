"""Pairs of methods chosen by what their answers would tell: expected information under Bradley and Terry's model.

A rater's pairs follow from the answers that there are when the rater begins, and from the study's secret. The worths of
the methods have a normal prior and, by Laplace's approximation, a normal posterior. A pair's expected information is
the mutual information between its answer and the worths (as in Li et al. 2018, "Hybrid-MST"); pairs are taken one by
one, each as if those before it had been answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cf_esrt.survey.design.chance import Chance

PRIOR_SD = 2.0
"""Of a method's worth, in logits: wide, so that the answers soon outweigh it."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_DIGITS = 9
"""Information is compared in so many digits, so that machines agree on what is a draw."""
_NEWTON, _CLOSE = 50, 1e-10

Tally = Mapping[str, tuple[int, int, int]]
"""``first|second`` → answers for the first, for the second, and ties."""


def choose(pairs: Sequence[str], tally: Tally, count: int, chance: Chance) -> list[str]:
    """``count`` of ``pairs`` (each ``first|second``), the most telling first; a pair may come more than once.

    A draw, as before the first answer, is decided by ``chance``. Ties count as half an answer for each.
    """
    names = sorted({name for pair in pairs for name in pair.split("|")})
    order = chance.shuffled(pairs, "draws")
    ends = np.array([[names.index(name) for name in pair.split("|")] for pair in order])
    design = np.zeros((len(order), len(names)))
    design[np.arange(len(order)), ends[:, 0]] = 1.0
    design[np.arange(len(order)), ends[:, 1]] = -1.0
    counts = np.array([tally.get(pair, (0, 0, 0)) for pair in order], dtype=float)
    worths, covariance = posterior(design, counts[:, 0] + counts[:, 2] / 2, counts.sum(1))
    means = design @ worths
    chosen: list[str] = []
    while len(chosen) < count:
        variances = np.einsum("ij,jk,ik->i", design, covariance, design)
        best = int(np.argmax(np.round(information(means, variances), _DIGITS)))  # the first of a draw
        chosen.append(order[best])
        row = design[best]
        weight = float(_expected(means[best : best + 1], variances[best : best + 1], _slope)[0])
        reached = covariance @ row
        covariance = covariance - np.outer(reached, reached) * (weight / (1 + weight * float(row @ reached)))
    return chosen


def posterior(design: np.ndarray, wins: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The worths' mode and covariance; ``design``: pairs × methods, 1 and −1; ``wins`` of so many ``answers``."""
    prior = np.eye(design.shape[1]) / PRIOR_SD**2
    worths = np.zeros(design.shape[1])
    curvature = prior
    for _ in range(_NEWTON):
        chances = _logistic(design @ worths)
        curvature = prior + (design * (answers * chances * (1 - chances))[:, None]).T @ design
        step = np.linalg.solve(curvature, design.T @ (wins - answers * chances) - prior @ worths)
        size = float(np.abs(step).max())
        worths = worths + step * min(1.0, 2.0 / max(size, 1e-12))  # no leap out of where the curvature holds
        if size < _CLOSE:
            break
    return worths, np.linalg.inv(curvature)


def information(means: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Mutual information, in nats, between an answer and the difference of worths, normal with these moments."""
    doubt = _expected(means, variances, lambda difference: _entropy(_logistic(difference)))
    return _entropy(_expected(means, variances, _logistic)) - doubt


def _expected(means: np.ndarray, variances: np.ndarray, function) -> np.ndarray:
    """The mean of a function of a normal variable, by Gauss and Hermite."""
    values = function(means[:, None] + np.sqrt(np.maximum(variances, 0.0))[:, None] * _NODES)
    return values @ _WEIGHTS / _WEIGHTS.sum()


def _logistic(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


def _slope(x: np.ndarray) -> np.ndarray:
    return _logistic(x) * (1 - _logistic(x))


def _entropy(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -p * np.log(p) - (1 - p) * np.log(1 - p)
