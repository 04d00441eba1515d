"""The decoder's process: takes photographs on standard input, gives pixels on standard output, writes no file.

``python -m cf_esrt.photo.worker`` is started by ``sandbox`` and by nobody else. It ends when its input ends.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO

from cf_esrt.photo.errors import PhotoError
from cf_esrt.photo.messages import READY, receive, send
from cf_esrt.photo.metadata import Limits, Photo

# Interpreter, libraries and their tables; what a picture may add to it, in bytes a pixel: 16-bit RGBA as decoded twice
# (OpenCV keeps two), or as 32-bit planes (OpenJPEG), and the result. Measured at 49 megapixels: 0.3 GB and at most 16.
_BASE_BYTES = 600_000_000
_BYTES_PER_PIXEL = 28
_GRACE = 5.0
# What systems answer to a limit that they do not know or grant: macOS has no RLIMIT_AS and says so with a ValueError.
# The photograph is then read without it; the parent's time limit remains.
_REFUSED_LIMIT = (AttributeError, OSError, ValueError)


def main() -> None:
    """Serve photographs until the input ends."""
    # Libraries in C may print to file descriptor 1; responses get one of their own.
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    logging.disable()  # parsers log values that they stumble over: names of patients among them
    warnings.simplefilter("ignore")
    import cv2

    from cf_esrt.photo.pipeline import read_in_process
    from cf_esrt.photo.restrictions import restrict

    cv2.setNumThreads(1)
    _forbid_files()
    output.write(READY)
    send(output, {"confinement": restrict()})
    source = sys.stdin.buffer
    while (request := receive(source)) is not None:
        limits = Limits(**request["limits"])
        data = source.read(request["bytes"])
        _limit_resources(limits)
        try:
            _respond(output, read_in_process(data, limits, request["keep_reference"]))
        except PhotoError as error:
            send(output, {"error": type(error).__name__, "sentence": str(error)})
        except Exception as error:  # noqa: BLE001 - type and place go to the parent, which logs them
            send(output, {"unexpected": _place(error)})
        _cancel_alarm()


def _respond(output: BinaryIO, photo: Photo) -> None:
    send(output, {"metadata": asdict(photo.metadata), "shape": photo.pixels.shape})
    left = photo.pixels.data.cast("B")
    while left:
        left = left[output.write(left) :]


def _place(error: BaseException) -> str:
    """Type, file and line of an error that should not have come; never its message, which may quote the file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {os.path.basename(last.filename)}:{last.lineno}"


def _forbid_files() -> None:
    """No file grows and no memory image is dumped, whatever a decoder does."""
    resource = _resource()
    if resource is not None:
        for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
            with suppress(*_REFUSED_LIMIT):
                resource.setrlimit(limit, (0, 0))


def memory(limits: Limits) -> int:
    """Bytes of address space that one photograph within the limits may need."""
    return _BASE_BYTES + _BYTES_PER_PIXEL * limits.max_pixels + 4 * limits.max_bytes


def _limit_resources(limits: Limits) -> None:
    """Memory for a picture of the admitted size, and an alarm for the case that the parent is gone."""
    resource = _resource()
    if resource is not None:
        wanted = memory(limits)
        with suppress(*_REFUSED_LIMIT):
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + _GRACE)  # SIGALRM is not handled: it ends the process


def _cancel_alarm() -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _resource() -> Any:
    try:
        import resource
    except ImportError:  # Windows: the parent's time limit is what remains
        return None
    return resource


if __name__ == "__main__":
    main()
