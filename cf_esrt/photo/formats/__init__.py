"""One file for each format. A format is added by writing one opener and naming it here."""

from __future__ import annotations

from importlib import import_module

from cf_esrt.photo.formats.dicom import open_dicom
from cf_esrt.photo.formats.heic import open_heic
from cf_esrt.photo.formats.jpeg import open_jpeg
from cf_esrt.photo.formats.png import open_png
from cf_esrt.photo.formats.tiff import open_tiff
from cf_esrt.photo.formats.webp import open_webp
from cf_esrt.photo.lazy_image import Opener

OPENERS: dict[str, Opener] = {
    "JPEG": open_jpeg,
    "PNG": open_png,
    "WebP": open_webp,
    "TIFF": open_tiff,
    "HEIC": open_heic,
    "DICOM": open_dicom,
}
"""By the name that ``sniff`` gives."""

_LIBRARIES = {"TIFF": ("tifffile", "imagecodecs"), "HEIC": ("pillow_heif",), "DICOM": ("pydicom", "imagecodecs")}


def load(kind: str) -> None:
    """Import what a format needs, which its opener's budget of time must not pay for; raises ImportError.

    Rare and heavy libraries are imported when the first such file comes.
    """
    for name in _LIBRARIES.get(kind, ()):
        import_module(name)
