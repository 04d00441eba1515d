"""A few threads for callers that each want only what they asked for last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cf_esrt.interface.common.worker_pool import PoolFull

T = TypeVar("T")


class Turns:
    """Calls run in ``threads`` threads, at most one of a caller waits: a newer one takes the older one's place in the
    row, which is passed over. So many hands that move get turns alike, and none gets what it no longer wants."""

    def __init__(self, name: str, threads: int, capacity: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = threads
        self._capacity = capacity
        self._waiting: dict[Hashable, asyncio.Future[bool]] = {}

    @property
    def waiting(self) -> int:
        """Callers that wait for their turn."""
        return len(self._waiting)

    async def run(self, caller: Hashable, function: Callable[[], T]) -> T | None:
        """What the function returns; None, without a call, where the caller asked anew before its turn came. Call this
        from one event loop only. Raises PoolFull where ``capacity`` other callers wait."""
        before = self._waiting.get(caller)
        if before is None and len(self._waiting) >= self._capacity:
            raise PoolFull
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting[caller] = turn  # where one was before, in its place
        if before is not None:
            before.set_result(False)
        self._begin()
        try:
            if not await turn:
                return None
            return await loop.run_in_executor(self._executor, function)
        finally:
            self._end(caller, turn)

    def _begin(self) -> None:
        while self._free and self._waiting:
            turn = self._waiting.pop(next(iter(self._waiting)))
            self._free -= 1
            turn.set_result(True)

    def _end(self, caller: Hashable, turn: asyncio.Future[bool]) -> None:
        if turn.cancelled() and self._waiting.get(caller) is turn:  # whoever waited has gone
            del self._waiting[caller]
        elif not turn.cancelled() and turn.result():
            self._free += 1
            self._begin()
