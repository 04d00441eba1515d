"""PNG: every chunk and checksum is structure (PNG specification, third edition, 5 and 11), then OpenCV decodes."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from functools import partial

from PIL import PngImagePlugin

from cf_esrt.photo.errors import NotAnImage, Unsupported, bad_header, cut_short, damaged, overlong
from cf_esrt.photo.exif import read_exif
from cf_esrt.photo.formats.plain import decode_by_opencv, dropped_names
from cf_esrt.photo.lazy_image import PARSER_ERRORS, TRAILING, Header, LazyImage

MOVING = "Moving pictures are unsupported; please save one frame as a photograph."
# Writers put at least a kilobyte of pixels into a chunk, so a file of the admitted size needs fewer.
_MAX_CHUNKS = 100_000
_TEXT = {b"tEXt", b"zTXt", b"iTXt"}
_GREY_MODES = {"1", "L", "LA", "I;16", "I"}


@dataclass(frozen=True)
class _PngStructure:
    dropped: list[str]
    exif: bytes | None
    coding: tuple[int, int] | None


def _scan(data: bytes) -> _PngStructure:
    position, exif, text, pixels, coding = 8, None, False, False, None
    for _ in range(_MAX_CHUNKS):
        head = data[position : position + 8]
        if len(head) < 8:
            raise cut_short("PNG")
        length, name = struct.unpack(">I4s", head)
        end = position + 12 + length
        if end > len(data):
            raise cut_short("PNG")
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise damaged("PNG")
        if name == b"acTL":
            raise Unsupported(MOVING)
        if name == b"eXIf":  # may stand behind the pixels, where a lazy open does not look
            exif = data[position + 8 : end - 4]
        if name == b"cICP" and length == 4:
            coding = (data[position + 8], data[position + 9])
        text = text or name in _TEXT
        pixels = pixels or name == b"IDAT"
        position = end
        if name == b"IEND":
            break
    else:
        raise overlong("PNG")
    if not pixels:
        raise NotAnImage("The PNG file holds no picture.")
    dropped = [name for name, there in (("PNG text", text), (TRAILING, position < len(data))) if there]
    return _PngStructure(dropped, exif, coding)


def open_png(data: bytes) -> LazyImage:
    """Open a PNG file; raises PhotoError."""
    structure = _scan(data)
    try:
        with PngImagePlugin.PngImageFile(io.BytesIO(data)) as picture:
            size, mode, info = picture.size, picture.mode, dict(picture.info)
    except (*PARSER_ERRORS, struct.error) as error:
        raise bad_header("PNG") from error
    orientation, names = read_exif(structure.exif or info.get("exif"))
    icc = info.get("icc_profile")
    header = Header(
        size=size,
        colour="grey" if mode in _GREY_MODES else "RGB",
        icc=icc if isinstance(icc, bytes) and icc else None,
        orientation=orientation,
        dropped=dropped_names(info, names, structure.dropped),
        coding=structure.coding,
    )
    return LazyImage(header, partial(decode_by_opencv, data, "PNG", size))
