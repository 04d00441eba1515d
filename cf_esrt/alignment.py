"""Aligning two photographs of one lesion by a similarity: turned, shifted, and of another scale.

By features, or by two points that a person set in both. Features: SIFT of luma with its contrast evened out, Lowe's
ratio test, and RANSAC over similarities (OpenCV); what is left over is told in pixels of the first photograph. Where
the scale of both photographs is known from rulers it is held fixed, so that growth is not taken for another distance of
the camera. Points are in pixels of a photograph, where (0, 0) is the corner of its first pixel, not its middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from cf_esrt.provenance import Box

SIDE = 900
"""Longest side in pixels at which features are looked for."""
RATIO = 0.8
"""Lowe's: the nearest match is nearer than this share of the second one's distance."""
REACH = 4.0
"""Pixels at that size, up to which a match agrees with the similarity."""
LEAST_MATCHES, LEAST_SHARE = 14, 0.08
"""Agreeing matches, and their share of all, under which an alignment is chance."""
LEAST_SCALE, MOST_SCALE = 1 / 8, 8.0
APART = 2.0
"""Pixels, under which two points are one."""
_OUTSIDE = (128, 128, 128)
"""Grey, where the second photograph ends."""

Point = tuple[float, float]


class AlignmentError(ValueError):
    """Two photographs, or the points set in them, give no alignment."""


@dataclass(frozen=True)
class Alignment:
    """From pixels of the first photograph to pixels of the second: turn and scale, then shift."""

    scale: float
    """Pixels of the second photograph for each of the first."""
    radians: float
    """By which the second is turned against the first, clockwise as it is seen."""
    shift: Point
    """Where the first photograph's corner falls in the second."""
    method: Literal["features", "points"]
    residual: float | None = None
    """Median distance that is left at the points, in pixels of the first photograph; None: two points fit exactly."""
    points: int = 2
    """Points that agree."""
    calibrated: bool = False
    """Whether the scale is that of two rulers, not a fitted one."""

    @property
    def degrees(self) -> float:
        """The turn, −180 to 180."""
        return math.degrees(self.radians)

    @property
    def matrix(self) -> np.ndarray:
        """2×3 float64."""
        cosine, sine = self.scale * math.cos(self.radians), self.scale * math.sin(self.radians)
        return np.array([[cosine, -sine, self.shift[0]], [sine, cosine, self.shift[1]]])

    def of_resized(self, first: float) -> Alignment:
        """The same where the first photograph was resized by that factor."""
        left = None if self.residual is None else self.residual * first
        return replace(self, scale=self.scale / first, residual=left)

    def box(self, box: Box, second: tuple[int, int]) -> Box | None:
        """The upright box of the second photograph (its width, height) that covers a box of the first, as far as it
        reaches; None where it misses the photograph."""
        corners = [(box.x + i * box.width, box.y + j * box.height) for i in (0, 1) for j in (0, 1)]
        places = np.array(corners) @ self.matrix[:, :2].T + self.matrix[:, 2]
        low = np.maximum(np.floor(places.min(0) + 1e-6), 0).astype(int)
        high = np.minimum(np.ceil(places.max(0) - 1e-6), second).astype(int)
        width, height = (int(side) for side in high - low)
        return Box(int(low[0]), int(low[1]), width, height) if min(width, height) >= 1 else None

    def bring(self, result: np.ndarray, of: Box, to: Box, factor: int) -> np.ndarray:
        """A picture of the second photograph's box, as it lies over the first's.

        Args:
            result: RGB uint8 ``factor·H×factor·W×3`` of the box ``of`` of the second photograph.
            to: the box of the first photograph that it is laid over.
            factor: of both: 1 for the photographs themselves.

        Returns:
            RGB uint8 ``factor·h×factor·w×3`` of ``to``; grey where the second photograph ends.
        """
        # from pixels of the picture that is wanted to pixels of the one that is there, at `factor` for each of theirs
        linear = self.matrix[:, :2]
        offset = linear @ np.array([to.x, to.y]) + self.matrix[:, 2] - np.array([of.x, of.y])
        shrunk = 1.0
        if self.scale > 1.5:  # a smaller picture: averaged first, or fine texture would turn into moiré
            size = [max(1, round(side / self.scale)) for side in (result.shape[1], result.shape[0])]
            shrunk = size[0] / result.shape[1]
            result = cv2.resize(result, size, interpolation=cv2.INTER_AREA)
        moved = np.column_stack([linear * shrunk, offset * factor * shrunk])
        moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the middle of a pixel
        size = (factor * to.width, factor * to.height)
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(result, moved, size, flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=_OUTSIDE)


