"""Pixels by OpenCV, brought to uint8 RGB ``H×W×3``: grey spread, 16 bits reduced, alpha laid on white."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cf_esrt.photo.errors import NotAnImage

# round(v * 255 / 65535) for every 16-bit value: as a table it needs no wider copy of the picture
_EIGHT_BITS = ((np.arange(65536, dtype=np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
_STRIP = 256


@dataclass(frozen=True)
class Decoded:
    """``pixels`` is uint8 RGB ``H×W×3`` in the file's own colour space, not yet upright."""

    pixels: np.ndarray
    bit_depth: int
    alpha_flattened: bool


def decode(data: bytes, kind: str, size: tuple[int, int]) -> Decoded:
    """Decode a checked file whose header promised ``size`` (width, height); raises NotAnImage."""
    refusal = f"The picture in the {kind} file could not be decoded; the file may be damaged or of a rare kind."
    try:
        # UNCHANGED keeps alpha and 16 bits, and leaves the EXIF orientation to `reader`
        stored: np.ndarray | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise NotAnImage(refusal) from error
    if stored is None or stored.shape[1::-1] != size or stored.dtype not in (np.uint8, np.uint16):
        raise NotAnImage(refusal)
    bit_depth = 16 if stored.dtype == np.uint16 else 8
    if bit_depth == 16:
        stored = np.take(_EIGHT_BITS, stored)
    if stored.ndim == 2:
        return Decoded(cv2.cvtColor(stored, cv2.COLOR_GRAY2RGB), bit_depth, False)
    if stored.shape[2] == 3:
        return Decoded(cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), bit_depth, False)
    if stored.shape[2] != 4:
        raise NotAnImage(refusal)
    pixels = cv2.cvtColor(stored, cv2.COLOR_BGRA2RGB)
    alpha = stored[..., 3]
    see_through = bool((alpha != 255).any())
    if see_through:
        _lay_on_white(pixels, alpha)
    return Decoded(pixels, bit_depth, see_through)


def _lay_on_white(pixels: np.ndarray, alpha: np.ndarray) -> None:
    """In place, in strips: whole-picture 16-bit copies of a large photograph would be felt."""
    for top in range(0, len(pixels), _STRIP):
        strip = pixels[top : top + _STRIP]
        weight = alpha[top : top + _STRIP, :, None].astype(np.uint16)
        strip[:] = (strip * weight + 255 * (255 - weight) + 127) // 255
