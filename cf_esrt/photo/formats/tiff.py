"""TIFF (TIFF 6.0 and BigTIFF): the first page, by tifffile and imagecodecs.

OpenCV's TIFF decoder is not used: it multiplies colour with alpha, misreads 16-bit planes, loses grey's alpha
and mixes CMYK. Pillow's is not, since a TIFF may carry JPEG.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from cf_esrt.photo.errors import PhotoError, Unsupported, bad_header, cut_short, damaged, undecodable
from cf_esrt.photo.exif import Exif, read_exif
from cf_esrt.photo.formats.tiff_jpeg import check_sizes, missing
from cf_esrt.photo.lazy_image import FURTHER, PARSER_ERRORS, Decoded, Header, LazyImage
from cf_esrt.photo.levels import to_eight_bits, to_rgb

# By number (TIFF 6.0, technical notes): what photographs are saved with.
_COMPRESSIONS = {1, 5, 7, 8, 32773, 32946}  # none, LZW, JPEG, Deflate, PackBits, old Deflate
_JPEG = 7
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INK, _YCBCR = 0, 1, 2, 3, 5, 6
_SAMPLES = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _INK: 4, _YCBCR: 3}
# Pixels: what a tile may have that is larger than its picture, since each is decoded whole
_LARGEST_TILE = 4096 * 4096
_ORIENTATION, _SUB_IFDS, _EXIF, _GPS, _DNG_VERSION, _REDUCED = 274, 330, 34665, 34853, 50706, 254
# Tags that say how the pixels lie; everything else is metadata and is named as dropped.
_STRUCTURE = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 290, 291, 296, 301}
    | {317, 318, 319, 320, 322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347, 529, 530, 531, 532, 34675}
)


def open_tiff(data: bytes) -> LazyImage:
    """Open a TIFF file; raises PhotoError."""
    import tifffile

    errors = (*PARSER_ERRORS, struct.error, tifffile.TiffFileError)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page: Any = file.pages.first
            _refuse_raw_camera_files(page, data)
            header = _header(page, len(file.pages), Exif() if file.is_bigtiff else read_exif(data))
            _check_strips(page, len(data))
            if int(page.compression) == _JPEG:
                check_sizes(page, data)
    except PhotoError:
        raise
    except errors as error:
        raise bad_header("TIFF") from error
    return LazyImage(header, partial(_decode, data, header))


def _header(page: Any, pages: int, exif: Exif) -> Header:
    photometric, samples, bits = int(page.photometric), int(page.samplesperpixel), page.bitspersample
    compression = int(page.compression)
    if compression not in _COMPRESSIONS:
        raise Unsupported(f"The TIFF file is compressed in an unsupported way ({_name(page.compression)}).")
    ycbcr = photometric == _YCBCR and compression != _JPEG
    if photometric not in _SAMPLES or ycbcr or page.imagedepth != 1:
        raise Unsupported(f"The TIFF file stores colour in an unsupported way ({_name(page.photometric)}).")
    if bits not in (1, 4, 8, 16) or any(kind not in (1, None) for kind in _several(page.sampleformat)):
        raise Unsupported("The TIFF file stores its samples in an unsupported way; please save it with 8 or 16 bits.")
    extra = samples - _SAMPLES[photometric]
    if not 0 <= extra <= 1 or (extra and photometric in (_PALETTE, _INK)):
        raise Unsupported(f"The TIFF file has {samples} channels, which is unsupported; please save it as plain RGB.")
    orientation = exif.orientation if exif.names else page.tags.valueof(_ORIENTATION, 1)
    profile = page.iccprofile
    return Header(
        size=(int(page.imagewidth), int(page.imagelength)),
        colour={_INK: "CMYK", _RGB: "RGB", _PALETTE: "RGB", _YCBCR: "RGB"}.get(photometric, "grey"),
        icc=profile if isinstance(profile, bytes) and profile else None,
        adobe_rgb=exif.adobe_rgb,
        orientation=orientation if orientation in range(1, 9) else 1,
        dropped=tuple(dict.fromkeys(_names(page, profile, pages))),
        frames=pages,
    )


def _names(page: Any, profile: object, pages: int) -> list[str]:
    names = []
    for tag in page.tags:
        if tag.code == _GPS:
            names.append("GPSInfo")
        elif tag.code == _EXIF:
            value = tag.value
            names += [str(name) for name in value] if isinstance(value, dict) else ["EXIF"]
        elif tag.code not in _STRUCTURE:
            names.append(tag.name)
    return names + ["ICC profile"] * bool(profile) + [FURTHER] * (pages > 1)


def _several(value: Any) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def _name(value: Any) -> str:
    return getattr(value, "name", None) or str(value)


def _refuse_raw_camera_files(page: Any, data: bytes) -> None:
    """Their first page is a thumbnail, which must not pass for the photograph."""
    thumbnail = page.tags.valueof(_REDUCED, 0) == 1 and _SUB_IFDS in page.tags
    if _DNG_VERSION in page.tags or data[8:10] == b"CR" or thumbnail:
        raise Unsupported("Raw camera files are unsupported; please export the photograph as JPEG, PNG or TIFF.")


def _check_strips(page: Any, length: int) -> None:
    """Every strip or tile must lie in the file; tifffile would fill a missing one with zeros."""
    offsets, counts = page.dataoffsets, page.databytecounts
    if not offsets or len(offsets) != len(counts) or min(counts) <= 0:
        raise damaged("TIFF")
    if page.is_tiled and page.tilewidth * page.tilelength > max(page.imagewidth * page.imagelength, _LARGEST_TILE):
        raise damaged("TIFF")
    if max(at + count for at, count in zip(offsets, counts, strict=True)) > length:
        raise cut_short("TIFF")


def _decode(data: bytes, header: Header) -> Decoded:
    import imagecodecs
    import tifffile

    errors = (*PARSER_ERRORS, struct.error, tifffile.TiffFileError, imagecodecs.DelayedImportError)
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page: Any = file.pages.first
            lost = missing(page, data) if int(page.compression) == _JPEG else None
            stored = page.asarray(maxworkers=1)  # threads would outlive a time limit's sense of order
            if page.axes == "SYX":
                stored = np.moveaxis(stored, 0, -1)
            if stored.shape[1::-1] != header.size or stored.ndim not in (2, 3):
                raise undecodable("TIFF")
            return replace(_colours(stored, page), missing=lost)
    except PhotoError:
        raise
    except errors as error:
        raise undecodable("TIFF") from error


def _colours(stored: np.ndarray, page: Any) -> Decoded:
    photometric, bits = int(page.photometric), int(page.bitspersample)
    stored = stored.astype(np.uint8) if stored.dtype == bool else stored
    if stored.dtype not in (np.uint8, np.uint16):
        raise undecodable("TIFF")
    if photometric == _INK:
        return Decoded(np.ascontiguousarray(to_eight_bits(stored, bits)), bits)
    if photometric == _PALETTE:
        palette = np.asarray(page.colormap)  # 3×2^bits, 16-bit
        # 16 bits by the standard; writers with 8 fill the upper byte, or only the lower one
        if palette.max() > 255 and not (palette & 255).any():
            palette = palette >> 8
        depth = 16 if palette.max() > 255 else 8
        return Decoded(np.ascontiguousarray(to_eight_bits(palette, depth).T[stored]), 8)
    if photometric == _WHITE_IS_ZERO:
        top = (1 << bits) - 1
        grey = stored if stored.ndim == 2 else stored[..., 0]
        np.subtract(top, grey, out=grey)
    associated = tuple(int(kind) for kind in page.extrasamples) == (1,)
    if len(page.extrasamples) and int(page.extrasamples[0]) == 0:  # a channel of unstated meaning is no alpha
        stored = stored[..., :-1] if stored.shape[-1] > 2 else stored[..., 0]
    return to_rgb(stored, bits, premultiplied=associated)