def by_features(first: np.ndarray, second: np.ndarray, scale: float | None = None) -> Alignment:
    """Align two RGB uint8 photographs by what is seen in both.

    ``scale``: pixels of the second for each of the first, where rulers tell; None: it is fitted.

    Raises:
        AlignmentError: where too little is seen in both.
    """
    (small, of_first), (other, of_second) = _small(first), _small(second)
    sift = cv2.SIFT_create(nfeatures=3000, contrastThreshold=0.015)  # pyright: ignore[reportAttributeAccessIssue]
    (keys, words), (keys_second, words_second) = (sift.detectAndCompute(grey, None) for grey in (small, other))
    if words is None or words_second is None or min(len(words), len(words_second)) < LEAST_MATCHES:
        raise AlignmentError("too few features")
    pairs = [
        pair[0]
        for pair in cv2.BFMatcher(cv2.NORM_L2).knnMatch(words, words_second, k=2)
        if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance
    ]
    if len(pairs) < LEAST_MATCHES:
        raise AlignmentError("too few matches")
    start = np.array([keys[pair.queryIdx].pt for pair in pairs])
    end = np.array([keys_second[pair.trainIdx].pt for pair in pairs])
    cv2.setRNGSeed(0)  # equal photographs, equal alignment
    _, agreeing = cv2.estimateAffinePartial2D(
        start, end, method=cv2.RANSAC, ransacReprojThreshold=REACH, maxIters=5000, confidence=0.999
    )
    chosen = np.zeros(len(pairs), bool) if agreeing is None else agreeing.ravel().astype(bool)
    distinct = len(np.unique(np.round(start[chosen]), axis=0)) if chosen.any() else 0  # SIFT may find a spot twice
    if distinct < LEAST_MATCHES or distinct < LEAST_SHARE * len(pairs):
        raise AlignmentError("too few matches agree")
    starts, ends = (start[chosen] + 0.5) / of_first, (end[chosen] + 0.5) / of_second
    factor, radians, shift = fit(starts, ends, scale)
    if not LEAST_SCALE <= factor <= MOST_SCALE:
        raise AlignmentError("an implausible scale")
    found = Alignment(factor, radians, shift, "features", points=distinct, calibrated=scale is not None)
    left = np.linalg.norm(starts @ found.matrix[:, :2].T + found.matrix[:, 2] - ends, axis=1) / factor
    return replace(found, residual=float(np.median(left)))


def by_points(first: Sequence[Point], second: Sequence[Point], scale: float | None = None) -> Alignment:
    """Align by the same two points in both photographs; ``scale`` as in `by_features`.

    With a known scale the distance that it leaves at the points is their residual; without one two points fit exactly.

    Raises:
        AlignmentError: where the two points of a photograph are one, or the scale that they give is implausible.
    """
    starts, ends = np.array(first, float), np.array(second, float)
    if starts.shape != (2, 2) or ends.shape != (2, 2) or not np.isfinite([starts, ends]).all():
        raise AlignmentError("two points in both")
    if min(math.dist(*starts), math.dist(*ends)) < APART:
        raise AlignmentError("the two points of a photograph are one")
    factor, radians, shift = fit(starts, ends, scale)
    if not LEAST_SCALE <= factor <= MOST_SCALE:
        raise AlignmentError("an implausible scale")
    found = Alignment(factor, radians, shift, "points", calibrated=scale is not None)
    if scale is None:
        return found
    left = np.linalg.norm(starts @ found.matrix[:, :2].T + found.matrix[:, 2] - ends, axis=1) / factor
    return replace(found, residual=float(np.median(left)))


def fit(starts: np.ndarray, ends: np.ndarray, scale: float | None) -> tuple[float, float, Point]:
    """The similarity of least squares from points ``N×2`` to points ``N×2`` (Umeyama 1991, in the plane): scale, turn
    in radians, shift."""
    middle, other = starts.mean(0), ends.mean(0)
    a, b = starts - middle, ends - other
    across, along = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum(), (a * b).sum()
    radians = math.atan2(across, along)
    factor = float(math.hypot(across, along) / max((a**2).sum(), 1e-12)) if scale is None else scale
    cosine, sine = factor * math.cos(radians), factor * math.sin(radians)
    shift = other - np.array([[cosine, -sine], [sine, cosine]]) @ middle
    return factor, radians, (float(shift[0]), float(shift[1]))


def _small(photograph: np.ndarray) -> tuple[np.ndarray, float]:
    """Luma at which features are looked for, its contrast evened out, and the factor by which it was shrunk."""
    height, width = photograph.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    grey = cv2.cvtColor(cv2.resize(photograph, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(grey), factor
