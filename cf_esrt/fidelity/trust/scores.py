"""What is known of each block of a result without its truth, from which its error is guessed.

Blocks are squares of `BLOCK` pixels of the result, the last of a row or column whatever is left. Measures are means
over a block and what is about it, reflected at the edges, of luma in levels of 255. They are made from means over
cells, what one pixel of the photograph has become in the result: so large results are never held as floats, and each
measure that nobody asks for costs nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.fidelity.properties import Properties
from cf_esrt.fidelity.strips import check_pair, strips
from cf_esrt.pixels import SCALE

BLOCK = 2 * SCALE
"""Side of a block in pixels of the result: two cells."""
AROUND, WIDE = 1, 4
"""Cells about a block that a measure takes in, and of the wider one."""
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


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


class Cells:
    """Of a result (RGB uint8 4H×4W×3) of a photograph (H×W×3), means over cells, H×W float32; each made once, when a
    measure asks for it. Luma is rounded to whole levels, which takes a third of the time. ValueError where the sizes do
    not fit."""

    def __init__(self, result: np.ndarray, photograph: np.ndarray) -> None:
        check_pair(result, photograph)
        self._result, self._photograph = result, photograph

    @cached_property
    def steps(self) -> np.ndarray:
        """Mean size of the step to the next pixel, across and down together."""
        return self._means(_steps)

    @cached_property
    def values(self) -> np.ndarray:
        return self._means(lambda grey: grey.astype(np.float32))

    @cached_property
    def squares(self) -> np.ndarray:
        return self._means(lambda grey: np.square(grey, dtype=np.float32))

    @cached_property
    def added(self) -> np.ndarray:
        """Mean size of the difference from the photograph's cubic interpolation (OpenCV's, in a tenth of the time of
        Pillow's)."""
        height, width = self._photograph.shape[:2]
        found = np.empty((height, width), np.float32)
        for top, bottom in strips(height, width, SCALE):
            first, last = max(0, top - 2), min(height, bottom + 2)  # what the interpolation reaches
            size = (SCALE * width, SCALE * (last - first))
            smooth = cv2.resize(_grey(self._photograph[first:last]), size, interpolation=cv2.INTER_CUBIC)
            smooth = smooth[SCALE * (top - first) : SCALE * (bottom - first)]
            found[top:bottom] = _cells(cv2.absdiff(_grey(self._result[SCALE * top : SCALE * bottom]), smooth))
        return found

    @cached_property
    def slopes(self) -> np.ndarray:
        """Of the photograph itself: the steepest slope among a pixel and those about it."""
        grey = _grey(self._photograph)
        across, down = (cv2.Sobel(grey, cv2.CV_32F, x, 1 - x, ksize=1, scale=0.5) for x in (1, 0))
        return cv2.dilate(cv2.magnitude(across, down), np.ones((3, 3), np.uint8))

    def _means(self, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Of what is made of luma, whose pixels know of the next one, in strips."""
        height, width = self._photograph.shape[:2]
        found = np.empty((height, width), np.float32)
        for top, bottom in strips(height, width, SCALE):
            grey = _grey(self._result[SCALE * top : SCALE * bottom + 1])
            found[top:bottom] = _cells(of(grey)[: SCALE * (bottom - top)])
        return found


def _grey(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def _steps(grey: np.ndarray) -> np.ndarray:
    """There is none from the last pixel of a row or column."""
    found = np.zeros(grey.shape, np.float32)
    found[:, :-1] = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    found[:-1] += cv2.absdiff(grey[1:], grey[:-1])
    return found


def _cells(values: np.ndarray) -> np.ndarray:
    height, width = (length // SCALE for length in values.shape)
    return cv2.resize(values.astype(np.float32, copy=False), (width, height), interpolation=cv2.INTER_AREA)


def _about(cells: np.ndarray, reach: int) -> np.ndarray:
    """Means over the blocks and so many cells about each."""
    side = BLOCK // SCALE + 2 * reach
    return cv2.blur(cells, (side, side), anchor=(reach, reach), borderType=cv2.BORDER_REFLECT_101)[::2, ::2]


def _deviation(cells: Cells) -> np.ndarray:
    mean = _about(cells.values, AROUND)
    return np.sqrt(np.maximum(_about(cells.squares, AROUND) - mean * mean, 0))


_MEASURES: dict[str, Callable[[Cells], np.ndarray]] = {
    "gradient_input": lambda cells: _about(cells.slopes, 0),
    "added": lambda cells: _about(cells.added, AROUND),
    "gradient": lambda cells: _about(cells.steps, AROUND),
    "gradient_wide": lambda cells: _about(cells.steps, WIDE),
    "deviation": _deviation,
}
LOCAL = tuple(_MEASURES)
"""Measures of a block, from cheap to dear: the steepest slopes of the photograph; what was added to interpolation; the
steps between the result's pixels, near the block and over a wider place; their standard deviation."""
WHOLE = ("noise", "sharpness", "blockiness", "resolution")
"""Measures of the whole photograph (`fidelity.properties`, `fidelity.effective_resolution`)."""
FEATURES = (*LOCAL, *WHOLE)


def local_measures(result: np.ndarray, photograph: np.ndarray, names: Sequence[str] = LOCAL) -> np.ndarray:
    """Those of each block: len(names)×rows×columns float32. RGB uint8, 4H×4W×3 and H×W×3, else ValueError."""
    cells = Cells(result, photograph)
    return np.stack([_MEASURES[name](cells) for name in names])


def whole_measures(found: Properties, resolution: EffectiveResolution | None) -> np.ndarray:
    """`WHOLE` of a photograph; NaN where a measure cannot be had."""
    values = (found.noise, found.sharpness, found.blockiness, None if resolution is None else resolution.pixels)
    return np.array([np.nan if value is None else value for value in values])


@dataclass(frozen=True)
class Head:
    """A score of blocks: exp(bias + Σ weight · log(measure + `OFFSET`)).

    With all weights, a guess of the error that 95 in 100 blocks do not exceed, fitted by quantile regression
    (`training.analyses.trust_calibration`, after im2im-uq, Angelopoulos et al. 2022); with one weight alone, that
    measure (`Head.single`).
    """

    weights: tuple[float, ...]
    """In the order of `FEATURES`; what has none is not measured."""
    bias: float
    usual: tuple[float, ...]
    """Of each measure of the whole photograph, for one that cannot be measured."""

    OFFSET = 0.2

    @classmethod
    def single(cls, name: str) -> Head:
        """One of `LOCAL` alone, plus the offset."""
        return cls(tuple(float(name == one) for one in FEATURES), 0.0, (1.0,) * len(WHOLE))

    @property
    def local(self) -> tuple[str, ...]:
        """Of `LOCAL`, those that it needs."""
        return tuple(name for name, weight in zip(LOCAL, self.weights, strict=False) if weight)

    def __call__(self, local: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """Grey levels, rows×columns, from `local_measures` of those that it needs and `whole_measures`."""
        filled = np.log(filled_in(whole, self.usual) + self.OFFSET)
        fixed = self.bias + float(np.dot(filled, self.weights[len(LOCAL) :]))
        weights = np.array([weight for weight in self.weights[: len(LOCAL)] if weight], np.float32)
        return np.exp(fixed + np.tensordot(weights, np.log(local + self.OFFSET), 1)).astype(np.float32)


Weights = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class SmallNetwork:
    """A score of blocks: a guess of the error that `QUANTILE` of them do not exceed, by a small network.

    Its input is the logs of a block's `SEEN` and of the photograph's `WHOLE`, and those of the blocks about it. A 1×1,
    a 3×3 and a 1×1 convolution over blocks, with ReLU between them; the exponential of what they give. Fitted with the
    pinball loss (`training.analyses.trust_network`, after im2im-uq, Angelopoulos et al. 2022).
    """

    weights: Weights
    """width×len(SEEN + WHOLE), width, width×width×3×3, width, width, and one bias; float32."""
    usual: tuple[float, ...]
    """Of each measure of the whole photograph, for one that cannot be measured."""

    OFFSET = Head.OFFSET
    QUANTILE = 0.9
    SEEN = ("gradient_input", "added")
    """The cheap ones of `LOCAL`: with all of them it left no more unveiled."""

    @property
    def local(self) -> tuple[str, ...]:
        """Of `LOCAL`, those that it needs."""
        return self.SEEN

    def __call__(self, local: np.ndarray, whole: np.ndarray) -> np.ndarray:
        """As `Head`'s."""
        first, first_bias, second, second_bias, last, last_bias = self.weights
        seen = (
            first_bias + np.float32(np.log(filled_in(whole, self.usual) + self.OFFSET)) @ first[:, len(self.SEEN) :].T
        )
        x = np.tensordot(first[:, : len(self.SEEN)], np.log(local + self.OFFSET), 1) + seen[:, None, None]
        x = np.pad(np.maximum(x, 0), ((0, 0), (1, 1), (1, 1)), mode="edge")
        rows, columns = local.shape[1:]
        parts = (
            np.tensordot(second[:, :, row, column], x[:, row : row + rows, column : column + columns], 1)
            for row in range(3)
            for column in range(3)
        )
        x = np.maximum(sum(parts) + second_bias[:, None, None], 0)
        return np.exp(np.tensordot(last, x, 1) + last_bias[0]).astype(np.float32)

    def packed(self) -> str:
        """The weights as text, for the calibration's file."""
        flat = np.concatenate([part.ravel() for part in self.weights]).astype("<f4")
        return base64.b64encode(flat.tobytes()).decode()

    @classmethod
    def unpacked(cls, text: str, usual: tuple[float, ...]) -> SmallNetwork:
        """What `packed` wrote; ValueError for something else."""
        flat = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
        width = 1
        while sum(map(np.prod, cls.shapes(width))) < len(flat):
            width += 1
        shapes = cls.shapes(width)
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        if ends[-1] != len(flat) or not np.isfinite(flat).all():
            raise ValueError("weights of another network")
        parts = np.split(flat, ends[:-1])
        return cls(tuple(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)), usual)

    @classmethod
    def shapes(cls, width: int) -> tuple[tuple[int, ...], ...]:
        """Of `weights`."""
        return (width, len(cls.SEEN) + len(WHOLE)), (width,), (width, width, 3, 3), (width,), (width,), (1,)


BlockScore = Head | SmallNetwork


def filled_in(whole: np.ndarray, usual: Sequence[float] | np.ndarray) -> np.ndarray:
    """Measures of a whole photograph, the usual ones where they are missing."""
    return np.where(np.isnan(whole), usual, whole)
