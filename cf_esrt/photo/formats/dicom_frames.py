"""The first frame of a DICOM file as stored: unpacked, of the size that the header promised, not yet coloured.

Compressed frames go to libjpeg-turbo, CharLS and OpenJPEG through imagecodecs, never to Pillow, which pydicom
would choose by itself. Before each of them is called, the size that it will decode is read where it reads it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from cf_esrt.photo.errors import Unsupported, undecodable
from cf_esrt.photo.formats.jpeg import JpegStructure, scan_jpeg, segments
from cf_esrt.photo.formats.jpeg_damage import LOSSLESS, missing

_ROOT = "1.2.840.10008.1.2."
_NATIVE = ("1.2.840.10008.1.2", f"{_ROOT}1", f"{_ROOT}2")
_RLE = "5"
_JPEG = ("4.50", "4.51", "4.57", "4.70")  # baseline, extended, lossless (process 14, any and first predictor)
_JPEG_LS = ("4.80", "4.81")
_JPEG_2000 = ("4.90", "4.91")
# Younger than the list of names in pydicom 3.0
_YOUNG = {"4.110": "JPEG XL Lossless", "4.111": "JPEG XL JPEG Recompression", "4.112": "JPEG XL"}
_SOF55, _LSE = 0xF7, 0xF8


@dataclass(frozen=True)
class Frame:
    """``stored`` is ``H×W`` or ``H×W×3``; ``photometric`` is what its channels now mean."""

    stored: np.ndarray
    photometric: str
    missing: float | None = None
    """As in ``Decoded``."""


def check_syntax(syntax: Any) -> bool:
    """Whether pixels of this transfer syntax are uncompressed; raises Unsupported where they cannot be unpacked."""
    coding = str(syntax).removeprefix(_ROOT)
    if str(syntax) in _NATIVE:
        return True
    if coding not in (_RLE, *_JPEG, *_JPEG_LS, *_JPEG_2000):
        name = _YOUNG.get(coding) or getattr(syntax, "name", "") or str(syntax)
        raise Unsupported(f"The DICOM file is compressed in an unsupported way ({name}).")
    return False


def unpack(dataset: Any, frames: int) -> Frame:
    """Unpack the first of ``frames``; raises PhotoError, or what the libraries raise for malformed frames."""
    from pydicom.encaps import get_frame
    from pydicom.pixels.utils import pixel_array

    photometric = str(dataset.PhotometricInterpretation)
    syntax = dataset.file_meta.TransferSyntaxUID
    coding = str(syntax).removeprefix(_ROOT)
    if check_syntax(syntax):
        return Frame(pixel_array(dataset, index=0, raw=True), photometric)
    if coding == _RLE:
        return Frame(pixel_array(dataset, index=0, raw=True, decoding_plugin="pydicom"), photometric)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=frames)
    if coding in _JPEG:
        return _unpack_jpeg(frame, photometric, dataset)
    return _unpack_ls(frame, photometric, dataset) if coding in _JPEG_LS else _unpack_2000(frame, photometric, dataset)


def _check_size(size: tuple[int, int, int], dataset: Any) -> None:
    """Width, height and components that a codec will decode are those of the header, which was admitted."""
    if size != (dataset.Columns, dataset.Rows, dataset.SamplesPerPixel):
        raise undecodable("DICOM")


def _unpack_jpeg(frame: bytes, photometric: str, dataset: Any) -> Frame:
    """The colour coding comes from the JPEG itself (JFIF, Adobe), else from the DICOM header."""
    import imagecodecs

    structure = scan_jpeg(frame, "DICOM")
    _check_size((*structure.size, structure.frame[5]), dataset)
    lost = missing(frame[: structure.end], structure, "DICOM")
    if dataset.SamplesPerPixel == 1:
        return Frame(imagecodecs.jpeg8_decode(frame), photometric, lost)
    if structure.process in LOSSLESS:
        # samples as they are, also behind a JFIF marker: the lossless process has no colour transform of its own
        return Frame(imagecodecs.jpeg8_decode(frame, colorspace="RGB", outcolorspace="RGB"), photometric)
    as_rgb = photometric == "RGB" and not _subsampled(structure)
    space = None if structure.colour_marked else "RGB" if as_rgb else "YCBCR"
    return Frame(imagecodecs.jpeg8_decode(frame, colorspace=space, outcolorspace="RGB"), "RGB", lost)


def _subsampled(structure: JpegStructure) -> bool:
    """Components of different resolution are luma and colour, whatever the label says."""
    return len(set(structure.frame[7::3])) > 1


def _unpack_ls(frame: bytes, photometric: str, dataset: Any) -> Frame:
    """The size is the frame header's (ITU-T T.87, C.2.2), and no other segment may change it (C.2.4.1.4)."""
    import imagecodecs

    size = None
    for marker, start, _ in segments(frame, "DICOM"):
        if marker == _SOF55 and size is None:
            height, width, components = struct.unpack(">HHB", frame[start + 5 : start + 10])
            size = width, height, components
        elif marker == _SOF55 or (marker == _LSE and frame[start + 4] == 4):
            raise undecodable("DICOM")
        elif marker == 0xDA:
            break
    if size is None:
        raise undecodable("DICOM")
    _check_size(size, dataset)
    return Frame(imagecodecs.jpegls_decode(frame), photometric)


def _unpack_2000(frame: bytes, photometric: str, dataset: Any) -> Frame:
    """The size is that of SIZ, which is the first segment (ITU-T T.800, A.5.1)."""
    import imagecodecs

    stream = _code_stream(frame)
    if stream[:4] != b"\xff\x4f\xff\x51":
        raise undecodable("DICOM")
    right, lower, left, upper = struct.unpack(">IIII", stream[8:24])
    (components,) = struct.unpack(">H", stream[40:42])
    _check_size((right - left, lower - upper, components), dataset)
    # its own colour transforms are undone by the decoder
    return Frame(imagecodecs.jpeg2k_decode(stream), "RGB" if photometric in ("YBR_ICT", "YBR_RCT") else photometric)


def _code_stream(frame: bytes) -> bytes:
    """Without the JP2 file that some writers wrap around it (ITU-T T.800, I.4), against PS3.5 A.4.4."""
    if frame[4:8] != b"jP  ":
        return frame
    position = 0
    for _ in range(100):
        length, name = struct.unpack(">I4s", frame[position : position + 8])
        head = 16 if length == 1 else 8
        if length == 1:
            (length,) = struct.unpack(">Q", frame[position + 8 : position + 16])
        end = position + length if length else len(frame)
        if name == b"jp2c":
            return frame[position + head : end]
        if end < position + head:
            break
        position = end
    raise undecodable("DICOM")
