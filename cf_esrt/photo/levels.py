"""Stored samples to uint8 RGB ``H×W×3``: grey spread, more than 8 bits reduced with rounding, alpha laid on white.

Everything is done in strips: beside the picture as decoded there is only the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from cf_esrt.photo.lazy_image import Decoded

_STRIP_PIXELS = 1 << 19


def strips(pixels: np.ndarray) -> Iterator[slice]:
    """Rows at a time, where whole-picture copies of a wider type would be felt."""
    rows = max(1, _STRIP_PIXELS // max(1, pixels.shape[1]))
    for top in range(0, len(pixels), rows):
        yield slice(top, top + rows)


@lru_cache(maxsize=9)
def _table(bits: int) -> np.ndarray:
    """round(v · 255 / (2^bits − 1)) for every value: as a table it needs no wider copy of the picture."""
    top = (1 << bits) - 1
    return ((np.arange(top + 1, dtype=np.uint64) * 510 + top) // (2 * top)).astype(np.uint8)


def tone_table(bits: int, exponent: float) -> np.ndarray:
    """uint8 with sRGB's curve for samples whose light is their value to ``exponent`` (IEC 61966-2-1)."""
    light = np.linspace(0, 1, 1 << bits) ** exponent
    curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * curved).astype(np.uint8)


def to_eight_bits(stored: np.ndarray, bits: int, table: np.ndarray | None = None) -> np.ndarray:
    """Unsigned samples of 1 to 16 ``bits`` to uint8, by ``table`` where one is given; values beyond the stated bits
    count as the largest. ``H×W×…`` or ``N×…``."""
    if bits == 8 and stored.dtype == np.uint8 and table is None:
        return stored
    table = _table(bits) if table is None else table
    out = np.empty(stored.shape, np.uint8)
    for rows in strips(stored) if stored.ndim > 1 else (slice(None),):
        np.take(table, stored[rows], mode="clip", out=out[rows])
    return out


def to_rgb(
    stored: np.ndarray,
    bits: int,
    *,
    bgr: bool = False,
    premultiplied: bool = False,
    table: np.ndarray | None = None,
    transparent: int | None = None,
) -> Decoded:
    """Samples ``H×W`` or ``H×W×C`` (grey, grey + alpha, RGB, RGBA) to ``Decoded``.

    ``bgr`` tells OpenCV's order; ``premultiplied`` that colour was already multiplied with alpha; ``table`` gives
    uint8 for each stored value of a colour; grey of the value ``transparent`` is see-through.
    Raises ValueError for another number of channels.
    """
    channels = 1 if stored.ndim == 2 else stored.shape[2]
    if channels not in (1, 2, 3, 4):
        raise ValueError(f"A picture of {channels} channels has no known colours.")
    pixels = np.empty((*stored.shape[:2], 3), np.uint8)
    see_through = False
    for rows in strips(stored):
        strip, target = stored[rows], pixels[rows]
        if channels <= 2:
            grey = strip if strip.ndim == 2 else strip[..., 0]
            target[:] = to_eight_bits(grey, bits, table)[..., None]
        else:
            colour = strip[..., 2::-1] if bgr else strip[..., :3]
            target[:] = to_eight_bits(colour, bits, table)
        if channels in (2, 4):
            alpha = to_eight_bits(strip[..., -1], bits)
        elif channels == 1 and transparent is not None:
            alpha = np.where(strip.reshape(target.shape[:2]) == transparent, 0, 255).astype(np.uint8)
        else:
            continue
        if (alpha != 255).any():
            see_through = True
            _composite_on_white(target, alpha, premultiplied)
    return Decoded(pixels, bits, see_through)


def _composite_on_white(pixels: np.ndarray, alpha: np.ndarray, premultiplied: bool) -> None:
    """In place."""
    weight = alpha[..., None].astype(np.uint16)
    if premultiplied:
        pixels[:] = np.minimum(pixels + (255 - weight), 255)
    else:
        pixels[:] = (pixels * weight + 255 * (255 - weight) + 127) // 255
