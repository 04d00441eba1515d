"""The one door for photographs: bytes or a file in, a checked sRGB array and its facts out.

``read`` checks before it believes: bytes, magic, structure and header come before any pixel is decoded, and
decoding happens in a process that can be ended. Nothing of the original file but its pixels survives; ``receipt``
names what was dropped. ``labels``, ``png_bytes`` and ``save`` are the way out.
"""

from __future__ import annotations

from cf_esrt.photo.errors import NotAnImage, PhotoError, TooLarge, TooSlow, TooSmall, Truncated, Unsupported
from cf_esrt.photo.facts import BACKGROUND, DicomReference, Limits, Photo, PhotoFacts
from cf_esrt.photo.reader import read
from cf_esrt.photo.receipt import cautions, receipt
from cf_esrt.photo.sandbox import close, prepare
from cf_esrt.photo.sniff import READ, SUFFIXES
from cf_esrt.photo.writer import NOTICE, labels, png_bytes, save

__all__ = [
    "BACKGROUND",
    "NOTICE",
    "READ",
    "SUFFIXES",
    "DicomReference",
    "Limits",
    "NotAnImage",
    "Photo",
    "PhotoError",
    "PhotoFacts",
    "TooLarge",
    "TooSlow",
    "TooSmall",
    "Truncated",
    "Unsupported",
    "cautions",
    "close",
    "labels",
    "png_bytes",
    "prepare",
    "read",
    "receipt",
    "save",
]
