"""DICOM's pixels to uint8 RGB: the first frame, unpacked, windowed, coloured (PS3.3 C.7.6.3, C.11.1, C.11.2).

Compressed frames go to libjpeg-turbo, CharLS and OpenJPEG through imagecodecs, never to Pillow, which pydicom
would choose by itself. Whatever is done to grey is done to a table of all stored values, so it costs the same for
every size of picture.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from cf_esrt.photo.errors import PhotoError, Unsupported, undecodable
from cf_esrt.photo.formats.jpeg import scan_jpeg
from cf_esrt.photo.lazy_image import PARSER_ERRORS, Decoded, Header
from cf_esrt.photo.levels import STRIP, to_eight_bits, to_rgb

_ROOT = "1.2.840.10008.1.2."
_RLE = "5"
_JPEG = ("4.50", "4.51", "4.57", "4.70")  # baseline, extended, lossless (process 14, any and first predictor)
_JPEG_LS = ("4.80", "4.81")
_JPEG_2000 = ("4.90", "4.91")


def decode_dicom(dataset: Any, header: Header) -> Decoded:
    """Decode the first frame of a dataset whose ``header`` was admitted; raises PhotoError or MemoryError."""
    import imagecodecs
    from pydicom.errors import BytesLengthException

    errors = (*PARSER_ERRORS, struct.error, BytesLengthException, imagecodecs.DelayedImportError)
    try:
        stored, photometric = _unpack(dataset, header.frames)
        columns, rows = header.size
        wanted = (rows, columns) if dataset.SamplesPerPixel == 1 else (rows, columns, 3)
        if stored.shape != wanted or stored.dtype.itemsize > 2 or stored.dtype.kind not in "ui":
            raise undecodable("DICOM")
        return _colours(dataset, stored, photometric)
    except PhotoError:
        raise
    except errors as error:
        raise undecodable("DICOM") from error


def _unpack(dataset: Any, frames: int) -> tuple[np.ndarray, str]:
    """The first frame as stored, ``H×W`` or ``H×W×3``, and what its channels now mean."""
    from pydicom.encaps import get_frame
    from pydicom.pixels.utils import pixel_array

    photometric = str(dataset.PhotometricInterpretation)
    syntax = dataset.file_meta.TransferSyntaxUID
    coding = str(syntax).removeprefix(_ROOT)
    if not syntax.is_encapsulated:
        return pixel_array(dataset, index=0, raw=True), photometric
    if coding == _RLE:
        return pixel_array(dataset, index=0, raw=True, decoding_plugin="pydicom"), photometric
    if coding not in (*_JPEG, *_JPEG_LS, *_JPEG_2000):
        raise Unsupported(f"The DICOM file is compressed in an unsupported way ({syntax.name}).")
    frame = get_frame(dataset.PixelData, 0, number_of_frames=frames)
    if coding in _JPEG:
        return _unpack_jpeg(frame, photometric, dataset)
    size = _size_2000(frame) if coding in _JPEG_2000 else _size_ls(frame)
    if size != (dataset.Columns, dataset.Rows):
        raise undecodable("DICOM")
    import imagecodecs

    if coding in _JPEG_LS:
        return imagecodecs.jpegls_decode(frame), photometric
    # its own colour transforms are undone by the decoder
    return imagecodecs.jpeg2k_decode(frame), "RGB" if photometric in ("YBR_ICT", "YBR_RCT") else photometric


def _unpack_jpeg(frame: bytes, photometric: str, dataset: Any) -> tuple[np.ndarray, str]:
    """The colour coding comes from the JPEG itself (JFIF, Adobe), else by the DICOM header."""
    import imagecodecs

    structure = scan_jpeg(frame, "DICOM")
    height, width = struct.unpack(">HH", structure.frame[1:5])
    if (width, height, structure.frame[5]) != (dataset.Columns, dataset.Rows, dataset.SamplesPerPixel):
        raise undecodable("DICOM")
    if dataset.SamplesPerPixel == 1:
        return imagecodecs.jpeg8_decode(frame), photometric
    space = None if structure.colour_marked else "RGB" if photometric == "RGB" else "YCBCR"
    return imagecodecs.jpeg8_decode(frame, colorspace=space, outcolorspace="RGB"), "RGB"


def _size_2000(frame: bytes) -> tuple[int, int]:
    """Width and height from the SIZ segment (ITU-T T.800, A.5.1), before anything is decoded."""
    at = frame.find(b"\xff\x51", 0, 4096)
    right, lower, left, upper = struct.unpack(">IIII", frame[at + 6 : at + 22])
    return right - left, lower - upper


def _size_ls(frame: bytes) -> tuple[int, int]:
    """Width and height from the SOF55 segment (ITU-T T.87, C.2.2)."""
    at = frame.find(b"\xff\xf7", 0, 65536)
    height, width = struct.unpack(">HH", frame[at + 5 : at + 9])
    return width, height


def _colours(dataset: Any, stored: np.ndarray, photometric: str) -> Decoded:
    bits = int(dataset.BitsStored)
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    codes = stored.view(f"u{stored.dtype.itemsize}") & ((1 << bits) - 1)  # unused upper bits may hold anything
    if photometric in ("MONOCHROME1", "MONOCHROME2"):
        table, stretched = _grey_table(dataset, bits, codes)
        return Decoded(to_rgb(np.take(table, codes), 8).pixels, bits, stretched=stretched)
    if photometric == "PALETTE COLOR":
        return Decoded(np.ascontiguousarray(_palette(dataset, bits)[codes]), bits)
    pixels = np.ascontiguousarray(to_eight_bits(codes.astype(np.uint16) if bits > 8 else codes, bits))
    if photometric.startswith("YBR_FULL"):
        _ybr_to_rgb(pixels)
    elif photometric != "RGB":
        raise undecodable("DICOM")
    return Decoded(pixels, bits)


def _grey_table(dataset: Any, bits: int, stored: np.ndarray) -> tuple[np.ndarray, bool]:
    """uint8 for every code: modality rescale or table, window or table, MONOCHROME1 inverted.

    Without a window the full range of the codes is shown, where there are at most 8 bits. Of more bits often only a
    few are used, so the smallest and the largest value of the picture are then taken as the ends; True says so.
    """
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    codes = np.arange(1 << bits, dtype=np.int64)
    if int(dataset.get("PixelRepresentation", 0) or 0):
        sign = 1 << (bits - 1)
        codes = (codes ^ sign) - sign
    values = np.asarray(apply_modality_lut(codes, dataset), np.float64)
    stretched = False
    if dataset.get("VOILUTSequence"):
        entry = dataset.VOILUTSequence[0]
        shown = apply_voi(values.astype(np.int64), dataset) / ((1 << int(entry.LUTDescriptor[2])) - 1)
    elif dataset.get("WindowCenter") is not None and dataset.get("WindowWidth") is not None:
        shown = _window(values, _first(dataset.WindowCenter), _first(dataset.WindowWidth), dataset)
    else:
        stretched = bits > 8
        present = np.full(len(codes), not stretched)
        present[stored] = True
        used = values[present]
        shown = (values - used.min()) / (np.ptp(used) or 1)
    if not np.isfinite(shown).all():
        raise undecodable("DICOM")
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 1 - shown
    return np.floor(255 * shown.clip(0, 1) + 0.5).astype(np.uint8), stretched


def _first(value: Any) -> float:
    return float(value[0]) if isinstance(value, (list, tuple)) or hasattr(value, "append") else float(value)


def _window(values: np.ndarray, centre: float, width: float, dataset: Any) -> np.ndarray:
    """0 to 1 by PS3.3 C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid) or C.11.2.1.3.2 (linear exact)."""
    function = str(dataset.get("VOILUTFunction", "") or "LINEAR").upper()
    if width < 1 if function == "LINEAR" else width <= 0:
        raise undecodable("DICOM")
    if function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
        if width == 0:
            return (values > centre).astype(np.float64)
    return (values - centre) / width + 0.5


def _palette(dataset: Any, bits: int) -> np.ndarray:
    """uint8 ``2^bits×3``; an alpha table, which PS3.3 allows for blending only, is left out."""
    from pydicom.pixels.processing import apply_color_lut

    table = apply_color_lut(np.arange(1 << bits, dtype=np.uint16), dataset)
    return to_eight_bits(table[..., :3], 8 * table.dtype.itemsize)


def _ybr_to_rgb(pixels: np.ndarray) -> None:
    """In place, in strips: ITU-R BT.601 of full range, as PS3.3 C.7.6.3.1.2 has it."""
    for top in range(0, len(pixels), STRIP):
        strip = pixels[top : top + STRIP].astype(np.float32)
        luma, blue, red = strip[..., 0], strip[..., 1] - 128, strip[..., 2] - 128
        mixed = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
        for channel, plane in enumerate(mixed):
            pixels[top : top + STRIP, :, channel] = np.rint(plane).clip(0, 255)
