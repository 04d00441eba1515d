"""Who is there, by Gradio's session hash: work for clients that left is stopped, and later their memory is released.

A browser keeps a heartbeat open, and it and every program listen for what their calls return. A client without any open
connection has left; it may come back, since a phone's lock screen and a train's tunnel end connections too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakValueDictionary

LISTEN_SECONDS = 30.0
"""Seconds after which a call that nobody listens for is stopped: a program first calls, and then listens."""
ALONE_SECONDS = 10.0
"""Seconds after which work for a client that has ended its last connection is stopped."""
AWAY_SECONDS = 3600.0
"""Seconds without a connection after which a state is released."""


class State(Protocol):
    """What a page holds for one browser session."""

    used: float
    """``time.monotonic()`` of the last change."""

    def stop(self) -> None:
        """Cancel running and queued work."""

    def close(self) -> None:
        """Stop, and release all memory."""


class Sessions:
    """States, API calls and open connections by session hash."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._states: WeakValueDictionary[str, State] = WeakValueDictionary()
        self._calls: dict[str, set[threading.Event]] = {}
        self.connections: Counter[str] = Counter()
        self._left: dict[str, float] = {}
        self._lock = threading.Lock()

    def opened(self, session: str | None, state: State) -> None:
        """A browser opened the page."""
        if session is not None:
            with self._lock:
                self._states[session] = state

    @contextmanager
    def connected(self, session: str) -> Iterator[None]:
        """While a connection of a session is open."""
        with self._lock:
            self.connections[session] += 1
            self._left.pop(session, None)
        try:
            yield
        finally:
            with self._lock:
                self.connections[session] -= 1
                if not self.connections[session]:
                    del self.connections[session]
                    self._left[session] = self._clock()

    @contextmanager
    def cancel(self, session: str | None) -> Iterator[threading.Event]:
        """An event that is set when the session has left while this context lasts."""
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
        """A browser or API client disconnected: without another connection its work stops now."""
        if session is None:
            return
        with self._lock:
            if session in self.connections:
                return
            self._left.setdefault(session, self._clock())
            self._stop(session)

    def sweep(self) -> None:
        """Stop the work of those who left, and release what they do not come back for; to be called every few
        seconds."""
        now = self._clock()
        with self._lock:
            known = self._calls.keys() | set(self._states.keys())
            self._left = {session: left for session, left in self._left.items() if session in known}
            for session in known:
                if session in self.connections:
                    continue
                away = now - self._left.setdefault(session, now + LISTEN_SECONDS - ALONE_SECONDS)
                if away >= ALONE_SECONDS:
                    self._stop(session)
                if away >= AWAY_SECONDS and (state := self._states.pop(session, None)) is not None:
                    state.close()

    def _stop(self, session: str) -> None:
        for event in self._calls.get(session, ()):
            event.set()
        state = self._states.get(session)
        if state is not None:
            state.stop()
