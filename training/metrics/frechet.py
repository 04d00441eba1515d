"""Fréchet distance between Gaussians fitted to two sets of feature vectors (Dowson and Landau 1982)."""

from __future__ import annotations

import numpy as np


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
