"""Paired bootstrap: how far a comparison of two methods depends on which photographs were scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.metrics import metric

RESAMPLES = 10_000
LEVEL = 0.95
#: Counts held at once, so that many photographs take no more memory than few.
_CHUNK = 4_000_000
Scores = dict[str, list[float]]
"""metric → one number a photograph"""


@dataclass(frozen=True)
class Interval:
    """A comparison and its percentile interval; NaN where there is none (one photograph, infinite scores)."""

    value: float
    low: float
    high: float


def resampled_means(values: np.ndarray, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Means of N×K values over ``resamples`` draws of N rows with replacement → resamples×K.

    All columns see the same draws, which is what pairs them. A draw is how often each row is taken.
    """
    generator = np.random.default_rng(seed)
    count = len(values)
    step = max(1, _CHUNK // count)
    shares = np.full(count, 1 / count)
    parts = [
        generator.multinomial(count, shares, size=min(step, resamples - start)) @ values / count
        for start in range(0, resamples, step)
    ]
    return np.concatenate(parts)


def own_intervals(
    scores: dict[str, Scores],
    metrics: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[tuple[str, str], Interval]:
    """(model, metric) → the mean and its interval, of those that the models have. For a measure of a whole set the mean
    is the set's (see `training.metrics.whole_sets`)."""
    keys = [(model, name) for model in scores for name in metrics if name in scores[model]]
    if not keys:
        return {}
    values = np.array([scores[model][name] for model, name in keys], dtype=float).T
    tail = 100 * (1 - level) / 2
    finite = np.isfinite(values).all(0)
    drawn = resampled_means(np.where(finite, values, 0.0), resamples, seed)
    bounds = np.percentile(drawn, [tail, 100 - tail], axis=0)
    bounds[:, ~finite | (len(values) < 2)] = np.nan
    means = values.mean(0)
    return {key: Interval(float(means[k]), float(bounds[0, k]), float(bounds[1, k])) for k, key in enumerate(keys)}


def compare(
    scores: dict[str, Scores],
    baselines: Sequence[str],
    metrics: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[tuple[str, str, str], Interval]:
    """(model, baseline, metric) → the difference or ratio of their means, as the metric has it.

    ``scores``: model → metric → one number a photograph, the same photographs for every model. Baselines that are
    not among the models are passed over, and so is a model's comparison with itself, or by a metric that either lacks.
    """
    models = list(scores)
    keys = [(model, name) for model in models for name in metrics if name in scores[model]]
    columns = {key: k for k, key in enumerate(keys)}
    if not columns:
        return {}
    values = np.array([scores[model][name] for model, name in columns], dtype=float).T
    finite = np.isfinite(values).all(0)
    safe = np.where(finite, values, 0.0)
    means, drawn = safe.mean(0), resampled_means(safe, resamples, seed)
    tail = 100 * (1 - level) / 2
    found: dict[tuple[str, str, str], Interval] = {}
    for baseline in (b for b in baselines if b in scores):
        for model in (m for m in models if m != baseline):
            for name in metrics:
                if (model, name) not in columns or (baseline, name) not in columns:
                    continue
                own, other = columns[model, name], columns[baseline, name]
                ratio = metric(name).compared == "ratio"
                if not (finite[own] and finite[other]) or (ratio and means[other] == 0):
                    found[model, baseline, name] = Interval(np.nan, np.nan, np.nan)
                    continue
                with np.errstate(divide="ignore", invalid="ignore"):
                    spread = drawn[:, own] / drawn[:, other] if ratio else drawn[:, own] - drawn[:, other]
                value = means[own] / means[other] if ratio else means[own] - means[other]
                few = len(values) < 2 or not np.isfinite(spread).all()
                low, high = (np.nan, np.nan) if few else np.percentile(spread, [tail, 100 - tail])
                found[model, baseline, name] = Interval(float(value), float(low), float(high))
    return found
