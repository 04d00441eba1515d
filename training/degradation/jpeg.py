"""JPEG as cameras, clinics and messengers write it."""

from __future__ import annotations

import cv2
import numpy as np


def compress_on_grid(picture: np.ndarray, quality: int, top: int, left: int, *, halved: bool = True) -> np.ndarray:
    """As `compress`, the grid of blocks begun ``top`` and ``left`` pixels outside of the picture, as a later crop moves
    it."""
    height, width = picture.shape[:2]
    framed = cv2.copyMakeBorder(picture, top, 0, left, 0, cv2.BORDER_REFLECT)
    return compress(framed, quality, halved=halved)[-height:, -width:]


def compress(picture: np.ndarray, quality: int, *, halved: bool = True) -> np.ndarray:
    """RGB float32 H×W×3 in 0..1 through JPEG of a quality (libjpeg's, 1 to 100) with 4:2:0 or 4:4:4 chroma."""
    levels = cv2.cvtColor((picture * 255).round().astype(np.uint8), cv2.COLOR_RGB2BGR)
    chroma = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if halved else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    written = (cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma)
    _, data = cv2.imencode(".jpg", levels, written)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.float32) / 255
