"""Validation and decoding in order, from bytes to pixels. It runs in the decoder process."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from cf_esrt.photo.budget import HEADER_SECONDS, Spent, within
from cf_esrt.photo.coding import check_coding, chromaticities_to_srgb, coding_to_srgb
from cf_esrt.photo.colour import ink_to_rgb, to_srgb
from cf_esrt.photo.errors import TooLarge, TooSlow, Unsupported
from cf_esrt.photo.formats import OPENERS, load
from cf_esrt.photo.formats.dicom import open_dicom
from cf_esrt.photo.lazy_image import Header, Opener
from cf_esrt.photo.metadata import Limits, Photo, PhotoMetadata
from cf_esrt.photo.sniff import sniff


def read_in_process(data: bytes, limits: Limits, keep_reference: bool = False) -> Photo:
    """Read one photograph in this process, with no limit in time or memory; use ``read``.

    Byte cap, magic, structure and header (size) come first; only then are pixels decoded, carried to sRGB and
    turned upright. Raises PhotoError or one of its kinds, with one sentence that says what is wrong.
    """
    limits.check_bytes(len(data))
    kind = sniff(data)
    opener: Opener = partial(open_dicom, keep_reference=keep_reference) if kind == "DICOM" else OPENERS[kind]
    try:
        load(kind)
        opened = within(HEADER_SECONDS, partial(opener, data))
        header = opened.header
        limits.check_size(header.size)
        shown = square(header.size, header.pixel_aspect)
        limits.check_size(shown)
        check_coding(header.coding)
        decoded = opened.decode()
        pixels, profile, applied = _convert_to_srgb(decoded.pixels, header)
        if shown != header.size:
            pixels = cv2.resize(pixels, shown, interpolation=cv2.INTER_LINEAR)
        pixels = np.ascontiguousarray(upright(pixels, header.orientation))
        pixels = pixels if pixels.flags.owndata else pixels.copy()
    except Spent as error:
        raise TooSlow(
            f"The header of the {kind} file takes too long to read; please save the photograph as JPEG."
        ) from error
    except ImportError as error:  # the libraries of the rarer formats are imported where they are needed
        package = (error.name or "of its decoder").partition(".")[0].replace("_", "-")
        raise Unsupported(f"{kind} files need the package {package}, which is not installed here.") from error
    except MemoryError as error:
        raise TooLarge("The photograph does not fit into memory; please use a smaller one.") from error
    metadata = PhotoMetadata(
        format=kind,
        original_size=header.size,
        colour=header.colour,
        bit_depth=decoded.bit_depth,
        orientation=header.orientation,
        icc_profile=profile,
        icc_applied=applied,
        alpha_flattened=decoded.alpha_flattened,
        dropped=header.dropped,
        frames=header.frames,
        burned_in=header.burned_in,
        stretched=decoded.stretched,
        lossy=header.lossy,
        reference=header.reference,
        jpeg_quality=header.jpeg_quality,
        missing=decoded.missing,
        adobe_rgb=header.adobe_rgb and profile is None,
        pixel_aspect=header.pixel_aspect if shown != header.size else 1.0,
    )
    return Photo(pixels=pixels, metadata=metadata)


def _convert_to_srgb(pixels: np.ndarray, header: Header) -> tuple[np.ndarray, str | None, bool]:
    """By the profile where there is one (it outranks the numbers), else by the numbers, else as it is."""
    name, applied = None, False
    if header.icc is not None:
        pixels, name, applied = to_srgb(pixels, header.icc, header.colour)
    if pixels.shape[2] == 4:
        pixels = ink_to_rgb(pixels)
    if header.icc is None and header.coding is not None:
        pixels, name, applied = coding_to_srgb(pixels, header.coding)
    if header.icc is None and header.chromaticities is not None:
        return chromaticities_to_srgb(pixels, header.chromaticities), "chromaticities (PNG)", True
    return pixels, name, applied


def square(size: tuple[int, int], pixel_aspect: float) -> tuple[int, int]:
    """Width and height once pixels are square: the longer side of a pixel is stretched, so that no row is lost."""
    width, height = size
    if pixel_aspect > 1:
        return width, round(height * pixel_aspect)
    return round(width / pixel_aspect), height


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation, 1 to 8 (CIPA DC-008, tag 274). ``H×W×C`` in, a view out."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
