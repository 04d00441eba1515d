"""Whether the dots and lines of a result are those of its ground truth.

Both are criteria of dermoscopy, and what perceptual losses like to invent. A mesh of faint dots has one near any dot:
precision and recall are therefore told beyond chance, too, which is what the same picture scores when it is turned by
180 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from training.metrics.grey import grey

DOT_SIGMAS, LINE_SIGMA = (1.2, 2.0), 1.6
"""Scales in pixels of the result."""
DOT, RIDGE = 4.0, 3.0
"""Least response of a dot and of a line, in grey levels."""
BORDER = 6
"""Pixels left out all around."""
NEAR = 5
"""Side of the square, in pixels, within which a structure is at the same place: 2 pixels to each side."""

_COUNTS = ("dots", "true dots", "truth's dots", "found dots", "lines", "true lines", "truth's lines", "found lines")


@dataclass(frozen=True)
class Structures:
    """Responses of one picture, H×W, in grey levels; 0 where there is nothing."""

    dots: np.ndarray
    """Maxima of dark roundish blobs."""
    thin: np.ndarray
    """Crests of lines; dark ones positive, bright ones negative."""
    ridges: np.ndarray
    """Lines at their full width, with the same signs."""

    def turned(self) -> Structures:
        """Those of the picture turned by 180 degrees."""
        return Structures(self.dots[::-1, ::-1], self.thin[::-1, ::-1], self.ridges[::-1, ::-1])


def structures(picture: np.ndarray) -> Structures:
    """Of RGB uint8 H×W×3."""
    values = grey(picture)
    return Structures(_dots(values), *_lines(values))


def _eigenvalues(values: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Larger and smaller eigenvalue of the Hessian at a scale, times its square."""

    def second(*order: int) -> np.ndarray:
        return ndimage.gaussian_filter(values, sigma, order) * sigma**2  # pyright: ignore[reportArgumentType]

    xx, yy, xy = second(0, 2), second(2, 0), second(1, 1)
    mean, spread = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    return mean + spread, mean - spread


def _dots(values: np.ndarray) -> np.ndarray:
    best = np.zeros_like(values)
    for sigma in DOT_SIGMAS:
        larger, smaller = _eigenvalues(values, sigma)
        best = np.maximum(best, np.where(smaller > 0.5 * larger, larger + smaller, 0))
    return np.where(best == ndimage.maximum_filter(best, NEAR), best, 0)


def _lines(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    larger, smaller = _eigenvalues(values, LINE_SIGMA)
    across = np.where(np.abs(larger) > np.abs(smaller), larger, smaller)
    along = np.where(np.abs(larger) > np.abs(smaller), smaller, larger)
    ridges = np.where(np.abs(across) > 3 * np.abs(along), across, 0)
    height = np.abs(ridges)
    crest = np.logical_or(*(height >= ndimage.maximum_filter1d(height, 3, axis=axis) for axis in (0, 1)))
    return np.where(crest, ridges, 0), ridges


def near(responses: np.ndarray) -> np.ndarray:
    """The strongest response within 2 pixels."""
    return ndimage.maximum_filter(responses, NEAR)


def marks(result: Structures, truth: Structures) -> dict[str, np.ndarray]:
    """Places (rows of y, x) of the result's true and false dots, and of the truth's missed ones."""
    inner = _inner(truth.dots.shape)
    shown, there = (result.dots > DOT) & inner, (truth.dots > DOT) & inner
    true = shown & (near(truth.dots) > result.dots / 2)
    missed = there & ~(near(result.dots) > truth.dots / 2)
    return {"true": np.argwhere(true), "false": np.argwhere(shown & ~true), "missed": np.argwhere(missed)}


class Structure:
    """Sums of a photograph: structures shown, those that are true, those of the truth, those found, each for dots and
    lines; the same by chance; pixels.

    A structure shown is true where the truth has one of at least half its strength within 2 pixels; one of the truth is
    found where the result has one of half its strength there.
    """

    names = (
        "dot_precision", "dot_recall", "line_precision", "line_recall", "false_dots",
        "dot_precision_alone", "dot_recall_alone", "line_precision_alone", "line_recall_alone",
    )  # fmt: skip

    def prepare(self, picture: np.ndarray) -> Structures:
        return structures(picture)

    def observe(self, result: Structures, truth: Structures) -> np.ndarray:
        inner = _inner(truth.dots.shape)
        counted = [*_counts(result, truth, inner), *_counts(result.turned(), truth, inner), inner.sum()]
        return np.array(counted, float)

    def sums(self, observations: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(observations)

    def values(self, sums: np.ndarray) -> dict[str, np.ndarray]:
        """``…_alone``: as counted; without it: beyond chance, (share − chance) / (1 − chance): 0 by chance, 1 at best.
        ``false_dots``: a megapixel."""
        width = len(_COUNTS)
        alone, chance = (_shares(sums[..., start : start + width]) for start in (0, width))
        found = {f"{name}_alone": alone[name] for name in alone}
        found |= {name: (alone[name] - chance[name]) / np.maximum(1 - chance[name], 1e-9) for name in alone}
        found["false_dots"] = (sums[..., 0] - sums[..., 1]) / np.maximum(sums[..., -1], 1) * 1e6
        return {name: found[name] for name in self.names}


def _inner(shape: tuple[int, ...]) -> np.ndarray:
    inner = np.zeros(shape, bool)
    inner[BORDER:-BORDER, BORDER:-BORDER] = True
    return inner


def _counts(result: Structures, truth: Structures, inner: np.ndarray) -> list[int]:
    """In the order of `_COUNTS`."""
    dots = _matched(result.dots, truth.dots, near(result.dots), near(truth.dots), DOT, inner)
    lines = np.zeros(4, int)
    for sign in (1, -1):
        fat_result, fat_truth = near(result.ridges * sign), near(truth.ridges * sign)
        lines += _matched(result.thin * sign, truth.thin * sign, fat_result, fat_truth, RIDGE, inner)
    return [*dots, *lines]


def _matched(
    result: np.ndarray,
    truth: np.ndarray,
    fat_result: np.ndarray,
    fat_truth: np.ndarray,
    least: float,
    inner: np.ndarray,
) -> np.ndarray:
    """Shown, true, of the truth, found."""
    shown, there = (result > least) & inner, (truth > least) & inner
    true, found = shown & (fat_truth > result / 2), there & (fat_result > truth / 2)
    return np.array([shown.sum(), true.sum(), there.sum(), found.sum()])


def _shares(counts: np.ndarray) -> dict[str, np.ndarray]:
    def share(part: int, of: int) -> np.ndarray:
        return counts[..., part] / np.maximum(counts[..., of], 1)

    return {
        "dot_precision": share(1, 0),
        "dot_recall": share(3, 2),
        "line_precision": share(5, 4),
        "line_recall": share(7, 6),
    }
