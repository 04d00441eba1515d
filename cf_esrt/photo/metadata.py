"""Data classes: limits, and a photograph with its metadata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cf_esrt.photo.errors import TooLarge, TooSmall

BACKGROUND = "white"
"""What transparent pixels are composited on."""


@dataclass(frozen=True)
class Limits:
    """Limits of what is decoded. Bytes and pixels are checked before a pixel is decoded."""

    max_bytes: int = 80_000_000
    """Size of the file in bytes; an uncompressed 24-megapixel TIFF or DICOM has 72 million."""
    max_pixels: int = 50_000_000
    """Width times height, in pixels."""
    min_side: int = 8
    """Shorter side in pixels."""
    seconds: float = 45.0
    """Wall-clock time that decoding may take before it is ended; 12 megapixels take one to three on a busy core."""

    def check_bytes(self, count: int) -> None:
        """Raises TooLarge for more bytes than the limit."""
        if count > self.max_bytes:
            raise TooLarge(f"The file is larger than the {self.max_bytes / 1e6:g} MB that are read.")

    def check_size(self, size: tuple[int, int]) -> None:
        """Raises TooSmall or TooLarge for a width and height outside the limits."""
        width, height = size
        if min(size) < self.min_side:
            raise TooSmall(
                f"The photograph is {width} × {height} pixels; each side needs at least {self.min_side} pixels."
            )
        if width * height > self.max_pixels:
            raise TooLarge(
                f"The photograph has {width * height / 1e6:.1f} megapixels; "
                f"at most {self.max_pixels / 1e6:g} megapixels are read."
            )


@dataclass(frozen=True)
class DicomReference:
    """What a derived DICOM object needs to name its source (PS3.3 C.7.6.1.1.4): two UIDs and nothing else."""

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True)
class PhotoMetadata:
    """What was found in the file, and what was done to reach upright 8-bit sRGB."""

    format: str
    """``"JPEG"``, ``"PNG"``, ``"WebP"``, ``"TIFF"``, ``"HEIC"`` or ``"DICOM"``."""
    original_size: tuple[int, int]
    """Width and height in pixels as stored, before the orientation was applied (HEIC: as libheif turned it)."""
    colour: str
    """How colour was stored: ``"grey"``, ``"RGB"`` or ``"CMYK"``; YCbCr and palettes count as RGB."""
    bit_depth: int
    """Bits a channel as stored; above 8 the picture was reduced to 8 with rounding."""
    orientation: int
    """The EXIF orientation that was applied, 1 to 8; 1 means that nothing was turned here."""
    icc_profile: str | None
    """Description of the embedded colour profile, or the name of the colour space that other data of the file tell;
    None where there was none."""
    icc_applied: bool
    """True where the profile was used to reach sRGB; a profile that cannot be used changes nothing."""
    alpha_flattened: bool
    """True where the picture had transparent pixels, which were composited on ``BACKGROUND``."""
    dropped: tuple[str, ...]
    """Names (never values) of the metadata that was dropped, such as ``"GPSInfo"``; see ``dropped_metadata``."""
    frames: int = 1
    """Pictures in the file; the first (HEIC: the primary) was read."""
    burned_in: bool | None = None
    """DICOM: whether the file says that text is burned into its pixels; None where it does not say."""
    stretched: bool = False
    """DICOM grey of more than 8 bits without a window: its smallest and largest value became black and white."""
    lossy: bool | None = None
    """DICOM: whether the pixels were ever compressed with loss; None where the file does not say."""
    reference: DicomReference | None = None
    """DICOM, and only where ``read`` was asked to keep it."""
    jpeg_quality: int | None = None
    """JPEG: libjpeg's quality, 1 to 100, that the file's luma table is nearest to; None for other formats."""
    missing: float | None = None
    """JPEG, also inside TIFF and DICOM: the share of the picture, 0 to 0.5, that is known to be lost where the file is
    damaged; None where no damage was noticed."""
    pixel_aspect: float = 1.0
    """DICOM: height of a stored pixel over its width; unlike 1, the picture was stretched to square pixels."""
    adobe_rgb: bool = False
    """EXIF alone declares Adobe RGB, without a profile; colours are shown as if they were sRGB."""


@dataclass(frozen=True)
class Photo:
    """A checked photograph: ``pixels`` is uint8 ``H×W×3``, sRGB, upright, contiguous, in its own memory."""

    pixels: np.ndarray
    metadata: PhotoMetadata
