"""Kernel distance between two sets of feature vectors: KID's, unbiased however few they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.metrics.whole_sets import from_left_out


def kernel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy of N×D and M×D features (N, M ≥ 2) under (x·y / D + 1)³ (Bińkowski et
    al. 2018, "Demystifying MMD GANs"), over all samples; it can be negative. ValueError for fewer than two samples."""
    if min(len(first), len(second)) < 2:
        raise ValueError("A kernel distance needs at least two samples in each set: give more photographs.")
    return float(_from_sums(*_sums([first], [second]))[0])


def kernel_distances(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> np.ndarray:
    """One number a photograph, whose mean is the distance (see `influence_values`); ``first`` and ``second``: each
    photograph's samples in either set."""
    whole = kernel_distance(np.concatenate(first), np.concatenate(second))
    if len(first) < 3:
        return np.full(len(first), whole)
    return from_left_out(whole, _from_sums(*_sums(first, second), left_out=True))


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _sums(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Sums of the kernel over each pair of photographs, P×P, within and across the sets (a sample with itself left
    out), and how many samples each photograph has in either."""
    x, y = (np.concatenate(one).astype(np.float64) for one in (first, second))
    counts = [np.array([len(part) for part in one]) for one in (first, second)]
    starts = [np.concatenate([[0], np.cumsum(count)[:-1]]) for count in counts]

    def blocks(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return np.add.reduceat(np.add.reduceat(values, rows, 0), columns, 1)

    own, other = _kernel(x, x), _kernel(y, y)
    np.fill_diagonal(own, 0)
    np.fill_diagonal(other, 0)
    within = blocks(own, starts[0], starts[0]), blocks(other, starts[1], starts[1])
    return *within, blocks(_kernel(x, y), *starts), *counts


def _from_sums(
    own: np.ndarray, other: np.ndarray, across: np.ndarray, n: np.ndarray, m: np.ndarray, *, left_out: bool = False
) -> np.ndarray:
    """The distance, or what it is without each photograph."""

    def total(sums: np.ndarray) -> np.ndarray:
        if not left_out:
            return np.array([sums.sum()])
        return sums.sum() - sums.sum(0) - sums.sum(1) + np.diag(sums)

    count, others = (np.array([c.sum()]) if not left_out else c.sum() - c for c in (n, m))
    return (
        total(own) / (count * (count - 1))
        + total(other) / (others * (others - 1))
        - 2 * total(across) / (count * others)
    )
