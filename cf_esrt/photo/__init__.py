"""The one door for photographs: bytes or a file in, a checked sRGB array and its facts out.

``read`` checks before it believes: bytes, magic, structure and header come before any pixel is
decoded. Nothing of the original file but its pixels survives. ``labels``, ``png_bytes`` and
``save`` are the way out.
"""

from __future__ import annotations

from cf_esrt.photo.errors import NotAnImage, PhotoError, TooLarge, TooSmall, Truncated, Unsupported
from cf_esrt.photo.facts import Limits, Photo, PhotoFacts
from cf_esrt.photo.reader import read
from cf_esrt.photo.writer import NOTICE, labels, png_bytes, save

__all__ = [
    "NOTICE",
    "Limits",
    "NotAnImage",
    "Photo",
    "PhotoError",
    "PhotoFacts",
    "TooLarge",
    "TooSmall",
    "Truncated",
    "Unsupported",
    "labels",
    "png_bytes",
    "read",
    "save",
]
