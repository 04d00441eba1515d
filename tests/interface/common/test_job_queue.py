"""The job queue: one at a time, first in, first out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from cf_esrt.interface.common.job_queue import JobQueue, QueueFull


def test_first_come_first_served() -> None:
    queue = JobQueue(capacity=2)
    first, second = queue.join(), queue.join()
    with pytest.raises(QueueFull):
        queue.join()
    assert (first.ahead, second.ahead) == (0, 1)
    first.release()
    first.release()
    assert second.ahead == 0
    assert queue.join().ahead == 1


def test_waiting_reports_each_new_position_and_ends_when_cancelled() -> None:
    queue = JobQueue()
    before, cancelled = [queue.join(), queue.join(), queue.join()], threading.Event()

    async def wait(then: Callable[[], None]) -> list[int]:
        reported, ticket = [], queue.join()
        async for ahead in ticket.wait(cancelled.is_set):
            reported.append(ahead)
            then()
        ticket.release()
        return reported

    assert asyncio.run(wait(lambda: before.pop().release())) == [3, 2, 1]
    queue.join()
    assert asyncio.run(wait(cancelled.set)) == [1]  # cancelled before its turn
