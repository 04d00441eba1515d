"""Measured properties of an input, by which it is compared with the training data.

Structure is measured in windows of 64×64 pixels, the size of the networks' inputs in training, and the median window
counts: so a crop of any size is compared with like, and a hair or a ruler in one corner does not decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from cf_esrt.fidelity.strips import strips
from cf_esrt.pixels import check_rgb

WINDOW = 64
"""Side of a window in pixels; smaller pictures are one window."""
MOST_WINDOWS = 256
"""Of larger pictures, this many windows, evenly spread."""
FLAT = 0.5
"""Standard deviation in levels of luma under which a window holds nothing to measure."""
FAINT = 0.5
"""Mean magnitude in levels of the coarser octave under which sharpness cannot be distinguished from rounding."""
WHITE, BLACK = 250, 5
"""Levels from which, or down to which, all three channels of a pixel are clipped."""
GRID = 8
"""Side of a JPEG block in pixels."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@dataclass(frozen=True)
class Properties:
    """Measured properties of one picture; None where it holds nothing to measure it by (a flat picture)."""

    sharpness: float | None
    """Mean magnitude of the finest detail over that of the next coarser octave, from luma: no unit, and the same
    at any contrast. Low: blurred. High: sharpened, or noisy."""
    blockiness: float | None
    """By how much steps on the best-fitting 8×8 grid exceed their neighbours, in shares of the mean step: high where
    JPEG compression shows. The grid's place is looked for, so that a crop may begin anywhere."""
    noise: float | None
    """Standard deviation of fine noise in smooth places, levels of luma."""
    size: float
    """Longer side in pixels."""
    saturation: float
    """Sum over pixels of (largest − smallest channel), over the sum of the largest: 0 is grey, 1 fully coloured."""
    white: float
    """Share of pixels with every channel at 250 or more."""
    black: float
    """Share of pixels with every channel at 5 or less."""


def measure(image: np.ndarray) -> Properties:
    """The properties of an RGB uint8 ``H×W×3`` picture, sRGB; ValueError for other arrays."""
    check_rgb(image, "photograph")
    windows = _not_flat(_windows(image))
    chroma = bright = white = black = 0
    for top, bottom in strips(*image.shape[:2]):
        red, green, blue = (image[top:bottom, :, channel] for channel in range(3))  # a tenth of max(axis=2)'s time
        largest, smallest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
        chroma += int(np.sum(largest - smallest, dtype=np.int64))
        bright += int(np.sum(largest, dtype=np.int64))
        white += int(np.count_nonzero(smallest >= WHITE))
        black += int(np.count_nonzero(largest <= BLACK))
    pixels = image.shape[0] * image.shape[1]
    return Properties(
        sharpness=_median(_sharpness, windows),
        blockiness=_median(_blockiness, windows),
        noise=_median(_noise, windows),
        size=float(max(image.shape[:2])),
        saturation=chroma / max(1, bright),
        white=white / pixels,
        black=black / pixels,
    )


def blockiness(image: np.ndarray) -> float | None:
    """That measure of an RGB uint8 ``H×W×3`` picture alone."""
    return _median(_blockiness, _not_flat(_windows(image)))


def _median(of: Callable[[np.ndarray], np.ndarray], windows: np.ndarray) -> float | None:
    values = of(windows) if len(windows) else windows
    return float(np.median(values)) if len(values) else None


def _windows(image: np.ndarray) -> np.ndarray:
    """Luma of evenly spread, not overlapping windows, N×h×w float32."""
    height, width = (min(side, WINDOW) for side in image.shape[:2])
    tops, lefts = _starts(image.shape[0], height), _starts(image.shape[1], width)
    places = [(top, left) for top in tops for left in lefts]
    if len(places) > MOST_WINDOWS:
        places = [places[i] for i in np.linspace(0, len(places) - 1, MOST_WINDOWS).astype(int)]
    return np.stack([image[top : top + height, left : left + width] @ _LUMA for top, left in places])


def _not_flat(windows: np.ndarray) -> np.ndarray:
    return windows[windows.std(axis=(1, 2)) >= FLAT]


def _starts(length: int, side: int) -> list[int]:
    return [round(start) for start in np.linspace(0, length - side, length // side)]


def _sharpness(windows: np.ndarray) -> np.ndarray:
    """First over second detail plane of the starlet transform (Starck and Murtagh 2006, à trous with a B3 spline),
    of the windows where the second is stronger than what rounding to 8 bits alone can leave in the first.
    """
    first = _smooth(windows, 1)
    second = _smooth(first, 2)
    fine = np.abs(windows - first).mean(axis=(1, 2))
    coarse = np.abs(first - second).mean(axis=(1, 2))
    seen = coarse >= FAINT
    return fine[seen] / coarse[seen]


def _smooth(windows: np.ndarray, step: int) -> np.ndarray:
    """By the spline's five taps, so many pixels apart, along both axes."""
    taps = np.zeros(4 * step + 1, np.float32)
    taps[::step] = np.array([1, 4, 6, 4, 1], np.float32) / 16
    return np.stack(
        [cv2.sepFilter2D(one, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REFLECT_101) for one in windows]
    )


def _blockiness(windows: np.ndarray) -> np.ndarray:
    """Mean of both directions; a side shorter than three blocks cannot tell a grid from a pattern, and counts as 0."""
    total = np.zeros(len(windows))
    for axis in (1, 2):
        lines = np.moveaxis(windows, axis, 2)
        if lines.shape[2] < 3 * GRID:
            continue
        steps = np.abs(np.diff(lines, axis=2))
        excess = steps[:, :, 1:-1] - (steps[:, :, :-2] + steps[:, :, 2:]) / 2
        profile = excess.mean(axis=1)
        # the median over a phase's grid lines: one strong line that happens to lie on the grid does not decide
        phases = np.stack([np.median(profile[:, phase::GRID], axis=1) for phase in range(GRID)])
        total += phases.max(axis=0) / (steps.mean(axis=(1, 2)) + 0.5)  # half a level: rounding alone is no contrast
    return total / 2


def _noise(windows: np.ndarray) -> np.ndarray:
    """Immerkær's estimate (1996, "Fast noise variance estimation") in blocks of 8×8; the block at the tenth percentile,
    since texture can only raise it.
    """
    if min(windows.shape[1:]) < 3:
        return np.zeros(len(windows))
    rows = windows[:, :-2] - 2 * windows[:, 1:-1] + windows[:, 2:]
    response = np.abs(rows[:, :, :-2] - 2 * rows[:, :, 1:-1] + rows[:, :, 2:])
    height, width = (side // min(side, GRID) for side in response.shape[1:])
    deep, wide = (min(side, GRID) for side in response.shape[1:])
    blocks = response[:, : height * deep, : width * wide].reshape(len(windows), height, deep, width, wide)
    means = blocks.mean(axis=(2, 4)).reshape(len(windows), -1)
    return np.sqrt(np.pi / 2) / 6 * np.percentile(means, 10, axis=1)
