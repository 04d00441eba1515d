"""What JPEG, PNG and WebP share: pixels by OpenCV, the names of Pillow's metadata.

Pillow opens headers and loads no pixel: its JPEG decoder before version 13 has a known flaw
(CVE-2026-112403). Its plug-ins are called directly, so no other format can be reached and the process-wide
bomb warnings stay out of the way: the pixel cap is the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cf_esrt.photo.errors import undecodable
from cf_esrt.photo.lazy_image import Decoded
from cf_esrt.photo.levels import to_rgb, tone_table

_INFO_NAMES = {
    "icc_profile": "ICC profile",
    "xmp": "XMP",
    "XML:com.adobe.xmp": "XMP",
    "comment": "comment",
    "photoshop": "Photoshop and IPTC data",
    "mp": "further pictures",
}


def dropped_names(info: dict, exif_names: Sequence[str], structure_names: list[str]) -> tuple[str, ...]:
    """Each name once, in the order EXIF, Pillow's info, structure."""
    named = [name for key, name in _INFO_NAMES.items() if info.get(key)]
    return tuple(dict.fromkeys([*exif_names, *named, *structure_names]))


def decode_by_opencv(
    data: bytes, kind: str, size: tuple[int, int], exponent: float | None = None, transparent: int | None = None
) -> Decoded:
    """Decode a checked file whose header promised ``size`` (width, height); raises NotAnImage, MemoryError.

    ``exponent`` as for ``tone_table``, where it is not sRGB's curve; ``transparent`` as for ``to_rgb``.
    """
    try:
        # UNCHANGED keeps alpha and 16 bits, and leaves the EXIF orientation to the reader
        stored: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise undecodable(kind) from error
    if stored is None or stored.shape[1::-1] != size or stored.dtype not in (np.uint8, np.uint16):
        raise undecodable(kind)
    try:
        bits = 16 if stored.dtype == np.uint16 else 8
        table = None if exponent is None else tone_table(bits, exponent)
        return to_rgb(stored, bits, bgr=True, table=table, transparent=transparent)
    except ValueError as error:
        raise undecodable(kind) from error
