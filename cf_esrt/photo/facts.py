"""The plain data of this room: limits going in, a photograph and its facts coming out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Limits:
    """What is admitted. All are checked before a pixel is decoded."""

    max_bytes: int = 25_000_000
    """Size of the file in bytes."""
    max_pixels: int = 50_000_000
    """Width times height, in pixels."""
    min_side: int = 8
    """Shorter side in pixels."""


@dataclass(frozen=True)
class PhotoFacts:
    """What was found in the file, and what was done to reach upright 8-bit sRGB."""

    format: str
    """``"JPEG"``, ``"PNG"`` or ``"WebP"``."""
    original_size: tuple[int, int]
    """Width and height in pixels as stored, before the orientation was applied."""
    colour: str
    """How colour was stored: ``"grey"``, ``"RGB"`` or ``"CMYK"``."""
    bit_depth: int
    """Bits a channel as decoded: 8, or 16 where the picture was reduced to 8 with rounding."""
    orientation: int
    """The EXIF orientation that was applied, 1 to 8; 1 means that nothing was turned."""
    icc_profile: str | None
    """Description of the embedded colour profile; None where there was none."""
    icc_applied: bool
    """True where the profile was used to reach sRGB; a profile that cannot be used changes nothing."""
    alpha_flattened: bool
    """True where the picture had see-through pixels, which were laid on white."""
    dropped: tuple[str, ...]
    """Names (never values) of the metadata that was left behind, such as ``"GPSInfo"``."""


@dataclass(frozen=True)
class Photo:
    """A checked photograph: ``pixels`` is uint8 ``H×W×3``, sRGB, upright, contiguous, in its own memory."""

    pixels: np.ndarray
    facts: PhotoFacts
