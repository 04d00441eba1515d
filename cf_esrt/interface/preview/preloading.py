"""Loading the page's models before the first Enhance: on an empty cache each is converted first, for seconds."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cf_esrt.enhance import Cancelled
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.preview.inference import ModelCache

log = logging.getLogger(__name__)

MEASURED = 128
"""Side in pixels of the picture by which a model is measured."""
PAUSE_SECONDS = 0.2
"""Seconds between two looks whether the queue is empty."""


class Preloader:
    """Loads models one after the other in a thread of its own, and none while somebody's enhancement runs or waits.

    Its thread keeps the usual priority: OpenVINO's and torch's workers would inherit a lower one for good. A click
    waits for the model that is being loaded only where it needs that one. Enhance reports what cannot be loaded.

    ``measured`` is told by each model what it takes here, by a small picture: seconds by name, and its pixels.
    ``also``: another cache, which loads each of its names as soon as the first one has.
    """

    def __init__(
        self,
        cache: ModelCache,
        names: Sequence[str],
        busy: Callable[[], bool],
        measured: Callable[[dict[str, float], int], None] | None = None,
        also: tuple[ModelCache, Sequence[str]] | None = None,
    ) -> None:
        self._cache = cache
        self._measured = measured
        self._also = also
        self._names = tuple(dict.fromkeys(names))
        self._busy = busy
        # Not a daemon: at the program's end a network is finished rather than left in the middle of a compiler's work.
        self._thread = threading.Thread(target=self._load, name="preload")
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Begin at the first call; later ones do nothing."""
        with self._lock:
            if self._thread.ident is None:
                self._thread.start()

    def join(self) -> None:
        """Wait for the end, once it has begun."""
        self._thread.join()

    def _load(self) -> None:
        for name in self._names:
            while self._busy() and _running():
                time.sleep(PAUSE_SECONDS)
            if not _running():
                return
            try:
                model = self._cache.get(name)
                if self._also is not None and name in self._also[1]:
                    self._also[0].get(name)
                if self._measured is not None:
                    self._measure(name, model, self._measured)
            except Cancelled:
                pass  # somebody presses Enhance, which measures it better
            except Exception as error:  # noqa: BLE001  # the others are loaded; Enhance says what is missing
                log_failure(log, "a network could not be loaded ahead", error)

    def _measure(self, name: str, model: Any, measured: Callable[[dict[str, float], int], None]) -> None:
        """The second run of two: the first one warms up."""
        pixels = np.random.default_rng(0).integers(0, 256, (MEASURED, MEASURED, 3), np.uint8)
        seconds = 0.0
        for _ in range(2):
            started = time.perf_counter()
            model.reconstruct(pixels, cancelled=lambda: self._busy() or not _running())
            seconds = time.perf_counter() - started
        if not self._busy():
            measured({name: seconds}, pixels.shape[0] * pixels.shape[1])


def _running() -> bool:
    """Whether the program has not come to its end."""
    return threading.main_thread().is_alive()
