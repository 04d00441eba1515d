"""Reading and writing photographs: bytes or a file in, a checked sRGB array and its metadata out.

``read`` validates bytes, magic, structure and header before any pixel is decoded, and decodes in a process that can be
killed; it may be called from several threads. ``identify`` says what a file is without decoding it. Nothing of the
original file but its pixels is kept; ``dropped_metadata`` names what was dropped. ``labels``, ``png_bytes`` and
``save`` write results, ``saving`` and ``PngStream`` those that memory should not hold.
"""

from __future__ import annotations

from cf_esrt.files import save, saving
from cf_esrt.photo.errors import NotAnImage, PhotoError, TooLarge, TooSlow, TooSmall, Truncated, Unsupported
from cf_esrt.photo.metadata import BACKGROUND, DicomReference, Limits, Photo, PhotoMetadata
from cf_esrt.photo.metadata_report import cautions, dropped_metadata
from cf_esrt.photo.png_stream import PngStream
from cf_esrt.photo.reader import identify, read
from cf_esrt.photo.sandbox import close, confinement, prepare
from cf_esrt.photo.sniff import READ, SUFFIXES
from cf_esrt.photo.writer import NOTICE, is_result, labels, png_bytes

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
    "PhotoMetadata",
    "PngStream",
    "TooLarge",
    "TooSlow",
    "TooSmall",
    "Truncated",
    "Unsupported",
    "cautions",
    "close",
    "confinement",
    "dropped_metadata",
    "identify",
    "is_result",
    "labels",
    "png_bytes",
    "prepare",
    "read",
    "save",
    "saving",
]
