"""Files that were whole, and ways to spoil them. Everything follows from a seed, so a failure can be had again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

from tests.photo.files import (
    P3_TO_XYZ_D50,
    PICTURE,
    dicom,
    encoded,
    exif,
    heic,
    jpeg,
    matrix_profile,
    png,
    png_chunk,
    tiff,
    webp,
)

_SMALL = np.ascontiguousarray(PICTURE[:24, :32])
_WIDE = _SMALL.astype(np.uint16) * 257
_ALPHA = np.dstack([_SMALL, _SMALL[..., :1]])
_ROOT = "1.2.840.10008.1.2."


def whole_files() -> dict[str, list[bytes]]:
    """Small files of every format, each another path through its reader."""
    profile = matrix_profile("P3", P3_TO_XYZ_D50, 2.2)
    everything = exif(orientation=6, make="Camera", gps=True)
    inks = Image.fromarray(_SMALL).convert("CMYK")
    palette: dict[str, Any] = {}
    for name in ("Red", "Green", "Blue"):
        palette[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 8]
        palette[f"{name}PaletteColorLookupTableData"] = bytes(range(256))
    window: dict[str, Any] = {"WindowCenter": 500, "WindowWidth": 900, "RescaleSlope": 2, "RescaleIntercept": -5}
    lossless = bytes(imagecodecs.jpeg2k_encode(_SMALL, codecformat="j2k", reversible=True, level=0))
    return {
        "JPEG": [
            jpeg(_SMALL, exif=everything, icc_profile=profile),
            jpeg(_SMALL[..., 0], progressive=True),
            jpeg(inks, icc_profile=profile),
        ],
        "PNG": [
            png(_ALPHA, exif=everything),
            png(Image.fromarray(_SMALL).convert("P"), icc_profile=profile),
        ],
        "WebP": [
            webp(_SMALL, exif=everything, icc_profile=profile),
            webp(_ALPHA, lossless=False),
        ],
        "TIFF": [
            tiff(_SMALL, compression="lzw", predictor=True, iccprofile=profile),
            tiff(_SMALL, compression="jpeg"),
            tiff(_WIDE, compression="zlib", tile=(16, 16), bigtiff=True),
            tiff(_ALPHA, extrasamples=["assocalpha"], compression="packbits", byteorder=">"),
            encoded(inks, "TIFF", exif=everything),
            encoded(Image.fromarray(_SMALL).convert("P"), "TIFF"),
        ],
        "HEIC": [
            heic(_SMALL, exif=everything, xmp=b"<x/>", icc_profile=profile),
            heic(_ALPHA, quality=50, chroma=420),
            heic(_WIDE),
        ],
        "DICOM": [
            dicom(_SMALL, ICCProfile=profile),
            dicom(_WIDE[..., 0] >> 4, BitsStored=12, HighBit=11, **window),
            dicom(_SMALL[..., 0], PhotometricInterpretation="PALETTE COLOR", **palette),
            dicom(_SMALL, frame=jpeg(_SMALL), syntax=f"{_ROOT}4.50", PhotometricInterpretation="YBR_FULL_422"),
            dicom(_SMALL, frame=bytes(imagecodecs.jpegls_encode(_SMALL)), syntax=f"{_ROOT}4.80"),
            dicom(_SMALL, frame=lossless, syntax=f"{_ROOT}4.90", PhotometricInterpretation="YBR_RCT"),
        ],
    }


Mutation = Callable[[bytearray, np.random.Generator, list[bytes]], bytearray]


def _flip(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    for at in rng.integers(0, len(body), rng.integers(1, 9)):
        body[at] ^= 1 << int(rng.integers(8))
    return body


def _cut(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    return body[: int(rng.integers(0, len(body)))]


def _splice(body: bytearray, rng: np.random.Generator, others: list[bytes]) -> bytearray:
    """The beginning of one file and the end of another, or a piece of another in the middle."""
    other = others[int(rng.integers(len(others)))]
    start, end = sorted(int(at) for at in rng.integers(0, len(other), 2))
    at = int(rng.integers(0, len(body)))
    return body[:at] + other[start:] if rng.random() < 0.5 else body[:at] + other[start:end] + body[at:]


def _header(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    """Extreme numbers where sizes, counts and offsets stand."""
    for _unused in range(int(rng.integers(1, 4))):
        width = int(rng.choice([1, 2, 4, 8]))
        at = int(rng.integers(0, max(1, min(len(body) - width, 900))))
        value = int(rng.choice([0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])) % (1 << 8 * width)
        body[at : at + width] = value.to_bytes(width, "big" if rng.random() < 0.5 else "little")
    return body


def _drop(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    start = int(rng.integers(0, len(body)))
    del body[start : start + int(rng.integers(1, 40))]
    return body


def _double(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    start = int(rng.integers(0, len(body)))
    piece = body[start : start + int(rng.integers(1, 200))]
    return body[:start] + piece * int(rng.integers(2, 20)) + body[start:]


def _noise(body: bytearray, rng: np.random.Generator, _: list[bytes]) -> bytearray:
    start = int(rng.integers(0, len(body)))
    length = min(int(rng.integers(1, 300)), len(body) - start)
    body[start : start + length] = rng.bytes(length)
    return body


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut, _splice, _header, _header, _drop, _double, _noise)


def with_good_checksums(body: bytes) -> bytes:
    """Repair a PNG's checksums after a mutation, so that what lies behind them is tried too."""
    out, at = body[:8], 8
    while at + 12 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        if at + 12 + length > len(body):
            break
        out += png_chunk(body[at + 4 : at + 8], body[at + 8 : at + 8 + length])
        at += 12 + length
    return out + body[at:]


def mutated(files: list[bytes], others: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """``count`` spoiled files, made from ``files``; pieces of ``others`` may be spliced in."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        body = bytearray(files[number % len(files)])
        for _ in range(int(rng.integers(1, 3))):
            if body:
                body = MUTATIONS[int(rng.integers(len(MUTATIONS)))](body, rng, others)
        data = bytes(body)
        yield with_good_checksums(data) if data[:4] == b"\x89PNG" and rng.random() < 0.7 else data
