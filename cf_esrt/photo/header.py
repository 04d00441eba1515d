"""The header: size, colour profile, orientation and the names of the metadata, by Pillow's lazy open.

Pillow opens a file without decoding it and no pixel is ever loaded with it: its JPEG decoder before
version 13 has a known flaw (CVE-2026-112403). The plug-ins are called directly, so no other format can
be reached and the process-wide bomb warnings stay out of the way: the pixel cap is the caller's.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from cf_esrt.photo.container import Structure
from cf_esrt.photo.errors import NotAnImage

_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}
_INFO_NAMES = {
    "icc_profile": "ICC profile",
    "xmp": "XMP",
    "XML:com.adobe.xmp": "XMP",
    "comment": "comment",
    "photoshop": "Photoshop and IPTC data",
    "mp": "further pictures",
}
_GREY_MODES = {"1", "L", "LA", "I;16", "I"}
# What hand-made headers can raise in Pillow; only a sentence may reach the user.
_HEADER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # where the process turns warnings into errors
    struct.error,
)


@dataclass(frozen=True)
class Header:
    """``size`` is width and height as stored; ``colour`` is "grey", "RGB" or "CMYK"."""

    size: tuple[int, int]
    colour: str
    icc: bytes | None
    orientation: int
    dropped: tuple[str, ...]


def read_header(data: bytes, kind: str, structure: Structure) -> Header:
    """Read the header of a file of the given kind; raises NotAnImage where it cannot be understood."""
    try:
        with _PLUGINS[kind](io.BytesIO(data)) as picture:
            size, mode, info = picture.size, picture.mode, dict(picture.info)
    except _HEADER_ERRORS as error:
        raise NotAnImage(f"The header of the {kind} file could not be understood; the file may be damaged.") from error
    orientation, exif_names = _read_exif(structure.exif or info.get("exif"))
    names = [*exif_names, *(name for key, name in _INFO_NAMES.items() if info.get(key)), *structure.dropped]
    icc = info.get("icc_profile")
    return Header(
        size=size,
        colour="grey" if mode in _GREY_MODES else "CMYK" if mode == "CMYK" else "RGB",
        icc=icc if isinstance(icc, bytes) and icc else None,
        orientation=orientation,
        dropped=tuple(dict.fromkeys(names)),
    )


def _read_exif(data: Any) -> tuple[int, list[str]]:
    """Orientation and tag names; EXIF that cannot be read turns nothing and costs nobody the photograph."""
    if not isinstance(data, bytes) or not data:
        return 1, []
    try:
        exif = Image.Exif()
        exif.load(data)
        tags = [*exif.keys(), *exif.get_ifd(ExifTags.IFD.Exif).keys()]
        orientation = exif.get(ExifTags.Base.Orientation, 1)
    except _HEADER_ERRORS:
        return 1, ["EXIF"]
    names = [ExifTags.TAGS.get(tag, f"EXIF tag {tag}") for tag in tags if tag != ExifTags.IFD.Exif]
    turned = isinstance(orientation, int) and 1 <= orientation <= 8
    return (int(orientation) if turned else 1), names or ["EXIF"]
