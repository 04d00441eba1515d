"""WebP: its chunks are structure (RFC 9649 section 2), which gives size and metadata; OpenCV decodes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

from cf_esrt.photo.errors import NotAnImage, Unsupported, cut_short, overlong
from cf_esrt.photo.exif import read_exif
from cf_esrt.photo.formats.plain import decode_by_opencv
from cf_esrt.photo.formats.png import MOVING
from cf_esrt.photo.lazy_image import TRAILING, Header, LazyImage

_MAX_CHUNKS = 1000  # a still picture has six


def open_webp(data: bytes) -> LazyImage:
    """Open a WebP file; raises PhotoError."""
    riff_end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < riff_end:
        raise cut_short("WebP")
    if riff_end < 30:
        raise NotAnImage("The WebP file holds no picture.")
    size = _size(data)
    parts = dict(_chunks(data, riff_end)) if data[12:16] == b"VP8X" else {}
    exif = read_exif(parts.get(b"EXIF"))
    found = {"ICC profile": b"ICCP" in parts, "XMP": b"XMP " in parts, TRAILING: riff_end < len(data)}
    header = Header(
        size=size,
        colour="RGB",
        icc=parts.get(b"ICCP") or None,
        orientation=exif.orientation,
        adobe_rgb=exif.adobe_rgb,
        dropped=tuple(dict.fromkeys([*exif.names, *(name for name, there in found.items() if there)])),
    )
    return LazyImage(header, partial(decode_by_opencv, data, "WebP", size))


def _size(data: bytes) -> tuple[int, int]:
    first = data[12:16]
    if first == b"VP8X":
        if data[20] & 0x02:
            raise Unsupported(MOVING)
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if first == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if first == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise NotAnImage("The WebP file holds no picture.")


def _chunks(data: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Names and bodies of the metadata chunks; pixels are not copied."""
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > end:
            return
        name, length = struct.unpack("<4sI", data[position : position + 8])
        if position + 8 + length > end:
            raise cut_short("WebP")
        if name in (b"ICCP", b"EXIF", b"XMP "):
            yield name, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    raise overlong("WebP")
