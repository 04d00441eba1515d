"""HEIC: the primary picture, by libheif through pillow_heif, which is optional.

libheif itself applies the turns that HEIF prescribes (irot, imir); pillow_heif writes EXIF turns as such, and the
standard says that the EXIF orientation is to be ignored (ISO/IEC 23008-12, 6.5.10 and annex A).
"""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from cf_esrt.photo.errors import PhotoError, TooLarge, bad_header, cut_short, overlong, undecodable
from cf_esrt.photo.exif import read_exif
from cf_esrt.photo.lazy_image import FURTHER, PARSER_ERRORS, TRAILING, Decoded, Header, LazyImage
from cf_esrt.photo.levels import to_eight_bits, to_rgb

_ERRORS = (*PARSER_ERRORS, struct.error)
_TRAILING_BOXES = {b"mpvd"}  # a motion photograph's video
_MAX_BOXES = 1000  # a photograph has three or four at the top
_MODES = {"L": "grey", "LA": "grey", "La": "grey"}


def open_heic(data: bytes) -> LazyImage:
    """Open a HEIC file; raises PhotoError."""
    import pillow_heif

    moving = _check_boxes(data)
    # Thumbnails, depth maps and auxiliary pictures are not asked for: less to parse.
    pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = False
    try:
        file: Any = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)
        picture = file[file.primary_index]
        mode, size, info = str(picture.mode), tuple(picture.size), picture.info
    except _ERRORS as error:
        _refuse_for_memory(error)
        raise bad_header("HEIC") from error
    exif = read_exif(info.get("exif"))
    extras = {
        "XMP": info.get("xmp"),
        "ICC profile": info.get("icc_profile"),
        "HEIF metadata": info.get("metadata"),
        "depth map or other auxiliary picture": info.get("aux"),
        FURTHER: len(file) > 1,
        TRAILING: moving,
    }
    header = Header(
        size=(int(size[0]), int(size[1])),
        colour=_MODES.get(mode.split(";")[0], "RGB"),
        icc=info.get("icc_profile") or None,
        dropped=tuple(dict.fromkeys([*exif.names, *(name for name, there in extras.items() if there)])),
        adobe_rgb=exif.adobe_rgb,
        coding=_coding(info.get("nclx_profile")),
        frames=len(file),
    )
    return LazyImage(header, partial(_decode, picture, header.size))


def _check_boxes(data: bytes) -> bool:
    """Do the top-level boxes end where the file ends (ISO/IEC 14496-12, 4.2)? True where a video follows."""
    position, video = 0, False
    padding = len(data.rstrip(b"\0"))
    for _ in range(_MAX_BOXES):
        if position >= padding:
            return video
        size, name, least = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8], 8
        if size == 1:
            size, least = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        if size == 0:  # to the end of the file
            return video
        if size < least or position + size > len(data):
            raise cut_short("HEIC")
        video = video or name in _TRAILING_BOXES
        position += size
    raise overlong("HEIC")


def _coding(nclx: Any) -> tuple[int, int] | None:
    if not isinstance(nclx, dict):
        return None
    return int(nclx.get("color_primaries", 2)), int(nclx.get("transfer_characteristics", 2))


def _refuse_for_memory(error: BaseException) -> None:
    if "memory" in str(error).lower():
        raise TooLarge("The HEIC file asks for more memory than is given to one photograph.") from error


def _decode(picture: Any, size: tuple[int, int]) -> Decoded:
    try:
        stored = np.asarray(picture)
        bits = int(picture.info.get("bit_depth", 8))
        wide = stored.dtype == np.uint16
        if stored.shape[1::-1] != size or stored.dtype not in (np.uint8, np.uint16) or not 8 <= bits <= 16:
            raise undecodable("HEIC")
        premultiplied = picture.mode.split(";")[0].endswith("a")
        # pillow_heif moves 10 and 12 bits to the upper end of 16
        table = to_eight_bits(np.arange(1 << 16, dtype=np.uint16) >> (16 - bits), bits) if wide else None
        decoded = to_rgb(stored, 16 if wide else 8, premultiplied=premultiplied, table=table)
        return replace(decoded, bit_depth=bits if wide else 8)
    except PhotoError:
        raise
    except _ERRORS as error:
        _refuse_for_memory(error)
        raise undecodable("HEIC") from error
