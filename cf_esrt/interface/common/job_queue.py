"""The queue in front of the device: jobs run one at a time, first in, first out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

CAPACITY = 64
"""Most jobs queued over all sessions; each holds its crop."""
POLL_SECONDS = 0.1
"""Seconds between two checks of a ticket's position."""


class QueueFull(RuntimeError):
    """Too many jobs are queued already."""


class Ticket:
    """One job's position in the queue; ``release`` must be called however the job ends."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    @property
    def ahead(self) -> int:
        """Number of jobs that run first; 0: it is this one's turn."""
        return self._queue.ahead(self)

    async def wait(self, cancelled: Callable[[], bool]) -> AsyncIterator[int]:
        """Wait, without a thread, until this job may run or is cancelled; yields each new number of jobs ahead."""
        reported = None
        while (ahead := self.ahead) and not cancelled():
            if ahead != reported:
                reported = ahead
                yield ahead
            await asyncio.sleep(POLL_SECONDS)

    def release(self) -> None:
        """Let the next job run; a second call does nothing."""
        self._queue.remove(self)


class JobQueue:
    """First in, first out."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._tickets: list[Ticket] = []
        self._lock = threading.Lock()

    def join(self) -> Ticket:
        """Add a job at the end. Raises QueueFull."""
        with self._lock:
            if len(self._tickets) >= self._capacity:
                raise QueueFull
            ticket = Ticket(self)
            self._tickets.append(ticket)
            return ticket

    def ahead(self, ticket: Ticket) -> int:
        """Number of jobs before this ticket."""
        with self._lock:
            return self._tickets.index(ticket)

    def remove(self, ticket: Ticket) -> None:
        """Remove a ticket from the queue; unknown tickets are ignored."""
        with self._lock:
            if ticket in self._tickets:
                self._tickets.remove(ticket)

    def __len__(self) -> int:
        """Number of jobs, the running one included."""
        return len(self._tickets)
