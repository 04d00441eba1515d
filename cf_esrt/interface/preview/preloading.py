"""Loading the page's models before the first Enhance: on an empty cache each is converted first, for seconds."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.preview.inference import ModelCache

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""Seconds between two looks whether the queue is empty."""


class Preloader:
    """Loads models one after the other in a thread of its own, and none while somebody's enhancement runs or waits.

    Its thread keeps the usual priority: OpenVINO's and torch's workers would inherit a lower one for good. A click
    waits for the model that is being loaded only where it needs that one. Enhance reports what cannot be loaded.
    """

    def __init__(self, cache: ModelCache, names: Sequence[str], busy: Callable[[], bool]) -> None:
        self._cache = cache
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
                self._cache.get(name)
            except Exception as error:  # noqa: BLE001  # the others are loaded; Enhance says what is missing
                log_failure(log, "a network could not be loaded ahead", error)


def _running() -> bool:
    """Whether the program has not come to its end."""
    return threading.main_thread().is_alive()
