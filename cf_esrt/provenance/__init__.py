"""What leaves the page: labelled pictures, their provenance, and making them again from it.

Everything is bytes in memory, and equal arguments give equal bytes. No result leaves without its label.
"""

from __future__ import annotations

from cf_esrt.photo import NOTICE
from cf_esrt.provenance.archive import Pane, file_names, zip_bytes
from cf_esrt.provenance.dicom import dicom_bytes
from cf_esrt.provenance.errors import RecordError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.png import original_png, picture_of, result_png
from cf_esrt.provenance.record import BackProjection, Box, Pixels, Provenance, Setting, pixel_digest, stem
from cf_esrt.provenance.reproduce import Again, check, repeat
from cf_esrt.provenance.serialization import from_json, to_json
from cf_esrt.provenance.sheet import sheet_pdf, sheet_png
from cf_esrt.provenance.words import SYNTHETIC
from cf_esrt.provenance.xmp import read_xmp

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
