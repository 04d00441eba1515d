"""The live view's statistics, worked out on a thread of their own: a poll of a large study does not wait for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)
PATIENCE = 0.4
"""Seconds that a poll waits, so that small studies are told their newest figures at once."""


class LiveSummary:
    """What ``work`` last gave; it is run again where ``version`` has changed since."""

    def __init__(self, work: Callable[[], list[Any]], version: Callable[[], object], patience: float) -> None:
        self._work, self._version, self._patience = work, version, patience
        self._lock = threading.Lock()
        self._known: object = None
        self._found: list[Any] = []
        self._thread: threading.Thread | None = None

    def read(self) -> list[Any]:
        """The newest figures that there are; older ones, or none yet, where newer ones take longer than `patience`."""
        wanted = self._version()
        with self._lock:
            if wanted != self._known and self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(wanted,), daemon=True, name="live summary")
                self._thread.start()
            running = self._thread
        if running is not None:
            running.join(self._patience)
        with self._lock:
            return self._found

    def _run(self, version: object) -> None:
        try:
            found = self._work()
        except Exception:
            log.exception("The live view's figures could not be worked out.")
            found = None
        with self._lock:
            if found is not None:
                self._known, self._found = version, found
            self._thread = None
