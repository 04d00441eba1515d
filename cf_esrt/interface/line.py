"""The line in front of the device: enhancements run one at a time, in the order in which they came."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

MOST = 64
"""Enhancements of all sessions that may stand in line; each holds its crop."""
GLANCE = 0.1
"""Seconds between two looks at one's place."""


class LineFull(RuntimeError):
    """Too many wait already."""


class Place:
    """One enhancement's place; ``leave`` has to be called, however it ended."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @property
    def ahead(self) -> int:
        """How many come first; 0: it is this one's turn."""
        return self._line.ahead(self)

    async def turn(self, given_up: Callable[[], bool]) -> AsyncIterator[int]:
        """Wait, without a thread, until the turn has come or it was given up; yields each new number of those ahead."""
        told = None
        while (ahead := self.ahead) and not given_up():
            if ahead != told:
                told = ahead
                yield ahead
            await asyncio.sleep(GLANCE)

    def leave(self) -> None:
        """Let the next one come; a second call does nothing."""
        self._line.drop(self)


class Line:
    """First come, first served."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._places: list[Place] = []
        self._lock = threading.Lock()

    def join(self) -> Place:
        """Stand at the end. Raises LineFull."""
        with self._lock:
            if len(self._places) >= self._most:
                raise LineFull
            place = Place(self)
            self._places.append(place)
            return place

    def ahead(self, place: Place) -> int:
        """How many stand before that place."""
        with self._lock:
            return self._places.index(place)

    def drop(self, place: Place) -> None:
        """Take a place out of the line."""
        with self._lock:
            if place in self._places:
                self._places.remove(place)

    @property
    def length(self) -> int:
        """How many stand in line, the one whose turn it is with them."""
        return len(self._places)
