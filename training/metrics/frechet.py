"""Fréchet distance between Gaussians fitted to two sets of feature vectors (Dowson and Landau 1982)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.metrics.whole_sets import from_left_out


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), for N×D and M×D features (N, M ≥ 2); Σ are the unbiased covariances.

    The trace of the root is the sum of the singular values of A·Bᵀ, where Σ₁ = AᵀA and Σ₂ = BᵀB: the eigenvalues of
    Σ₁Σ₂ are their squares. So no root of a matrix is taken, and fewer samples than dimensions do no harm to the
    arithmetic. ValueError for fewer than two samples, or different dimensions.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"The features must be N×D and M×D, not {first.shape} and {second.shape}.")
    if min(len(first), len(second)) < 2:
        raise ValueError("A Fréchet distance needs at least two samples in each set: give more photographs.")
    (mean_1, root_1), (mean_2, root_2) = _fit(first), _fit(second)
    shift = np.sum((mean_1 - mean_2) ** 2)
    overlap = np.linalg.svd(root_1 @ root_2.T, compute_uv=False).sum()
    return float(max(0.0, shift + np.sum(root_1**2) + np.sum(root_2**2) - 2 * overlap))


def _fit(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and a matrix R of at most D rows with RᵀR the covariance."""
    features = features.astype(np.float64)
    mean = features.mean(0)
    return mean, np.asarray(np.linalg.qr((features - mean) / np.sqrt(len(features) - 1), mode="r"))


def frechet_distances(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """One number a photograph, whose mean is the distance (see `influence_values`); ``first`` and ``second``: each
    photograph's samples in either set. Resampled photographs themselves would repeat samples, which makes any Fréchet
    distance larger: an interval around another number."""
    x, y = np.concatenate(first), np.concatenate(second)
    whole = frechet_distance(x, y)
    if len(first) < 3:
        return np.full(len(first), whole)
    centre = x.mean(0)
    x, y = (features.astype(np.float64) - centre for features in (x, y))
    products = x @ y.T
    owners = [np.repeat(np.arange(len(one)), [len(part) for part in one]) for one in (first, second)]
    without = [_by_products(x, y, products, *(own != number for own in owners)) for number in range(len(first))]
    return from_left_out(whole, np.array(without))


def _by_products(x: np.ndarray, y: np.ndarray, products: np.ndarray, of_x: np.ndarray, of_y: np.ndarray) -> float:
    """The distance of the chosen samples, from their inner products N×M: the overlap of the covariances is the sum of
    the singular values of the centred products, which there are fewer of than dimensions."""
    x, y, products = x[of_x], y[of_y], products[np.ix_(of_x, of_y)]
    shift = np.sum((x.mean(0) - y.mean(0)) ** 2)
    spread = x.var(0, ddof=1).sum() + y.var(0, ddof=1).sum()
    centred = products - products.mean(0) - products.mean(1)[:, None] + products.mean()
    small = centred @ centred.T if len(x) <= len(y) else centred.T @ centred
    overlap = np.sqrt(np.linalg.eigvalsh(small).clip(0)).sum() / np.sqrt((len(x) - 1) * (len(y) - 1))
    return float(max(0.0, shift + spread - 2 * overlap))
