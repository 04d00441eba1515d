"""``read``: the order in which a photograph is believed."""

from __future__ import annotations

import os
import stat

import numpy as np

from cf_esrt.photo.colour import to_srgb
from cf_esrt.photo.container import sniff, walk
from cf_esrt.photo.decode import decode
from cf_esrt.photo.errors import PhotoError, TooLarge, TooSmall
from cf_esrt.photo.facts import Limits, Photo, PhotoFacts
from cf_esrt.photo.header import read_header

_DEFAULT_LIMITS = Limits()


def read(source: bytes | bytearray | os.PathLike | str, *, limits: Limits = _DEFAULT_LIMITS) -> Photo:
    """Read one photograph from bytes or a path: JPEG, PNG or WebP.

    Byte cap, magic, structure and header (size) come first; only then are pixels decoded, turned upright
    and carried to sRGB. Raises PhotoError or one of its kinds, with one sentence that says what is wrong.
    """
    data = bytes(source) if isinstance(source, (bytes, bytearray)) else _load(source, limits)
    if len(data) > limits.max_bytes:
        raise _too_many_bytes(limits)
    kind = sniff(data)
    structure = walk(data, kind)
    if structure.size is not None:
        _check_size(structure.size, limits)
    header = read_header(data, kind, structure)
    _check_size(header.size, limits)
    try:
        decoded = decode(data, kind, header.size)
        pixels, icc_name, icc_applied = decoded.pixels, None, False
        if header.icc is not None:
            pixels, icc_name, icc_applied = to_srgb(pixels, header.icc, header.colour)
        pixels = np.array(upright(pixels, header.orientation), dtype=np.uint8, order="C")
    except MemoryError as error:
        raise TooLarge("The photograph does not fit into memory; please use a smaller one.") from error
    facts = PhotoFacts(
        format=kind,
        original_size=header.size,
        colour=header.colour,
        bit_depth=decoded.bit_depth,
        orientation=header.orientation,
        icc_profile=icc_name,
        icc_applied=icc_applied,
        alpha_flattened=decoded.alpha_flattened,
        dropped=header.dropped,
    )
    return Photo(pixels=pixels, facts=facts)


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation, 1 to 8 (CIPA DC-008, tag 274). ``H×W×C`` in, a view out."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _load(path: os.PathLike | str, limits: Limits) -> bytes:
    try:
        # A pipe or a device could block for ever or never end; a directory has its own clear error.
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise PhotoError("The photograph could not be read: not a regular file.")
        with open(path, "rb") as file:
            return file.read(limits.max_bytes + 1)
    except PhotoError:
        raise
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a usable path"
        raise PhotoError(f"The photograph could not be read: {reason[:1].lower()}{reason[1:]}.") from error


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if min(size) < limits.min_side:
        raise TooSmall(
            f"The photograph is {width} × {height} pixels; each side needs at least {limits.min_side} pixels."
        )
    if width * height > limits.max_pixels:
        raise TooLarge(
            f"The photograph has {width * height / 1e6:.1f} megapixels; "
            f"at most {limits.max_pixels / 1e6:g} megapixels are read."
        )


def _too_many_bytes(limits: Limits) -> TooLarge:
    return TooLarge(f"The file is larger than the {limits.max_bytes / 1e6:g} MB that are read.")
