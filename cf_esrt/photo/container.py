"""Is the file whole? A walk over the file's own structure, without decoding a pixel.

Decoders differ in what they do with a file that was cut short: some fill the rest with grey. So the end
marker is looked for here: EOI of the first picture in a JPEG, IEND and every checksum in a PNG, the RIFF
length in a WebP.

Sources: ITU-T T.81 annex B; PNG specification (third edition) sections 5 and 11; RFC 9649 section 2.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

from cf_esrt.photo.errors import NotAnImage, Truncated, Unsupported

_CUT_SHORT = "The {} file is cut short: its end is missing."
_DAMAGED = "The {} file is damaged: its parts do not add up."
_MOVING = "Moving pictures are unsupported; please save one frame as a photograph."
_TRAILING = "data after the picture"

# A progressive JPEG has about ten scans; thousands of tiny ones are a known way to keep a decoder busy.
_MAX_SCANS = 128
_JPEG_MARKER_AFTER_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_TEXT = {b"tEXt", b"zTXt", b"iTXt"}


@dataclass(frozen=True)
class Structure:
    """What the walk found: names of parts that will be dropped, and EXIF where only the walk sees it."""

    dropped: tuple[str, ...] = ()
    exif: bytes | None = None
    size: tuple[int, int] | None = None
    """Width and height, for the format (WebP) whose size must be known before Pillow opens it."""


_UNSUPPORTED = (
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (128, b"DICM", "DICOM"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
)
_HEIF_BRANDS = {b"avif": "AVIF", b"avis": "AVIF"} | {
    brand: "HEIC" for brand in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
}


def sniff(data: bytes) -> str:
    """The format by its first bytes: "JPEG", "PNG" or "WebP"; raises Unsupported or NotAnImage."""
    if not data:
        raise NotAnImage("The file is empty.")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(_PNG_SIGNATURE):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    other = next((name for at, magic, name in _UNSUPPORTED if data[at : at + len(magic)] == magic), None)
    if data[4:8] == b"ftyp":
        other = _HEIF_BRANDS.get(data[8:12])
    if other is not None:
        raise Unsupported(f"{other} files are unsupported; please save the photograph as JPEG, PNG or WebP.")
    raise NotAnImage("This is not a photograph that can be read; please choose a JPEG, PNG or WebP file.")


def walk(data: bytes, kind: str) -> Structure:
    """Walk a file of the kind that ``sniff`` named; raises Truncated, NotAnImage or Unsupported."""
    return {"JPEG": _walk_jpeg, "PNG": _walk_png, "WebP": _walk_webp}[kind](data)


def _walk_jpeg(data: bytes) -> Structure:
    position, scans = 2, 0
    while True:
        while data[position : position + 2] == b"\xff\xff":  # fill bytes may stand before any marker
            position += 1
        if len(data) < position + 2:
            raise Truncated(_CUT_SHORT.format("JPEG"))
        if data[position] != 0xFF:
            raise Truncated(_DAMAGED.format("JPEG"))
        marker = data[position + 1]
        position += 2
        if marker == 0xD9:  # EOI
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # markers without a length
            continue
        if len(data) < position + 2:
            raise Truncated(_CUT_SHORT.format("JPEG"))
        position += int.from_bytes(data[position : position + 2], "big")
        if marker == 0xDA:  # SOS: skip the entropy-coded data to the next true marker
            scans += 1
            if scans > _MAX_SCANS:
                raise Unsupported("The JPEG file has more scans than a photograph needs and is not read.")
            found = _JPEG_MARKER_AFTER_SCAN.search(data, position)
            if found is None:
                raise Truncated(_CUT_SHORT.format("JPEG"))
            position = found.start(1) - 1
    if not scans:
        raise NotAnImage("The JPEG file holds no picture.")
    # Phones append depth maps, second pictures or whole videos behind the first picture.
    return Structure(dropped=(_TRAILING,) if data[position:].strip(b"\x00") else ())


def _walk_png(data: bytes) -> Structure:
    position, exif, text, pixels = 8, None, False, False
    while True:
        head = data[position : position + 8]
        if len(head) < 8:
            raise Truncated(_CUT_SHORT.format("PNG"))
        length, name = struct.unpack(">I4s", head)
        end = position + 12 + length
        if end > len(data):
            raise Truncated(_CUT_SHORT.format("PNG"))
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise Truncated(_DAMAGED.format("PNG"))
        if name == b"acTL":
            raise Unsupported(_MOVING)
        if name == b"eXIf":  # may stand behind the pixels, where a lazy open does not look
            exif = data[position + 8 : end - 4]
        text = text or name in _PNG_TEXT
        pixels = pixels or name == b"IDAT"
        position = end
        if name == b"IEND":
            break
    if not pixels:
        raise NotAnImage("The PNG file holds no picture.")
    dropped = [name for name, there in (("PNG text", text), (_TRAILING, position < len(data))) if there]
    return Structure(dropped=tuple(dropped), exif=exif)


def _walk_webp(data: bytes) -> Structure:
    riff_end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < riff_end:
        raise Truncated(_CUT_SHORT.format("WebP"))
    if riff_end < 30:
        raise NotAnImage("The WebP file holds no picture.")
    first = data[12:16]
    if first == b"VP8X":
        if data[20] & 0x02:
            raise Unsupported(_MOVING)
        size = (1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    elif first == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        size = (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    elif first == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        size = (width & 0x3FFF, height & 0x3FFF)
    else:
        raise NotAnImage("The WebP file holds no picture.")
    return Structure(dropped=(_TRAILING,) if riff_end < len(data) else (), size=size)
