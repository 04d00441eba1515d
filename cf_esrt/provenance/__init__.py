"""Exports: labelled pictures, their provenance, and reproducing them from it.

Everything is bytes in memory, and equal arguments give equal bytes. No result leaves without its label.
"""

from __future__ import annotations

from cf_esrt.photo import NOTICE
from cf_esrt.provenance.archive import LabelledResult, file_names, zip_bytes
from cf_esrt.provenance.belief import mask_png
from cf_esrt.provenance.dicom import dicom_bytes
from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.png import original_png, read_picture, result_png
from cf_esrt.provenance.record import BackProjection, Box, ImageDigest, Provenance, Setting, pixel_digest, stem
from cf_esrt.provenance.reproduce import Reproduction, check, reproduce
from cf_esrt.provenance.serialisation import from_json, to_json
from cf_esrt.provenance.sheet import sheet_pdf, sheet_png
from cf_esrt.provenance.strings import SYNTHETIC
from cf_esrt.provenance.two_dates import TwoDates, two_dates_pdf, two_dates_png
from cf_esrt.provenance.xmp import read_xmp

__all__ = [
    "NOTICE",
    "SYNTHETIC",
    "BackProjection",
    "Box",
    "ImageDigest",
    "Label",
    "LabelledResult",
    "Provenance",
    "ProvenanceError",
    "Reproduction",
    "Setting",
    "TwoDates",
    "check",
    "dicom_bytes",
    "file_names",
    "from_json",
    "mask_png",
    "original_png",
    "pixel_digest",
    "read_picture",
    "read_xmp",
    "reproduce",
    "result_png",
    "sheet_pdf",
    "sheet_png",
    "stem",
    "to_json",
    "two_dates_pdf",
    "two_dates_png",
    "zip_bytes",
]
