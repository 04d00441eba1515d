"""PNG files that tell nothing but their picture: no text, and one length for all pictures of one size."""

from __future__ import annotations

import os
import zlib

import numpy as np

from cf_esrt import photo

PADDING = b"paDd"
"""Type of the chunk that fills a file up: ancillary, private and safe to copy (PNG specification, 5.4)."""
_OVERHEAD = 12
_END = b"\x00\x00\x00\x00IEND\xaeB\x60\x82"


def encode(pixels: np.ndarray) -> bytes:
    """A lossless PNG of RGB uint8 H×W×3, without a word about where it comes from."""
    return photo.png_bytes(pixels)


def padded(files: list[bytes]) -> list[bytes]:
    """The same pictures in files of one length: each has a chunk of random bytes, which nothing can compress away."""
    length = max(map(len, files), default=0) + _OVERHEAD
    return [_filled(data, length) for data in files]


def _filled(data: bytes, length: int) -> bytes:
    if not data.endswith(_END):
        raise ValueError("This is not a whole PNG file.")
    body = PADDING + os.urandom(length - len(data) - _OVERHEAD)
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return data[: -len(_END)] + chunk + _END
