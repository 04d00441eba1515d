"""EXIF: the orientation, and the names of everything else that stood there."""

from __future__ import annotations

import struct
from typing import Any

from PIL import ExifTags, Image

from cf_esrt.photo.lazy_image import PARSER_ERRORS

_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.Interop)  # they only point to others


def read_exif(data: Any) -> tuple[int, list[str]]:
    """Orientation and tag names; EXIF that cannot be read turns nothing and costs nobody the photograph."""
    if not isinstance(data, bytes) or not data:
        return 1, []
    try:
        exif = Image.Exif()
        exif.load(data)
        tags = [*exif.keys(), *exif.get_ifd(ExifTags.IFD.Exif).keys()]
        orientation = exif.get(ExifTags.Base.Orientation, 1)
    except (*PARSER_ERRORS, struct.error):
        return 1, ["EXIF"]
    names = [ExifTags.TAGS.get(tag, f"EXIF tag {tag}") for tag in tags if tag not in _DIRECTORIES]
    turned = isinstance(orientation, int) and 1 <= orientation <= 8
    return (int(orientation) if turned else 1), names or ["EXIF"]
