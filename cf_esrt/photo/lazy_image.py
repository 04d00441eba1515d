"""What every format returns: a header that was read, and a function that decodes the pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cf_esrt.photo.metadata import DicomReference

if TYPE_CHECKING:
    from cf_esrt.photo.coding import Chromaticities

TRAILING = "data after the picture"
FURTHER = "further pictures"

PARSER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,  # RecursionError is one
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # where the process turns warnings into errors
)
"""What malformed files raise in the parsers of Pillow, tifffile, pydicom and libheif (``struct.error`` is added
where it can occur); only a sentence may reach the user. MemoryError is not among them: it has its own."""


@dataclass(frozen=True)
class Decoded:
    """``pixels`` is uint8 RGB ``H×W×3`` in the file's own colour space, not yet upright.

    For a header of colour "CMYK" it is uint8 ``H×W×4``, amounts of ink: 0 is no ink.
    """

    pixels: np.ndarray
    bit_depth: int = 8
    alpha_flattened: bool = False
    stretched: bool = False
    missing: float | None = None
    """The share of a damaged picture that is known to be lost; None where no damage was noticed."""


@dataclass(frozen=True)
class Header:
    """``size`` is width and height as stored; ``colour`` is "grey", "RGB" or "CMYK"."""

    size: tuple[int, int]
    colour: str
    icc: bytes | None = None
    orientation: int = 1
    dropped: tuple[str, ...] = ()
    coding: tuple[int, int] | None = None
    """Colour primaries and transfer characteristics as ITU-T H.273 numbers them, where the file says so."""
    chromaticities: Chromaticities | None = None
    """Those of the pixels once their curve is sRGB's, where the file says so and they are not sRGB's own."""
    adobe_rgb: bool = False
    """Declared by EXIF."""
    frames: int = 1
    burned_in: bool | None = None
    lossy: bool | None = None
    reference: DicomReference | None = None
    jpeg_quality: int | None = None
    pixel_aspect: float = 1.0
    """Height of a stored pixel over its width; the picture is stretched to square pixels."""


@dataclass(frozen=True)
class LazyImage:
    """``decode`` may raise PhotoError or MemoryError; it is called only once the header passed the limits."""

    header: Header
    decode: Callable[[], Decoded]


Opener = Callable[[bytes], LazyImage]
