"""The memory of all sessions' photographs and results together: beyond a cap, those that are idle the longest go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakSet

MAX_BYTES = 2_000_000_000
"""Of all sessions; one photograph of the largest size that is read takes 150 million."""


class MemoryFull(RuntimeError):
    """Sessions whose enhancements run or wait hold all of the memory."""


class Holder(Protocol):
    """A session, as far as its memory goes."""

    used: float
    """When something was last put into it or shown from it."""

    @property
    def busy(self) -> bool:
        """Whether a job of it runs or waits."""
        ...

    @property
    def held_bytes(self) -> int:
        """Bytes of its photograph and results."""
        ...

    def make_room(self) -> None:
        """Drop all of them."""


class PhotoMemory:
    """Sessions, and a cap on what they hold in all."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._holders: WeakSet[Holder] = WeakSet()
        self._lock = threading.Lock()

    def add(self, holder: Holder) -> None:
        """Count a session from now on, as long as it lives."""
        with self._lock:
            self._holders.add(holder)

    @contextmanager
    def room(self, holder: Holder, size: int) -> Iterator[None]:
        """Room for ``size`` bytes in place of what a session holds, which it takes within this context.

        Raises:
            MemoryFull: where there is none; nothing was dropped then.
        """
        with self._lock:
            others = [one for one in self._holders if one is not holder]
            excess = sum(one.held_bytes for one in others) + size - self._max_bytes
            idle = sorted((one for one in others if not one.busy and one.held_bytes), key=lambda one: one.used)
            if excess > sum(one.held_bytes for one in idle):
                raise MemoryFull
            for one in idle:
                if excess <= 0:
                    break
                excess -= one.held_bytes
                one.make_room()
            yield
