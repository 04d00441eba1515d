"""A linear mixed model with crossed rater and image effects: would other raters see it, on other images?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics import reml
from cf_esrt.survey.statistics.comparison import holm
from cf_esrt.survey.statistics.intervals import LEVEL, Interval
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.ratings import RatingsError, Votes


@dataclass(frozen=True)
class Components:
    """Variances of the random effects and of what is left, in squared votes."""

    rater: float
    image: float
    rater_method: float
    image_method: float
    residual: float


@dataclass(frozen=True)
class Contrast:
    """Two methods in the mixed model."""

    first: str
    second: str
    difference: Interval
    p: float
    p_holm: float


@dataclass(frozen=True)
class MixedModel:
    """score = method + rater + image + rater × method + image × method + residual, fitted by REML.

    The interactions are what a difference of methods is uncertain by: raters who like one method more than others do,
    images that suit one. A model without them counts the single votes as independent evidence.
    """

    means: tuple[tuple[str, Interval], ...]
    """The MOS of each method with an interval for other raters and other images"""
    contrasts: tuple[Contrast, ...]
    components: Components
    raters: int
    images: int
    converged: bool
    remarks: tuple[str, ...]
    """what the fit warned of"""


def mixed_model(votes: Votes, level: float = LEVEL) -> MixedModel:
    """Fit by REML (`reml`); intervals and p from Student's t with Satterthwaite's degrees of freedom.

    Replicates are averaged: they are votes of one rater on one picture. RatingsError with fewer than three raters or
    images, or two methods.
    """
    cells = nanmean(votes.scores, 3)
    seen = np.isfinite(cells)
    raters, images, methods = seen.any((1, 2)).sum(), seen.any((0, 2)).sum(), seen.any((0, 1)).sum()
    if raters < 3 or images < 3 or methods < 2:
        raise RatingsError("The mixed model needs three raters, three images and two methods at least.")
    if methods < len(votes.methods):
        raise RatingsError("The mixed model needs votes on every method.")
    start = balanced_components(_filled(cells))
    if start.residual <= 0:
        raise RatingsError("The mixed model has nothing to fit: the votes do not vary.")
    present = cells[seen.any((1, 2))][:, seen.any((0, 2))]
    ratios = np.array([getattr(start, name) for name in reml.TERMS]) / start.residual
    fit = reml.fit(present, ratios)
    variances = dict(zip(reml.TERMS, (fit.ratios * fit.residual).tolist(), strict=True))
    components = Components(**variances, residual=fit.residual)
    none = [name.replace("_", " × ") for name, value in variances.items() if value == 0]
    remarks = (f"On the boundary: no variance of {', '.join(none)} is seen.",) if none else ()
    found = _inference(fit.means, fit.covariance, votes.methods, components, int(raters), int(images), level)
    return MixedModel(*found, components, int(raters), int(images), fit.converged, remarks)


def balanced_components(cells: np.ndarray) -> Components:
    """The components from mean squares of complete raters × images × methods; they can be negative.

    Where none is, they are REML's. There is no rater × image effect: its mean square joins the residual.
    """
    r, i, m = cells.shape
    mean = cells.mean()
    rater, image, method = cells.mean((1, 2)), cells.mean((0, 2)), cells.mean((0, 1))
    rm, im = cells.mean(1), cells.mean(0)
    square_r = i * m * ((rater - mean) ** 2).sum() / (r - 1)
    square_i = r * m * ((image - mean) ** 2).sum() / (i - 1)
    square_rm = i * ((rm - rater[:, None] - method + mean) ** 2).sum() / ((r - 1) * (m - 1))
    square_im = r * ((im - image[:, None] - method + mean) ** 2).sum() / ((i - 1) * (m - 1))
    fitted = rm[:, None] + im[None] - method[None, None]
    residue = cells - fitted
    # rater × image stays in the residual, and the image's and rater's own means are in `fitted` already
    square_e = float((residue**2).sum()) / (m * (r - 1) * (i - 1))
    return Components(
        rater=float(square_r - square_rm) / (i * m),
        image=float(square_i - square_im) / (r * m),
        rater_method=float(square_rm - square_e) / i,
        image_method=float(square_im - square_e) / r,
        residual=square_e,
    )


def balanced_limits(cells: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`mixed_model`'s intervals without the fit, of complete data → the means' limits (methods × 2), the differences of
    all pairs in order, and their limits (pairs × 2). Negative components count as zero. For simulations."""
    r, i, m = cells.shape
    raw = balanced_components(cells)
    components = Components(*(max(getattr(raw, name), 0.0) for name in (*reml.TERMS, "residual")))
    covariance = _balanced_covariance(components, r, i, m)
    means, contrasts = _inference(
        cells.mean((0, 1)), covariance, [str(k) for k in range(m)], components, r, i, level, correct=False
    )
    return (
        np.array([(one.low, one.high) for _, one in means]),
        np.array([one.difference.value for one in contrasts]),
        np.array([(one.difference.low, one.difference.high) for one in contrasts]),
    )


