"""One decoder process: minimal environment, fed through pipes, killed on timeout."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cf_esrt.photo.errors import KINDS, NotAnImage, PhotoError, TooSlow
from cf_esrt.photo.messages import READY, fill, receive, send
from cf_esrt.photo.metadata import DicomReference, Limits, Photo, PhotoMetadata

PHOTOGRAPHS_PER_WORKER = 100
_START_SECONDS = 120.0
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "LANG", "LC_ALL")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

log = logging.getLogger(__name__)


class _Ended(Exception):
    """The worker died or sent an invalid message."""


class Worker:
    """One decoder process."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-m", "cf_esrt.photo.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what decoders say of a file may quote it
            env={**kept, **_ONE_THREAD, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": path},
            bufsize=0,
            pipesize=1 << 20,
        )
        self.left = PHOTOGRAPHS_PER_WORKER
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input: Any = self.process.stdin
        self._output: Any = self.process.stdout
        with self._timeout(_START_SECONDS):
            greeting = bytearray(len(READY))
            said = receive(self._output) if fill(self._output, memoryview(greeting)) and greeting == READY else None
        if said is None:
            self.kill()
            raise PhotoError("The decoder for photographs could not be started on this machine.")
        self.confinement = tuple(str(name) for name in said["confinement"])
        """What its kernel holds it to, by the names of ``restrictions``."""

    def read(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        """One photograph; raises PhotoError. The worker is dead afterwards where it had to be ended."""
        clean = False
        timeout = self._timeout(limits.seconds)
        try:
            with timeout:
                photo = self._exchange(data, limits, keep_reference)
            clean = True
        except PhotoError:
            clean = True
            raise
        except (_Ended, OSError, ValueError, TypeError, KeyError) as error:
            if timeout.expired:
                sentence = f"Decoding took longer than {limits.seconds:g} seconds; please save the photograph as JPEG."
                raise TooSlow(sentence) from error
            self.kill()
            log.error("the decoder of photographs ended with status %s", self.process.returncode)
            raise NotAnImage("The photograph could not be decoded; the file may be damaged.") from error
        finally:
            if not clean or timeout.expired:
                self.kill()
        return photo

    def _exchange(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        send(self._input, {"bytes": len(data), "limits": asdict(limits), "keep_reference": keep_reference})
        left = memoryview(data)
        while left:
            left = left[self._input.write(left) :]
        response = receive(self._output)
        if response is None:
            raise _Ended
        if "unexpected" in response:
            log.error("a photograph could not be decoded: %s", str(response["unexpected"])[:200])
            raise NotAnImage("The photograph could not be decoded; the file may be damaged.")
        if "error" in response:
            raise KINDS[response["error"]](str(response["sentence"]))
        height, width, channels = response["shape"]
        if channels != 3 or not 0 < height * width <= limits.max_pixels:
            raise _Ended
        pixels = np.empty((height, width, 3), np.uint8)
        if not fill(self._output, pixels.data.cast("B")):
            raise _Ended
        return Photo(pixels, _metadata(response["metadata"]))

    def alive(self) -> bool:
        """Whether it can decode another photograph."""
        return self.left > 0 and self.process.poll() is None

    def kill(self) -> None:
        """Kill it now and clean up: no zombie, no open pipe."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()

    def _timeout(self, seconds: float) -> _Timeout:
        return _Timeout(self.process, seconds)


class _Timeout:
    """Kills the process when the time is over; its pipes then close, which wakes their readers."""

    def __init__(self, process: subprocess.Popen, seconds: float) -> None:
        self.expired = False
        self._process = process
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def _expire(self) -> None:
        self.expired = True
        with suppress(OSError):
            self._process.kill()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # after this it has expired or never will


def start() -> Worker:
    """A worker that is ready; raises PhotoError where this machine does not let one start."""
    try:
        return Worker()
    except OSError as error:
        raise PhotoError("The decoder for photographs could not be started on this machine.") from error


def _metadata(fields: dict[str, Any]) -> PhotoMetadata:
    reference = fields["reference"]
    return PhotoMetadata(
        **{
            **fields,
            "original_size": tuple(fields["original_size"]),
            "dropped": tuple(fields["dropped"]),
            "reference": DicomReference(**reference) if reference else None,
        }
    )
