"""``read``: cheap checks here, everything else in the decoder process."""

from __future__ import annotations

import os
import stat

from cf_esrt.photo.errors import PhotoError
from cf_esrt.photo.metadata import Limits, Photo
from cf_esrt.photo.sandbox import read_in_worker
from cf_esrt.photo.sniff import HEAD, sniff

_DEFAULT_LIMITS = Limits()


def read(
    source: bytes | bytearray | os.PathLike | str, *, limits: Limits = _DEFAULT_LIMITS, keep_reference: bool = False
) -> Photo:
    """Read one photograph from bytes or a path: JPEG, PNG, WebP, TIFF, HEIC or DICOM.

    Byte cap, magic, structure and header (size) come first; only then are pixels decoded, turned upright
    and carried to sRGB, in a process that is ended after ``limits.seconds``. ``keep_reference`` keeps the two
    UIDs of a DICOM source that a derived object must name; nothing else of the file but its pixels survives.

    Raises PhotoError or one of its kinds, with one sentence that says what is wrong.
    """
    data = bytes(source) if isinstance(source, (bytes, bytearray)) else _load(source, limits.max_bytes + 1)
    limits.check_bytes(len(data))
    sniff(data)  # what is no photograph is refused without starting a decoder
    return read_in_worker(data, limits, keep_reference)


def identify(source: bytes | bytearray | os.PathLike | str) -> str:
    """The format that a file's first bytes say, whatever its name: "JPEG", "PNG", "WebP", "TIFF", "HEIC" or "DICOM".

    Opens nothing but those bytes, so that the files of a folder can be asked one after another; ``read`` may still
    refuse the file. Raises NotAnImage for what is no picture, Unsupported for a picture of a kind that is not read,
    PhotoError for a path that cannot be read; each with one sentence.
    """
    return sniff(bytes(source[:HEAD]) if isinstance(source, (bytes, bytearray)) else _load(source, HEAD))


def _load(path: os.PathLike | str, at_most: int) -> bytes:
    try:
        # A pipe or a device could block for ever or never end; a directory has its own clear error.
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise PhotoError("The photograph could not be read: not a regular file.")
        with open(path, "rb") as file:
            return file.read(at_most)
    except PhotoError:
        raise
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a usable path"
        raise PhotoError(f"The photograph could not be read: {reason[:1].lower()}{reason[1:]}.") from error
