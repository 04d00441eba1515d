"""Open sessions by Gradio's session hash: a closed session's jobs are stopped and its memory is released."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakValueDictionary

GRACE_SECONDS = 300.0
"""Seconds that a state is kept after its browser disconnects: a phone may come back from its lock screen."""


class State(Protocol):
    """What a page holds for one browser session."""

    used: float
    """``time.monotonic()`` of the last change."""

    def stop(self) -> None:
        """Cancel running and queued work."""

    def close(self) -> None:
        """Stop, and release all memory."""


Schedule = Callable[[float, Callable[[], None]], None]
"""Calls a function after a number of seconds."""


def schedule(seconds: float, function: Callable[[], None]) -> None:
    """On a daemon timer, which does not delay the exit of the process."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class Sessions:
    """States and API calls by session hash."""

    def __init__(self, schedule: Schedule = schedule) -> None:
        self._schedule = schedule
        self._states: WeakValueDictionary[str, State] = WeakValueDictionary()
        self._calls: dict[str, set[threading.Event]] = {}
        self._lock = threading.Lock()

    def opened(self, session: str | None, state: State) -> None:
        """A browser opened the page."""
        if session is not None:
            self._states[session] = state

    @contextmanager
    def cancel(self, session: str | None) -> Iterator[threading.Event]:
        """An event that is set when the session closes while this context lasts."""
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

    def closed(self, session: str | None) -> None:
        """A browser or API client disconnected: its work stops now, its state is released after `GRACE_SECONDS`."""
        if session is None:
            return
        with self._lock:
            for event in self._calls.get(session, ()):
                event.set()
        state = self._states.get(session)
        if state is None:
            return
        state.stop()
        since = time.monotonic()

        def release() -> None:
            if state.used < since:  # otherwise the browser came back
                state.close()

        self._schedule(GRACE_SECONDS, release)
