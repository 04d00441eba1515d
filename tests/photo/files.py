"""Small files of every kind for the tests of the photo package."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

RNG = np.random.default_rng(20261122)
# Smooth enough for lossy formats, different in every corner and channel.
_Y, _X = np.mgrid[0:40, 0:56]
PICTURE = np.stack([40 + 3 * _X, 200 - 2 * _Y - _X, 30 + 2 * _X + 2 * _Y], axis=-1).astype(np.uint8)


def encoded(pixels: np.ndarray | Image.Image, kind: str, **options: Any) -> bytes:
    picture = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(pixels: np.ndarray | Image.Image = PICTURE, **options: Any) -> bytes:
    return encoded(pixels, "JPEG", **{"quality": 97, "subsampling": 0, **options})


def png(pixels: np.ndarray | Image.Image = PICTURE, **options: Any) -> bytes:
    return encoded(pixels, "PNG", **options)


def webp(pixels: np.ndarray | Image.Image = PICTURE, **options: Any) -> bytes:
    return encoded(pixels, "WEBP", **{"lossless": True, "exact": True, **options})


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_by_hand(width: int, height: int, depth: int, colour: int, rows: list[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def exif(**tags: Any) -> bytes:
    """EXIF bytes; ``orientation`` and ``make`` in the main directory, ``gps`` adds a position."""
    block = Image.Exif()
    if "orientation" in tags:
        block[0x0112] = tags["orientation"]
    if "make" in tags:
        block[0x010F] = tags["make"]
    if tags.get("gps"):
        block[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    return block.tobytes()


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def matrix_profile(
    name: str, columns: np.ndarray | None, gamma: float | np.ndarray, cicp: tuple[int, int] | None = None
) -> bytes:
    """A small ICC version 2 profile: ``columns`` are red, green, blue in XYZ (D50); None makes it grey.

    ``gamma`` is an exponent or a table of light, 0 to 1; ``cicp`` adds a tag with primaries and transfer.
    """
    text = name.encode() + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78
    white = b"XYZ \0\0\0\0" + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    points = np.rint(gamma * 65535) if isinstance(gamma, np.ndarray) else [round(gamma * 256)]
    curve = b"curv\0\0\0\0" + struct.pack(f">I{len(points)}H", len(points), *(int(point) for point in points))
    tags = [(b"desc", description), (b"wtpt", white), (b"cprt", b"text\0\0\0\0none\0")]
    if cicp is not None:
        tags.append((b"cicp", b"cicp\0\0\0\0" + bytes([*cicp, 0, 1])))
    if columns is None:
        tags.append((b"kTRC", curve))
    else:
        for letter, column in zip((b"r", b"g", b"b"), columns.T, strict=True):
            tags.append((letter + b"XYZ", b"XYZ \0\0\0\0" + b"".join(_fixed(float(v)) for v in column)))
            tags.append((letter + b"TRC", curve))
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags:
        data += b"\0" * (-len(data) % 4)
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0\0\0\0", 0x02400000, b"mntr",
                       b"GRAY" if columns is None else b"RGB ", b"XYZ ")  # fmt: skip
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


# Display P3 primaries, adapted to D50 (Apple's published profile), here with a plain 2.2 curve.
P3_TO_XYZ_D50 = np.array(
    [[0.515121, 0.291977, 0.157104], [0.241196, 0.692245, 0.066574], [-0.001053, 0.041885, 0.784073]]
)


def cmyk_profile(name: str, inks: dict[tuple[int, int, int, int], tuple[float, float, float]]) -> bytes:
    """A printer's ICC profile with one 2⁴ table: ``inks`` gives L*a*b* for full (1) or no (0) C, M, Y, K; else grey."""
    table = bytearray()
    for corner in np.ndindex(2, 2, 2, 2):
        light, a, b = inks.get(tuple(corner), (50.0, 0.0, 0.0))
        table += bytes([round(light * 2.55), round(a) + 128, round(b) + 128])
    ramp = bytes(range(256))
    unit = b"".join(_fixed(float(v)) for v in np.eye(3).ravel())
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + ramp * 4 + bytes(table) + ramp * 3
    text = name.encode() + b"\0"
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78),
        (b"wtpt", b"XYZ \0\0\0\0" + _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)),
        (b"cprt", b"text\0\0\0\0none\0"),
        (b"A2B0", lut),
    ]
    listed, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags:
        data += b"\0" * (-len(data) % 4)
        listed += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0\0\0\0", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += _fixed(0.9642) + _fixed(1.0) + _fixed(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + listed + body


def tiff(pixels: np.ndarray = PICTURE, **options: Any) -> bytes:
    """By tifffile, which writes every layout that is read."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **{"photometric": "rgb", "metadata": None, **options})
    return buffer.getvalue()


def heic(pixels: np.ndarray = PICTURE, **options: Any) -> bytes:
    """Without loss but for the rounding of its YCbCr; uint16 is written with 10 bits."""
    buffer = io.BytesIO()
    if pixels.dtype == np.uint16:
        size = pixels.shape[1::-1]
        file: Any = pillow_heif.from_bytes("RGB;16", size, np.ascontiguousarray(pixels).tobytes())
    else:
        file = pillow_heif.from_pillow(Image.fromarray(pixels))
    file.save(buffer, **{"quality": -1, "chroma": 444, **options})
    return buffer.getvalue()


DERMOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.7"
PATIENT = "Nobody^Nemo"


def dicom(
    pixels: np.ndarray = PICTURE, *, frame: bytes | None = None, syntax: str = ExplicitVRLittleEndian, **tags: Any
) -> bytes:
    """A DICOM file of uint8, uint16 or int16 ``H×W`` or ``H×W×3``, with a patient; ``frame`` is it compressed."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.SOPClassUID = tags.get("SOPClassUID", DERMOSCOPIC)
    dataset.SOPInstanceUID = UID("1.2.3.4")
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = PATIENT, "4711", "19700101"
    dataset.InstitutionName, dataset.StudyDate = "Clinic", "20260101"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    if frame is not None:
        dataset.PixelData = encapsulate([frame])
    elif "PixelData" not in tags:
        dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    dataset["PixelData"].VR = "OW" if bits == 16 and frame is None else "OB"
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
