"""Stored samples to uint8 RGB ``H×W×3``: grey spread, more than 8 bits reduced with rounding, alpha laid on white."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from cf_esrt.photo.lazy_image import Decoded

STRIP = 256
"""Rows at a time, where whole-picture copies of a wider type would be felt."""


@lru_cache(maxsize=9)
def _table(bits: int) -> np.ndarray:
    """round(v · 255 / (2^bits − 1)) for every value: as a table it needs no wider copy of the picture."""
    top = (1 << bits) - 1
    return ((np.arange(top + 1, dtype=np.uint64) * 510 + top) // (2 * top)).astype(np.uint8)


def to_eight_bits(stored: np.ndarray, bits: int) -> np.ndarray:
    """Unsigned samples of 1 to 16 ``bits`` to uint8; values beyond the stated bits count as the largest."""
    if bits == 8 and stored.dtype == np.uint8:
        return stored
    return np.take(_table(bits), stored, mode="clip")


def to_rgb(stored: np.ndarray, bits: int, *, bgr: bool = False, premultiplied: bool = False) -> Decoded:
    """Samples ``H×W`` or ``H×W×C`` (grey, grey + alpha, RGB, RGBA) to ``Decoded``.

    ``bgr`` tells OpenCV's order; ``premultiplied`` that colour was already multiplied with alpha.
    Raises ValueError for another number of channels.
    """
    stored = to_eight_bits(stored, bits)
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    if channels not in (1, 2, 3, 4):
        raise ValueError(f"A picture of {channels} channels has no known colours.")
    if channels <= 2:
        grey = stored if stored.ndim == 2 else stored[..., 0]
        pixels = cv2.cvtColor(np.ascontiguousarray(grey), cv2.COLOR_GRAY2RGB)
    else:
        colour = stored[..., 2::-1] if bgr else stored[..., :3]
        pixels = np.array(colour, dtype=np.uint8, order="C")
    if channels in (1, 3):
        return Decoded(pixels, bits)
    alpha = stored[..., -1]
    see_through = bool((alpha != 255).any())
    if see_through:
        _composite_on_white(pixels, alpha, premultiplied)
    return Decoded(pixels, bits, see_through)


def _composite_on_white(pixels: np.ndarray, alpha: np.ndarray, premultiplied: bool) -> None:
    """In place, in strips."""
    for top in range(0, len(pixels), STRIP):
        strip = pixels[top : top + STRIP]
        weight = alpha[top : top + STRIP, :, None].astype(np.uint16)
        if premultiplied:
            strip[:] = np.minimum(strip + (255 - weight), 255)
        else:
            strip[:] = (strip * weight + 255 * (255 - weight) + 127) // 255
