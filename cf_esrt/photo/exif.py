"""EXIF: the orientation, a colour space that it declares, and the names of everything else that stood there.

The directories are read here, entry by entry, since an entry that points beyond the data must not cost the others:
its value is never asked for (TIFF 6.0, section 2; CIPA DC-008).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags

_ORIENTATION, _COLOUR_SPACE, _INTEROP_INDEX = 0x0112, 0xA001, 0x0001
_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.Interop)  # they only point to others
_FORMATS = {1: "B", 3: "H", 4: "I"}  # byte, short, long: what a single number may be stored as
_ADOBE_RGB, _UNCALIBRATED = 2, 0xFFFF


@dataclass(frozen=True)
class Exif:
    """``names`` is what stood there, without values."""

    orientation: int = 1
    names: tuple[str, ...] = ()
    adobe_rgb: bool = False
    """True where Adobe RGB is declared, by DCF's mark R03 or by the number that some writers use."""


def read_exif(data: Any) -> Exif:
    """Read EXIF or a TIFF file's first directory; what cannot be read turns nothing and costs nobody the photograph."""
    if not isinstance(data, bytes) or not data:
        return Exif()
    body = data.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(body[:2])
    main = _directory(body, order, _offset(body, order, 4)) if order else {}
    if not order or not main:
        return Exif(names=("EXIF",))
    inner = _directory(body, order, _number(main.get(ExifTags.IFD.Exif), order))
    interop = _directory(body, order, _number(inner.get(ExifTags.IFD.Interop), order))
    orientation = _number(main.get(_ORIENTATION), order) or 1
    space = _number(inner.get(_COLOUR_SPACE), order)
    marked = interop.get(_INTEROP_INDEX, (0, b""))[1][:3] == b"R03"
    names = [ExifTags.TAGS.get(tag, f"EXIF tag {tag}") for tag in (*main, *inner) if tag not in _DIRECTORIES]
    return Exif(
        orientation=orientation if 1 <= orientation <= 8 else 1,
        names=tuple(names) or ("EXIF",),
        adobe_rgb=space == _ADOBE_RGB or (space == _UNCALIBRATED and marked),
    )


def _directory(data: bytes, order: str, at: int | None) -> dict[int, tuple[int, bytes]]:
    """Type and the four bytes of value or offset, by tag; empty where there is no directory."""
    if at is None or not 0 < at <= len(data) - 2:
        return {}
    (count,) = struct.unpack_from(f"{order}H", data, at)
    count = min(count, (len(data) - at - 2) // 12)
    entries = (struct.unpack_from(f"{order}HHI4s", data, at + 2 + 12 * number) for number in range(count))
    return {tag: (form, value) for tag, form, _, value in entries}


def _offset(data: bytes, order: str | None, at: int) -> int | None:
    return struct.unpack_from(f"{order}I", data, at)[0] if len(data) >= at + 4 else None


def _number(entry: tuple[int, bytes] | None, order: str) -> int | None:
    if entry is None or entry[0] not in _FORMATS:
        return None
    return struct.unpack_from(order + _FORMATS[entry[0]], entry[1])[0]
