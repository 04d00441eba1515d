"""JPEG inside TIFF (technical note 2): each strip or tile is a JPEG of its own, with a size and damage of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from cf_esrt.photo.errors import damaged
from cf_esrt.photo.formats.jpeg import FRAMES, scan_jpeg, segments
from cf_esrt.photo.formats.jpeg_damage import MOST, lost_share, mostly_missing

_END = b"\xff\xd9"
_BLOCK = 32  # a strip may be padded to whole blocks of the most subsampled kind


def check_sizes(page: Any, data: bytes) -> None:
    """What libjpeg will decode of each strip is no larger than the strip; raises Truncated."""
    width, height = _segment_size(page)
    for body in _bodies(page, data):
        frame = next((found for marker, found in _frames(body) if marker in FRAMES), b"")
        if len(frame) < 6:
            raise damaged("TIFF")
        rows, columns = struct.unpack(">HH", frame[1:5])
        if columns > width + _BLOCK or rows > height + _BLOCK or frame[5] > page.samplesperpixel:
            raise damaged("TIFF")


def missing(page: Any, data: bytes) -> float | None:
    """As in ``Decoded``, over all strips; raises Truncated where most of the picture is lost."""
    tables = page.jpegtables
    lost, pixels, noticed = 0.0, 0, False
    for body in _bodies(page, data):
        whole = body if body.rstrip(b"\0").endswith(_END) else body + _END
        if tables:
            whole = tables[:-2] + whole[2:]
        structure = scan_jpeg(whole, "TIFF")
        share = lost_share(whole[: structure.end], structure, "TIFF")
        size = structure.size[0] * structure.size[1]
        noticed, pixels = noticed or share is not None, pixels + size
        lost += size * (share or 0)
    if lost > MOST * pixels:
        raise mostly_missing("TIFF")
    return lost / pixels if noticed else None


def _segment_size(page: Any) -> tuple[int, int]:
    if page.is_tiled:
        return page.tilewidth, page.tilelength
    return page.imagewidth, min(page.rowsperstrip or page.imagelength, page.imagelength)


def _bodies(page: Any, data: bytes) -> Iterator[bytes]:
    for at, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        yield data[at : at + count]


def _frames(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers and bodies up to the first scan, as libjpeg reads them."""
    for marker, start, end in segments(body, "TIFF"):
        yield marker, body[start + 4 : end]
        if marker == 0xDA:
            return
