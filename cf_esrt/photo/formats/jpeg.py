"""JPEG: a walk over its markers (ITU-T T.81 annex B), its header by Pillow, its pixels by OpenCV.

Decoders fill what is missing from a file that was cut short with grey, so the end marker is looked for here.
CMYK is decoded to its four inks (libjpeg-turbo through imagecodecs), since OpenCV would mix them without the
profile that says what they look like.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PIL import JpegImagePlugin

from cf_esrt.photo.errors import NotAnImage, bad_header, cut_short, damaged, overlong, undecodable
from cf_esrt.photo.exif import read_exif
from cf_esrt.photo.formats.plain import decode_by_opencv, dropped_names
from cf_esrt.photo.lazy_image import PARSER_ERRORS, TRAILING, Decoded, Header, LazyImage

# A progressive JPEG has about ten scans; thousands of tiny ones are a known way to keep a decoder busy.
_MAX_SCANS = 128
# Segments hold 64 KB each at most, so a file of the admitted size needs fewer.
_MAX_SEGMENTS = 5000
# Both are searched in one pass, however long a run of fill bytes is.
_FILL = re.compile(rb"\xff+")
_MARKER_AFTER_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
FRAMES = {0xC0 + low for low in range(16)} - {0xC4, 0xC8, 0xCC}
"""Markers of frame headers."""


# ITU-T T.81, table K.1, row by row: the luma table that libjpeg scales for a quality
_LUMA = np.array(
    [16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
     87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
     72, 92, 95, 98, 112, 100, 103, 99]
)  # fmt: skip


def estimated_quality(table: Sequence[int]) -> int | None:
    """libjpeg's quality, 1 to 100, whose luma table is nearest to a file's (64 numbers, row by row); None for other
    lengths. Cameras with tables of their own get the quality of about the same strength."""
    if len(table) != _LUMA.size:
        return None
    qualities = np.arange(1, 101)
    scales = np.where(qualities < 50, 5000 // qualities, 200 - 2 * qualities)
    tables = np.clip((scales[:, None] * _LUMA + 50) // 100, 1, 255)
    return int(qualities[np.abs(tables - np.asarray(table)).sum(axis=1).argmin()])


@dataclass(frozen=True)
class JpegStructure:
    """What the walk over the markers saw."""

    end: int
    """Where the picture ends, in bytes."""
    frame: bytes
    """The body of the frame header (SOF): precision, height, width, components."""
    process: int
    """The frame header's marker, which names the coding process: 0xC0 to 0xCF (ITU-T T.81, table B.1)."""
    header: tuple[tuple[int, int], ...]
    """Where the segments before the first scan lie, markers included."""
    colour_marked: bool
    """True where the file itself says how its colour is coded: JFIF, Adobe, or components named R, G, B."""
    inverted: bool
    """True where Adobe wrote it: four inks are then stored as 255 − ink."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that a decoder will make of it."""
        height, width = struct.unpack(">HH", self.frame[1:5])
        return width, height


def segments(data: bytes, kind: str) -> Iterator[tuple[int, int, int]]:
    """Marker, beginning and end of every segment behind SOI, each from its marker on; ends behind EOI.

    Of a scan only its header is a segment; what is coded behind it is skipped. Linear in the number of bytes. Raises
    Truncated where they do not follow each other up to EOI, Unsupported where there are too many.
    """
    position, scans = 2, 0
    for _ in range(_MAX_SEGMENTS):
        fill = _FILL.match(data, position)  # fill bytes may stand before any marker
        if fill is None:
            raise damaged(kind) if position < len(data) else cut_short(kind)
        start, position = fill.end() - 1, fill.end() + 1
        if position > len(data):
            raise cut_short(kind)
        marker = data[start + 1]
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:  # markers without a length, EOI among them
            yield marker, start, position
            if marker == 0xD9:
                return
            continue
        if len(data) < position + 2:
            raise cut_short(kind)
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2:
            raise damaged(kind)
        position += length
        yield marker, start, position
        if marker == 0xDA:  # SOS: skip the entropy-coded data to the next true marker
            scans += 1
            if scans > _MAX_SCANS:
                raise overlong(kind)
            found = _MARKER_AFTER_SCAN.search(data, position)
            if found is None:
                raise cut_short(kind)
            position = found.start()
    raise overlong(kind)


