"""What kind of file is it? By its first bytes, never by its name."""

from __future__ import annotations

import re

from cf_esrt.photo.errors import NotAnImage, Unsupported

READ = "JPEG, PNG, WebP, TIFF, HEIC or DICOM"
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".dcm"})
"""What such files are usually called: for a file chooser. Which of a folder's files are read is `identify`'s to say."""

HEAD = 4096
"""Bytes at the beginning that tell what a file is."""

_MAGIC = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WebP"),
    (128, b"DICM", "DICOM"),  # before TIFF: the preamble of a DICOM file may hold a TIFF header (PS3.10 7.1)
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
)
_UNSUPPORTED = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
)
# Media Storage Directory, whose UID is padded to an even length (PS3.10 8.6)
_DICOMDIR = re.compile(rb"1\.2\.840\.10008\.1\.3\.10(?![.0-9])")
_HEIF_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"hevc": "HEIC video", b"hevx": "HEIC video"} | {
    brand: "HEIC" for brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
}


def sniff(data: bytes) -> str:
    """The format: "JPEG", "PNG", "WebP", "TIFF", "HEIC" or "DICOM"; raises Unsupported or NotAnImage."""
    if not data:
        raise NotAnImage("The file is empty.")
    kind = _first(data, _MAGIC)
    if kind == "WebP" and data[:4] != b"RIFF":
        kind = None
    if data[4:8] == b"ftyp":
        kind = _brand(data)
        if kind not in (None, "HEIC"):
            raise _unsupported(kind)
    if kind == "DICOM" and _DICOMDIR.search(data, 132, HEAD):
        raise Unsupported("A DICOM directory (DICOMDIR) only lists other files; please choose one of them.")
    if kind is not None:
        return kind
    other = _first(data, _UNSUPPORTED)
    if other is not None:
        raise _unsupported(other)
    raise NotAnImage(f"This is not a photograph that can be read; please choose a {READ} file.")


def _first(data: bytes, table: tuple[tuple[int, bytes, str], ...]) -> str | None:
    return next((name for at, magic, name in table if data[at : at + len(magic)] == magic), None)


def _brand(data: bytes) -> str | None:
    """The major brand; for the general ones (mif1) an AVIF picture says so among its compatible brands."""
    kind = _HEIF_BRANDS.get(data[8:12])
    listed = data[16 : min(int.from_bytes(data[:4], "big"), 256)]
    return "AVIF" if data[8:12] in (b"mif1", b"msf1") and b"avif" in listed else kind


def _unsupported(kind: str | None) -> Unsupported:
    return Unsupported(f"{kind} files are unsupported; please save the photograph as JPEG, PNG or WebP.")
