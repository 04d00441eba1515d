"""Which sessions are there, so that what belongs to one that has left is stopped and forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from cf_esrt.interface.desk import Desk

GRACE = 300.0
"""Seconds that a desk is held after its browser was lost: a phone may come back from its lock screen."""


Later = Callable[[float, Callable[[], None]], None]
"""Calls a function after so many seconds."""


def later(seconds: float, function: Callable[[], None]) -> None:
    """By a timer that holds no process back."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class Sessions:
    """Desks and calls by Gradio's session hash."""

    def __init__(self, later: Later = later) -> None:
        self._later = later
        self._desks: WeakValueDictionary[str, Desk] = WeakValueDictionary()
        self._calls: dict[str, set[threading.Event]] = {}
        self._lock = threading.Lock()

    def arrived(self, session: str | None, desk: Desk) -> None:
        """A browser opened the page."""
        if session is not None:
            self._desks[session] = desk

    @contextmanager
    def cancel(self, session: str | None) -> Iterator[threading.Event]:
        """An event that is set when the session leaves while this context lasts."""
        event, key = threading.Event(), session or ""
        with self._lock:
            self._calls.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            with self._lock:
                self._calls[key].discard(event)
                if not self._calls[key]:
                    del self._calls[key]

    def left(self, session: str | None) -> None:
        """The connection to a browser or a client ended: its work stops now, its pixels go after a while."""
        if session is None:
            return
        with self._lock:
            for event in self._calls.get(session, ()):
                event.set()
        desk = self._desks.get(session)
        if desk is None:
            return
        desk.stop()
        since = time.monotonic()

        def forget() -> None:
            if desk.used < since:  # else its browser came back
                desk.close()

        self._later(GRACE, forget)
