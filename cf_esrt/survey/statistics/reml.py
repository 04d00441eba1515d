"""REML of score = method + rater + image + rater × method + image × method + residual, quick for hundreds of raters.

Given the images' effects, raters are independent, and the covariance of one rater's votes has a closed inverse (a
common part and a part for each method). What is left is a linear system of the size of methods + images + images ×
methods, built from sums over raters. The residual variance is profiled out; the other four are searched for, as ratios
to it, not below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

TERMS = ("rater", "image", "rater_method", "image_method")
_TOLERANCE = 1e-12
_ITERATIONS = 500


@dataclass(frozen=True)
class Fit:
    """The estimates."""

    means: np.ndarray
    """methods"""
    covariance: np.ndarray
    """of the means, methods × methods"""
    ratios: np.ndarray
    """variances of `TERMS` over the residual's"""
    residual: float
    converged: bool


def fit(cells: np.ndarray, start: np.ndarray) -> Fit:
    """``cells``: raters × images × methods, NaN where there is no vote; ``start``: ratios to begin the search with."""
    problem = _Problem(cells)
    found = optimize.minimize(
        problem.deviance,
        np.maximum(start, 1e-4),
        method="L-BFGS-B",
        jac="3-point",
        bounds=[(0.0, None)] * len(TERMS),
        options={"ftol": _TOLERANCE, "gtol": 1e-7, "maxiter": _ITERATIONS},
    )
    ratios = np.where(found.x < 1e-9, 0.0, found.x)
    means, covariance, residual = problem.estimates(ratios)
    return Fit(means, covariance, ratios, residual, bool(found.success))


class _Problem:
    """The votes, as the sums that each evaluation needs."""

    def __init__(self, cells: np.ndarray) -> None:
        raters, images, methods = cells.shape
        seen = np.isfinite(cells)
        self._count, self._methods, self._images = int(seen.sum()), methods, images
        shift = float(cells[seen].mean())  # smaller numbers, less rounding
        self._shift = shift
        votes = np.where(seen, cells - shift, 0.0)
        columns = methods + images + images * methods
        # what each rater has of a method: sums of the design's rows (raters × methods × columns), and of the votes
        sums = np.zeros((raters, methods, columns))
        index = np.arange(methods)
        sums[:, index, index] = seen.sum(1)
        sums[:, :, methods : methods + images] = seen.transpose(0, 2, 1)
        blocks = sums[:, :, methods + images :].reshape(raters, methods, images, methods)
        blocks[:, index, :, index] = seen.transpose(2, 0, 1)
        self._sums, self._votes = sums, votes.sum(1)
        self._seen = seen.sum(1).astype(float)  # raters × methods
        per_cell, per_vote = seen.sum(0).astype(float), votes.sum(0)  # images × methods
        self._gram, self._right = self._plain(per_cell, per_vote)
        self._squares = float((votes**2).sum())

    def _plain(self, counts: np.ndarray, votes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The design's products with itself and with the votes."""
        images, methods = counts.shape
        rows = np.zeros((images, methods, methods + images + images * methods))
        for image in range(images):
            for method in range(methods):
                rows[image, method, [method, methods + image, methods + images + image * methods + method]] = 1
        flat = rows.reshape(images * methods, -1)
        return (flat * counts.reshape(-1, 1)).T @ flat, flat.T @ votes.reshape(-1)

    def deviance(self, ratios: np.ndarray) -> float:
        """−2 × the log of the restricted likelihood, without constants."""
        factor, right, squares, determinant = self._system(ratios)
        freedom = self._count - self._methods
        left = squares - float(right @ linalg.cho_solve(factor, right))
        determinant += 2 * float(np.log(np.diag(factor[0])).sum())
        return determinant + freedom * float(np.log(max(left, 1e-300) / freedom))

    def estimates(self, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """The methods' means, their covariance, and the residual variance."""
        factor, right, squares, _ = self._system(ratios)
        solution = linalg.cho_solve(factor, right)
        residual = max(0.0, squares - float(right @ solution)) / (self._count - self._methods)
        inverse = linalg.cho_solve(factor, np.eye(len(right)))
        m = self._methods
        return solution[:m] + self._shift, residual * inverse[:m, :m], residual

    def _system(self, ratios: np.ndarray) -> tuple[tuple[np.ndarray, bool], np.ndarray, float, float]:
        """The mixed model equations' factor, right side, the votes' weighed squares, and log |raters' covariance|."""
        rater, image, rater_method, image_method = np.maximum(ratios, 0.0)
        inside = 1 + self._seen * rater_method
        by_method = rater_method / inside  # raters × methods: what a method's sums are lessened by
        weight = 1 / inside
        total = 1 + rater * (self._seen * weight).sum(1)
        by_rater = rater / total
        weighed, weighed_votes = np.einsum("rm,rmp->rp", weight, self._sums), (weight * self._votes).sum(1)
        flat = self._sums.reshape(-1, self._sums.shape[2])
        gram = self._gram - (flat * by_method.reshape(-1, 1)).T @ flat - (weighed * by_rater[:, None]).T @ weighed
        right = self._right - flat.T @ (by_method * self._votes).reshape(-1) - weighed.T @ (by_rater * weighed_votes)
        squares = self._squares - float((by_method * self._votes**2).sum()) - float((by_rater * weighed_votes**2).sum())
        determinant = float(np.log(inside).sum() + np.log(total).sum())
        m, i = self._methods, self._images
        scale = np.concatenate([np.ones(m), np.full(i, image**0.5), np.full(i * m, image_method**0.5)])
        gram = scale[:, None] * gram * scale
        gram[np.arange(m, len(scale)), np.arange(m, len(scale))] += 1
        return linalg.cho_factor(gram, lower=True), scale * right, squares, determinant
