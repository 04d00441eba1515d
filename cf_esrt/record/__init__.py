"""What leaves the page: labelled pictures, their provenance, and making them again from it.

Everything is bytes in memory, and equal arguments give equal bytes. No result leaves without its label.
"""

from __future__ import annotations

from cf_esrt.photo import NOTICE
from cf_esrt.record.again import Again, check, repeat
from cf_esrt.record.archive import Pane, file_names, zip_bytes
from cf_esrt.record.dicom import dicom_bytes
from cf_esrt.record.errors import RecordError
from cf_esrt.record.label import Label
from cf_esrt.record.picture import original_png, picture_of, result_png
from cf_esrt.record.provenance import BackProjection, Box, Pixels, Provenance, Setting, pixel_digest, stem
from cf_esrt.record.serial import from_json, to_json
from cf_esrt.record.sheet import sheet_pdf, sheet_png
from cf_esrt.record.words import SYNTHETIC
from cf_esrt.record.xmp import read_xmp

__all__ = [
    "NOTICE",
    "SYNTHETIC",
    "Again",
    "BackProjection",
    "Box",
    "Label",
    "Pane",
    "Pixels",
    "Provenance",
    "RecordError",
    "Setting",
    "check",
    "dicom_bytes",
    "file_names",
    "from_json",
    "original_png",
    "picture_of",
    "pixel_digest",
    "read_xmp",
    "repeat",
    "result_png",
    "sheet_pdf",
    "sheet_png",
    "stem",
    "to_json",
    "zip_bytes",
]
