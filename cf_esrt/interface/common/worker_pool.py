"""A few threads for work that takes long: whoever waits for one of them holds none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class PoolFull(RuntimeError):
    """Too many calls wait already."""


class WorkerPool:
    """Calls run in ``threads`` threads, first come, first served; at most ``capacity`` run or wait.

    Neither Gradio's threads nor asyncio's can be meant for this: calls that wait there hold them, and everything else
    that needs one, such as Cancel, waits behind.
    """

    def __init__(self, name: str, threads: int, capacity: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._capacity = capacity
        self._inside = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns; one that has not begun when the caller is cancelled never does. Call this from
        one event loop only. Raises PoolFull."""
        if self._inside >= self._capacity:
            raise PoolFull
        self._inside += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, lambda: function(*args, **kwargs))
        finally:
            self._inside -= 1
