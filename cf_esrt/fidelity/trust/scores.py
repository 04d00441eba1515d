"""What is known of each block of a result without its truth, from which its error is guessed.

Blocks are squares of `BLOCK` pixels of the result, the last of a row or column whatever is left. Each measure is a mean
over the block and the `AROUND` pixels about it, on luma in levels of 255.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.fidelity.properties import Properties
from cf_esrt.fidelity.strips import check_pair, strips

BLOCK = 8
"""Side of a block in pixels of the result: two pixels of the photograph."""
AROUND = 4
WIDE = 20
"""Pixels about a block of the wider measure."""
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
LOCAL = ("gradient", "deviation", "added", "gradient_wide", "gradient_input")
"""Measures of a block: mean length of the gradient of the result; its standard deviation; mean size of its difference
from bicubic interpolation; the gradient over a wider place; the steepest gradient of interpolation."""
WHOLE = ("noise", "sharpness", "blockiness", "resolution")
"""Measures of the whole photograph (`fidelity.properties`, `fidelity.effective_resolution`)."""
FEATURES = (*LOCAL, *WHOLE)


def luma(image: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3 → float32 H×W, 0..255 (ITU-R BT.601)."""
    return cv2.transform(np.ascontiguousarray(image, np.float32), _LUMA)


def block_means(values: np.ndarray, side: int = BLOCK) -> np.ndarray:
    """H×W → ⌈H/side⌉×⌈W/side⌉ means; of blocks at the edge over the pixels that are there."""
    height, width = values.shape
    if height % side == 0 and width % side == 0:
        return values.reshape(height // side, side, width // side, side).mean(axis=(1, 3))
    tops, lefts = np.arange(0, height, side), np.arange(0, width, side)
    sums = np.add.reduceat(np.add.reduceat(values, tops, 0), lefts, 1)
    tall, wide = np.diff(tops, append=height), np.diff(lefts, append=width)
    return sums / np.outer(tall, wide).astype(np.float32)


def block_errors(result: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean |difference of luma| of each block in levels; RGB uint8 of one size."""
    return block_means(np.abs(luma(result) - luma(truth)))


def local_measures(result: np.ndarray, bicubic: np.ndarray) -> np.ndarray:
    """`LOCAL` of each block: len(LOCAL)×rows×columns float32. Both are RGB uint8 4H×4W×3; floats only in strips."""
    check_pair(result, bicubic[::4, ::4])
    height, width = result.shape[:2]
    rows = []
    for top, bottom in _rows_of_blocks(height, width):
        first, last = max(0, top - 2 * WIDE), min(height, bottom + 2 * WIDE)
        skipped, count = (top - first) // BLOCK, -(-(bottom - top) // BLOCK)
        whole = _measures(result[first:last], bicubic[first:last])
        rows.append(whole[:, skipped : skipped + count])
    return np.concatenate(rows, axis=1)


def _rows_of_blocks(height: int, width: int) -> Iterator[tuple[int, int]]:
    for top, bottom in strips(-(-height // BLOCK), BLOCK * width):
        yield top * BLOCK, min(height, bottom * BLOCK)


def _measures(result: np.ndarray, bicubic: np.ndarray) -> np.ndarray:
    values, smooth = luma(result), luma(bicubic)
    gradient = block_means(_gradient(values))
    mean, square = block_means(_around(values)), block_means(_around(values * values))
    return np.stack(
        [
            block_means(_around(_gradient(values))),
            np.sqrt(np.maximum(square - mean * mean, 0)),
            block_means(_around(np.abs(values - smooth))),
            cv2.blur(gradient, (2 * WIDE // BLOCK + 1,) * 2, borderType=cv2.BORDER_REFLECT_101),
            block_means(cv2.dilate(_gradient(smooth), np.ones((BLOCK, BLOCK), np.uint8))),
        ]
    ).astype(np.float32)


def _gradient(values: np.ndarray) -> np.ndarray:
    across = cv2.Sobel(values, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    down = cv2.Sobel(values, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return cv2.magnitude(across, down)


def _around(values: np.ndarray) -> np.ndarray:
    """Mean over the pixels about each pixel, so that a block's mean reaches `AROUND` pixels beyond it."""
    side = 2 * AROUND + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT_101)


def whole_measures(found: Properties, resolution: EffectiveResolution | None) -> np.ndarray:
    """`WHOLE` of a photograph; NaN where a measure cannot be had."""
    values = (found.noise, found.sharpness, found.blockiness, None if resolution is None else resolution.pixels)
    return np.array([np.nan if value is None else value for value in values])


@dataclass(frozen=True)
class Head:
    """A guess of a block's error that 95 in 100 blocks do not exceed: exp(bias + Σ weight · log(measure + `OFFSET`)),
    fitted by quantile regression (`training.analyses.trust_calibration`, after im2im-uq, Angelopoulos et al. 2022)."""

    weights: tuple[float, ...]
    """In the order of `FEATURES`."""
    bias: float
    usual: tuple[float, ...]
    """Of each measure of the whole photograph, for one that cannot be measured."""

    OFFSET = 0.2

    def __call__(self, local: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """Grey levels, rows×columns, from `local_measures` and `whole_measures`."""
        filled = np.where(np.isnan(whole), self.usual, whole)
        fixed = self.bias + float(np.dot(np.log(filled + self.OFFSET), self.weights[len(LOCAL) :]))
        weights = np.array(self.weights[: len(LOCAL)], np.float32)
        return np.exp(fixed + np.tensordot(weights, np.log(local + self.OFFSET), 1)).astype(np.float32)
