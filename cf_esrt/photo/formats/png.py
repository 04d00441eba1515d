"""PNG: every chunk and checksum is structure (PNG specification, third edition, 5 and 11), then OpenCV decodes."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, field
from functools import partial

from PIL import PngImagePlugin

from cf_esrt.photo.coding import SRGB, Chromaticities, understood
from cf_esrt.photo.errors import NotAnImage, Unsupported, bad_header, cut_short, damaged, overlong
from cf_esrt.photo.exif import read_exif
from cf_esrt.photo.formats.plain import decode_by_opencv, dropped_names
from cf_esrt.photo.lazy_image import PARSER_ERRORS, TRAILING, Header, LazyImage

MOVING = "Moving pictures are unsupported; please save one frame as a photograph."
# Writers put at least a kilobyte of pixels into a chunk, so a file of the admitted size needs fewer.
_MAX_CHUNKS = 100_000
_TEXT = {b"tEXt", b"zTXt", b"iTXt"}
_GREY_MODES = {"1", "L", "LA", "I;16", "I"}


_CURVE_TOLERANCE = 0.05  # libpng's: a gamma this near to sRGB's means sRGB
_CORNER_TOLERANCE = 0.01
_GAMMAS = (0.1, 5.0)  # others are mistakes, which would leave black or white


@dataclass
class _PngStructure:
    """What the walk over the chunks saw."""

    dropped: list[str] = field(default_factory=list)
    exif: bytes | None = None
    chunks: dict[bytes, bytes] = field(default_factory=dict)
    """Bodies of those before the pixels that say what colours mean; the first of each name."""


_COLOUR = (b"IHDR", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"tRNS")


def _scan(data: bytes) -> _PngStructure:
    position, text, pixels, found = 8, False, False, _PngStructure()
    for number in range(_MAX_CHUNKS):
        head = data[position : position + 8]
        if len(head) < 8:
            raise cut_short("PNG")
        length, name = struct.unpack(">I4s", head)
        end = position + 12 + length
        if end > len(data):
            raise cut_short("PNG")
        if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise damaged("PNG")
        if (name == b"IHDR") != (number == 0) or (number == 0 and length != 13):
            raise damaged("PNG")  # of two headers one decoder would take the first, another the last
        if name == b"acTL":
            raise Unsupported(MOVING)
        if name == b"eXIf":  # may stand behind the pixels, where a lazy open does not look
            found.exif = data[position + 8 : end - 4]
        if name in _COLOUR and not pixels:
            found.chunks.setdefault(name, data[position + 8 : end - 4])
        text = text or name in _TEXT
        pixels = pixels or name == b"IDAT"
        position = end
        if name == b"IEND":
            break
    else:
        raise overlong("PNG")
    if not pixels:
        raise NotAnImage("The PNG file holds no picture.")
    found.dropped = [name for name, there in (("PNG text", text), (TRAILING, position < len(data))) if there]
    return found


def _coding(chunks: dict[bytes, bytes]) -> tuple[int, int] | None:
    """cICP, which outranks everything else (PNG specification, 4.3)."""
    body = chunks.get(b"cICP", b"")
    return (body[0], body[1]) if len(body) == 4 else None


def _exponent(chunks: dict[bytes, bytes]) -> float | None:
    """What the samples are raised to, by gAMA; None where sRGB's curve, or one that looks like it, is meant."""
    gamma = int.from_bytes(chunks.get(b"gAMA", b""), "big") / 100_000
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1] or abs(gamma * 2.2 - 1) < _CURVE_TOLERANCE:
        return None
    return 1 / gamma


def _chromaticities(chunks: dict[bytes, bytes]) -> Chromaticities | None:
    """By cHRM; None where they are sRGB's, or no colours at all."""
    body = chunks.get(b"cHRM", b"")
    if len(body) != 32:
        return None
    (wx, wy, rx, ry, gx, gy, bx, by) = (value / 100_000 for value in struct.unpack(">8I", body))
    corners = ((wx, wy), (rx, ry), (gx, gy), (bx, by))
    area = abs((gx - rx) * (by - ry) - (bx - rx) * (gy - ry))
    if min(wy, ry, gy, by) <= 0 or max(x + y for x, y in corners) > 1 or area < _CORNER_TOLERANCE:
        return None
    same = all(
        abs(found - own) < _CORNER_TOLERANCE
        for pair, known in zip(corners, SRGB, strict=True)
        for found, own in zip(pair, known, strict=True)
    )
    return None if same else corners


def open_png(data: bytes) -> LazyImage:
    """Open a PNG file; raises PhotoError."""
    structure = _scan(data)
    try:
        with PngImagePlugin.PngImageFile(io.BytesIO(data)) as picture:
            size, mode, info = picture.size, picture.mode, dict(picture.info)
    except (*PARSER_ERRORS, struct.error) as error:
        raise bad_header("PNG") from error
    exif = read_exif(structure.exif or info.get("exif"))
    chunks, coding = structure.chunks, _coding(structure.chunks)
    icc = info.get("icc_profile")
    icc = icc if isinstance(icc, bytes) and icc else None
    if coding is not None and icc is not None:
        coding, icc = (coding, None) if understood(coding) else (None, icc)
    told = coding is not None or icc is not None or b"sRGB" in chunks
    exponent, corners = (None, None) if told else (_exponent(chunks), _chromaticities(chunks))
    grey = chunks[b"IHDR"][9] == 0
    transparent = _transparent(chunks) if grey else None  # OpenCV sees to it for colour and palettes
    header = Header(
        size=size,
        colour="grey" if mode in _GREY_MODES else "RGB",
        icc=icc,
        orientation=exif.orientation,
        adobe_rgb=exif.adobe_rgb and not told and b"gAMA" not in chunks and b"cHRM" not in chunks,
        dropped=dropped_names(info, exif.names, structure.dropped),
        coding=coding,
        chromaticities=None if grey else corners,
    )
    return LazyImage(header, partial(decode_by_opencv, data, "PNG", size, exponent, transparent))


def _transparent(chunks: dict[bytes, bytes]) -> int | None:
    """The grey that is see-through, by tRNS, among the 8 or 16 bits that samples are spread to."""
    body, depth = chunks.get(b"tRNS", b""), chunks[b"IHDR"][8]
    if len(body) != 2:
        return None
    grey = int.from_bytes(body, "big") & ((1 << depth) - 1)
    return grey if depth >= 8 else grey * 255 // ((1 << depth) - 1)
