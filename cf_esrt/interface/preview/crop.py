"""The crop box in whole pixels of the original photograph."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt.interface.preview import strings
from cf_esrt.provenance import Box

MAX_PIXELS = 1024 * 1024
"""The largest crop that is enhanced at once, in pixels of the original."""
MIN_SIDE = 8
"""The shortest side of a crop, in pixels of the original."""
DEFAULT_SIDE = 256
"""The side of the box that is offered in the middle of a photograph."""
MAX_WHOLE_SIDE = 256
"""A photograph with no longer side is offered whole."""


class CropError(ValueError):
    """One sentence for the user on a crop that is not enhanced."""


def default_box(width: int, height: int) -> Box:
    """The box offered for a photograph of this size: small ones whole, large ones their middle."""
    if max(width, height) <= MAX_WHOLE_SIDE:
        return Box(0, 0, width, height)
    w, h = min(width, DEFAULT_SIDE), min(height, DEFAULT_SIDE)
    return Box((width - w) // 2, (height - h) // 2, w, h)


def crop_pixels(photo: np.ndarray, value: Any) -> tuple[Box, np.ndarray]:
    """The box that the browser sent, and a copy of the pixels inside it.

    Args:
        photo: uint8 ``H×W×3``.
        value: ``{"box": {"x", "y", "width", "height"}}``.

    Raises:
        CropError: where there is no such box, or it is too small, too large, or reaches outside.
    """
    x, y, width, height = _sides(value)
    if width < MIN_SIDE or height < MIN_SIDE:
        raise CropError(strings.too_small(max(width, 0), max(height, 0), MIN_SIDE))
    if width * height > MAX_PIXELS:
        raise CropError(strings.too_large(width, height, MAX_PIXELS))
    photo_height, photo_width = photo.shape[:2]
    if x < 0 or y < 0 or x + width > photo_width or y + height > photo_height:
        raise CropError(strings.OUTSIDE)
    box = Box(x, y, width, height)
    return box, box.crop_from(photo)


def _sides(value: Any) -> tuple[int, int, int, int]:
    box = value.get("box") if isinstance(value, dict) else None
    if not isinstance(box, dict):
        raise CropError(strings.NO_CROP)
    try:
        x, y, width, height = (round(float(box[name])) for name in ("x", "y", "width", "height"))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CropError(strings.NO_CROP) from error
    return x, y, width, height