def _balanced_covariance(parts: Components, r: int, i: int, m: int) -> np.ndarray:
    shared = parts.rater / r + parts.image / i
    own = parts.rater_method / r + parts.image_method / i + parts.residual / (r * i)
    return np.full((m, m), shared) + np.diag(np.full(m, own))


def _inference(
    estimates: np.ndarray,
    covariance: np.ndarray,
    methods: Sequence[str],
    parts: Components,
    raters: int,
    images: int,
    level: float,
    correct: bool = True,
) -> tuple[tuple[tuple[str, Interval], ...], tuple[Contrast, ...]]:
    """The means and all pairs, with Satterthwaite's degrees of freedom of the mean squares that ``parts`` imply."""
    r, i, m = raters, images, len(methods)
    noise = parts.residual / (r * i)
    by_rater, by_image = (parts.rater + parts.rater_method) / r + noise, (parts.image + parts.image_method) / i + noise
    df_mean = _satterthwaite((by_rater, r - 1), (by_image, i - 1), (-noise, (r - 1) * (i - 1)))
    own_rater, own_image = parts.rater_method / r + noise, parts.image_method / i + noise
    df_pair = _satterthwaite(
        (own_rater, (r - 1) * (m - 1)), (own_image, (i - 1) * (m - 1)), (-noise, m * (r - 1) * (i - 1))
    )
    quantile_mean, quantile_pair = (float(value) for value in stats.t.ppf((1 + level) / 2, [df_mean, df_pair]))
    means = []
    for k, method in enumerate(methods):
        half = quantile_mean * float(covariance[k, k]) ** 0.5
        means.append((method, Interval(float(estimates[k]), float(estimates[k]) - half, float(estimates[k]) + half)))
    names = list(methods)
    first, second = np.triu_indices(m, 1)  # in the order of combinations
    values = estimates[first] - estimates[second]
    variances = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
    errors = np.sqrt(np.maximum(variances, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stats.t.sf(np.abs(values) / errors, df_pair)
    limits = zip(
        first.tolist(), second.tolist(), values.tolist(), (quantile_pair * errors).tolist(), p.tolist(), strict=True
    )
    contrasts = [
        Contrast(names[a], names[b], Interval(value, value - half, value + half), chance, float("nan"))
        for a, b, value, half, chance in limits
    ]
    if correct:
        corrected = holm([one.p for one in contrasts])
        contrasts = [replace(one, p_holm=p) for one, p in zip(contrasts, corrected, strict=True)]
    return tuple(means), tuple(contrasts)


def _satterthwaite(*parts: tuple[float, int]) -> float:
    """Degrees of freedom of a sum of mean squares, each with its own."""
    total = sum(value for value, _ in parts)
    spread = sum(value**2 / freedom for value, freedom in parts)
    return float(max(1.0, total**2 / spread)) if spread > 0 else 1.0


def _filled(cells: np.ndarray) -> np.ndarray:
    """Missing cells from the stimulus's mean and the rater's bias: good enough to start from."""
    stimulus = nanmean(cells, 0)
    stimulus = np.where(np.isfinite(stimulus), stimulus, nanmean(cells, (0, 1)))
    bias = nanmean(cells - stimulus[None], (1, 2))
    return np.where(np.isfinite(cells), cells, stimulus[None] + bias[:, None, None])
