"""Where a result goes furthest beyond interpolation, and the place in it that is worth looking at first."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cf_esrt.pixels import SCALE, check_rgb

WINDOW = 64
"""Side of the place in pixels of the input: about what a pane shows at 1:1 of the result."""


@dataclass(frozen=True)
class Spot:
    """The middle of the place, in pixels of the input."""

    x: float
    y: float

    def third(self, width: int, height: int) -> tuple[int, int]:
        """Which third of the picture it lies in, left to right and top to bottom: 0, 1 or 2 each."""
        return min(2, int(3 * self.x / width)), min(2, int(3 * self.y / height))


def most_changed(result: np.ndarray, bicubic: np.ndarray, window: int = WINDOW, *, central: bool = False) -> Spot:
    """Where a result differs most from bicubic interpolation, as a mean over windows.

    Both are RGB uint8 ``4H×4W×3``; ValueError for others. Of a picture no larger than the window it is the middle.
    ``central``: in the middle half of width and height alone, where the lesion is that the box was drawn around; hairs
    and glare beside it often change more.
    """
    check_rgb(result, "result")
    check_rgb(bicubic, "bicubic picture")
    if result.shape != bicubic.shape:
        raise ValueError("The result and the bicubic picture must be of one size.")
    return _peak(cv2.absdiff(result, bicubic), window, central)


def most_detailed(crop: np.ndarray, window: int = WINDOW) -> Spot:
    """Before any network has run: where the middle half of a crop (RGB uint8 ``H×W×3``) has most fine detail, which is
    where networks add most."""
    check_rgb(crop, "photograph")
    fine = cv2.absdiff(crop, cv2.GaussianBlur(crop, (0, 0), 1.5))
    return _peak(fine.repeat(SCALE, axis=0).repeat(SCALE, axis=1), window, central=True)


def _peak(difference: np.ndarray, window: int, central: bool) -> Spot:
    """The middle of the window with the largest mean; windows lie inside the picture. ``central``: their middles lie in
    its middle half."""
    height, width = difference.shape[0] // SCALE, difference.shape[1] // SCALE
    red, green, blue = cv2.split(difference)
    largest = cv2.max(cv2.max(red, green), blue)  # in a fifth of the time that NumPy's takes along this axis
    small = cv2.resize(largest.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    wide, tall = min(window, width), min(window, height)
    sums = cv2.boxFilter(small, -1, (wide, tall), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    rows, columns = _starts(height, tall, central), _starts(width, wide, central)
    inside = sums[rows, columns]
    row, column = np.unravel_index(int(np.argmax(inside)), inside.shape)
    return Spot(float(columns.start + column) + wide / 2, float(rows.start + row) + tall / 2)


def _starts(length: int, window: int, central: bool) -> slice:
    """Where windows may start along a side."""
    last = length - window
    if not central:
        return slice(0, last + 1)
    first = min(last, max(0, length // 4 - window // 2))
    return slice(first, min(last, max(first, 3 * length // 4 - window // 2)) + 1)
