"""One decoder process: started with little, fed through pipes, killed by the clock."""

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
from cf_esrt.photo.facts import DicomReference, Limits, Photo, PhotoFacts
from cf_esrt.photo.wire import READY, fill, receive, send

PHOTOGRAPHS_EACH = 100
_START_SECONDS = 120.0
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "LANG", "LC_ALL")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

log = logging.getLogger(__name__)


class _Ended(Exception):
    """The worker died or said what makes no sense."""


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
        self.left = PHOTOGRAPHS_EACH
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input: Any = self.process.stdin
        self._output: Any = self.process.stdout
        with self._clock(_START_SECONDS):
            hello = bytearray(len(READY))
            if not fill(self._output, memoryview(hello)) or hello != READY:
                self.kill()
                raise PhotoError("The decoder for photographs could not be started on this machine.")

    def read(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        """One photograph; raises PhotoError. The worker is dead afterwards where it had to be ended."""
        clean = False
        clock = self._clock(limits.seconds)
        try:
            with clock:
                photo = self._exchange(data, limits, keep_reference)
            clean = True
        except PhotoError:
            clean = True
            raise
        except (_Ended, OSError, ValueError, TypeError, KeyError) as error:
            if clock.rang:
                sentence = f"Decoding took longer than {limits.seconds:g} seconds; please save the photograph as JPEG."
                raise TooSlow(sentence) from error
            self.kill()
            log.error("the decoder of photographs ended with status %s", self.process.returncode)
            raise NotAnImage("The photograph could not be decoded; the file may be damaged.") from error
        finally:
            if not clean or clock.rang:
                self.kill()
        return photo

    def _exchange(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        send(self._input, {"bytes": len(data), "limits": asdict(limits), "keep_reference": keep_reference})
        left = memoryview(data)
        while left:
            left = left[self._input.write(left) :]
        answer = receive(self._output)
        if answer is None:
            raise _Ended
        if "unexpected" in answer:
            log.error("a photograph could not be decoded: %s", str(answer["unexpected"])[:200])
            raise NotAnImage("The photograph could not be decoded; the file may be damaged.")
        if "error" in answer:
            raise KINDS[answer["error"]](str(answer["sentence"]))
        height, width, channels = answer["shape"]
        if channels != 3 or not 0 < height * width <= limits.max_pixels:
            raise _Ended
        pixels = np.empty((height, width, 3), np.uint8)
        if not fill(self._output, pixels.data.cast("B")):
            raise _Ended
        return Photo(pixels, _facts(answer["facts"]))

    def alive(self) -> bool:
        """Can it take another photograph?"""
        return self.left > 0 and self.process.poll() is None

    def kill(self) -> None:
        """End it now and leave no trace of it: no process, no zombie, no pipe."""
        with suppress(OSError):
            self.process.kill()
        self.process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()

    def _clock(self, seconds: float) -> _Clock:
        return _Clock(self.process, seconds)


class _Clock:
    """Kills the process when the time is over; its pipes then end, which wakes whoever waits for them."""

    def __init__(self, process: subprocess.Popen, seconds: float) -> None:
        self.rang = False
        self._process = process
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def _ring(self) -> None:
        self.rang = True
        with suppress(OSError):
            self._process.kill()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # after this it has rung or never will


def start() -> Worker:
    """A worker that is ready; raises PhotoError where this machine does not let one start."""
    try:
        return Worker()
    except OSError as error:
        raise PhotoError("The decoder for photographs could not be started on this machine.") from error


def _facts(told: dict[str, Any]) -> PhotoFacts:
    reference = told["reference"]
    return PhotoFacts(
        **{
            **told,
            "original_size": tuple(told["original_size"]),
            "dropped": tuple(told["dropped"]),
            "reference": DicomReference(**reference) if reference else None,
        }
    )
