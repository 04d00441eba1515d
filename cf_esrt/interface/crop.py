"""The crop box in whole pixels of the original photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cf_esrt.interface import texts

MAX_PIXELS = 1024 * 1024
"""The largest crop that is enhanced at once, in pixels of the original."""
MIN_SIDE = 8
"""The shortest side of a crop, in pixels of the original."""
FIRST_SIDE = 256
"""The side of the box that is offered in the middle of a photograph."""
WHOLE_SIDE = 320
"""A photograph with no longer side is offered whole."""


class CropError(ValueError):
    """One sentence for the user on a crop that is not enhanced."""


@dataclass(frozen=True)
class Box:
    """``x`` and ``y`` count from the upper left corner, all four in pixels of the original."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def first(cls, width: int, height: int) -> Box:
        """The box offered for a photograph of this size: small ones whole, large ones their middle."""
        if max(width, height) <= WHOLE_SIDE:
            return cls(0, 0, width, height)
        w, h = min(width, FIRST_SIDE), min(height, FIRST_SIDE)
        return cls((width - w) // 2, (height - h) // 2, w, h)

    @classmethod
    def of(cls, value: Any) -> Box:
        """Read the box out of what the browser sent: ``{"box": {"x", "y", "width", "height"}}``.

        Raises:
            CropError: where there is no such box.
        """
        box = value.get("box") if isinstance(value, dict) else None
        if not isinstance(box, dict):
            raise CropError(texts.NO_CROP)
        try:
            return cls(*(round(float(box[name])) for name in ("x", "y", "width", "height")))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise CropError(texts.NO_CROP) from error

    def cut(self, photo: np.ndarray) -> np.ndarray:
        """The pixels inside the box, in their own memory.

        Args:
            photo: uint8 ``H×W×3``.

        Raises:
            CropError: where the box is too small, too large, or reaches outside.
        """
        if self.width < MIN_SIDE or self.height < MIN_SIDE:
            raise CropError(texts.too_small(max(self.width, 0), max(self.height, 0), MIN_SIDE))
        if self.width * self.height > MAX_PIXELS:
            raise CropError(texts.too_large(self.width, self.height, MAX_PIXELS))
        tall, wide = photo.shape[:2]
        if self.x < 0 or self.y < 0 or self.x + self.width > wide or self.y + self.height > tall:
            raise CropError(texts.OUTSIDE)
        return photo[self.y : self.y + self.height, self.x : self.x + self.width].copy()

    def as_dict(self) -> dict[str, int]:
        """For the browser."""
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}
