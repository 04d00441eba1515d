"""DICOM's pixels to uint8 RGB: the first frame, unpacked, windowed, coloured."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from cf_esrt.photo.errors import PhotoError, undecodable
from cf_esrt.photo.formats.dicom_frames import Frame, unpack
from cf_esrt.photo.formats.dicom_tables import grey_table, palette
from cf_esrt.photo.lazy_image import PARSER_ERRORS, Decoded, Header
from cf_esrt.photo.levels import strips, to_eight_bits, to_rgb


def decode_dicom(dataset: Any, header: Header) -> Decoded:
    """Decode the first frame of a dataset whose ``header`` was admitted; raises PhotoError or MemoryError."""
    import imagecodecs
    from pydicom.errors import BytesLengthException

    errors = (*PARSER_ERRORS, struct.error, BytesLengthException, imagecodecs.DelayedImportError)
    try:
        frame = unpack(dataset, header.frames)
        columns, rows = header.size
        wanted = (rows, columns) if dataset.SamplesPerPixel == 1 else (rows, columns, 3)
        if frame.stored.shape != wanted or frame.stored.dtype.itemsize > 2 or frame.stored.dtype.kind not in "ui":
            raise undecodable("DICOM")
        return _colours(dataset, frame)
    except PhotoError:
        raise
    except errors as error:
        raise undecodable("DICOM") from error


def _colours(dataset: Any, frame: Frame) -> Decoded:
    bits = int(dataset.BitsStored)
    stored = frame.stored.astype(frame.stored.dtype.newbyteorder("="), copy=False)
    codes = stored.view(f"u{stored.dtype.itemsize}") & ((1 << bits) - 1)  # unused upper bits may hold anything
    if frame.photometric in ("MONOCHROME1", "MONOCHROME2"):
        table, stretched = grey_table(dataset, bits, codes)
        return Decoded(to_rgb(codes, bits, table=table).pixels, bits, stretched=stretched, missing=frame.missing)
    if frame.photometric == "PALETTE COLOR":
        return Decoded(np.ascontiguousarray(palette(dataset, bits)[codes]), bits, missing=frame.missing)
    pixels = np.ascontiguousarray(to_eight_bits(codes.astype(np.uint16) if bits > 8 else codes, bits))
    if frame.photometric.startswith("YBR_FULL"):
        _ybr_to_rgb(pixels)
    elif frame.photometric != "RGB":
        raise undecodable("DICOM")
    return Decoded(pixels, bits, missing=frame.missing)


def _ybr_to_rgb(pixels: np.ndarray) -> None:
    """In place, in strips: ITU-R BT.601 of full range, as PS3.3 C.7.6.3.1.2 has it."""
    for rows in strips(pixels):
        strip = pixels[rows].astype(np.float32)
        luma, blue, red = strip[..., 0], strip[..., 1] - 128, strip[..., 2] - 128
        mixed = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
        for channel, plane in enumerate(mixed):
            pixels[rows, :, channel] = np.rint(plane).clip(0, 255)