def scan_jpeg(data: bytes, kind: str = "JPEG") -> JpegStructure:
    """From SOI to EOI without decoding; raises Truncated, NotAnImage or Unsupported, naming ``kind``."""
    header, frames, scanned, marked, adobe, end = [], [], False, False, False, 0
    for marker, start, end in segments(data, kind):
        body = data[start + 4 : min(end, start + 68)]
        if marker in FRAMES:
            frames.append((marker, body))
            marked = marked or body[6::3].upper() == b"RGB"
        marked = marked or (marker == 0xE0 and body.startswith(b"JFIF"))
        # decoders overlook an Adobe marker that is too short to say how colour is coded (libjpeg: 12 bytes)
        adobe = adobe or (marker == 0xEE and end - start >= 16 and body.startswith(b"Adobe"))
        scanned = scanned or marker == 0xDA
        if not scanned:
            header.append((start, end))
    if not scanned or not frames:
        raise NotAnImage(f"The {kind} file holds no picture.")
    process, frame = frames[0]
    if len(frames) > 1 or len(frame) < 6:  # of two sizes the checked one must be the decoded one
        raise damaged(kind)
    return JpegStructure(end, frame, process, tuple(header), marked or adobe, adobe)


def open_jpeg(data: bytes) -> LazyImage:
    """Open a JPEG file; raises PhotoError."""
    structure = scan_jpeg(data)
    try:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(_header(data, structure))) as picture:
            size, mode, info = picture.size, picture.mode, dict(picture.info)
            tables = dict(getattr(picture, "quantization", {}))  # of the header: no pixel is decoded
    except (*PARSER_ERRORS, struct.error) as error:
        raise bad_header("JPEG") from error
    if size != structure.size:
        raise bad_header("JPEG")
    exif = read_exif(info.get("exif"))
    icc = info.get("icc_profile")
    # Phones append depth maps, second pictures or whole videos behind the first picture.
    trailing = [TRAILING] if data[structure.end :].strip(b"\x00") else []
    header = Header(
        size=size,
        colour={"L": "grey", "CMYK": "CMYK"}.get(mode, "RGB"),
        icc=icc if isinstance(icc, bytes) and icc else None,
        orientation=exif.orientation,
        adobe_rgb=exif.adobe_rgb,
        dropped=dropped_names(info, exif.names, trailing),
        jpeg_quality=estimated_quality(tables[min(tables)]) if tables else None,
    )
    return LazyImage(header, partial(_decode, data[: structure.end], structure, header))


def _header(data: bytes, structure: JpegStructure) -> bytes:
    """The segments up to the first scan: Pillow reads no more, and would walk over fill bytes one by one."""
    parts = [data[start:end] for start, end in structure.header]
    return b"".join([data[:2], *parts, b"\xff\xda\x00\x02"])


def _decode(data: bytes, structure: JpegStructure, header: Header) -> Decoded:
    from cf_esrt.photo.formats.jpeg_damage import missing

    lost = missing(data, structure)
    if header.colour == "CMYK":
        decoded = _decode_ink(data, header.size, structure.inverted)
    else:
        decoded = decode_by_opencv(data, "JPEG", header.size)
    return replace(decoded, missing=lost)


def _decode_ink(data: bytes, size: tuple[int, int], inverted: bool) -> Decoded:
    import imagecodecs

    try:
        stored = imagecodecs.jpeg8_decode(data, outcolorspace="CMYK")
    except (*PARSER_ERRORS, imagecodecs.Jpeg8Error) as error:
        raise undecodable("JPEG") from error
    if stored.shape != (size[1], size[0], 4) or stored.dtype != "uint8":
        raise undecodable("JPEG")
    return Decoded(255 - stored if inverted else stored)
