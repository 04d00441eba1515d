"""A worker pool: what waits holds no thread, and too many are refused."""

from __future__ import annotations

import asyncio
import threading

import pytest

from cf_esrt.interface.common.worker_pool import PoolFull, WorkerPool


def test_calls_run_beside_each_other_and_others_wait_without_a_thread() -> None:
    pool, go, at_once = WorkerPool("test", threads=2, capacity=10), threading.Event(), threading.Barrier(3)

    def work(number: int) -> int:
        if number < 2:
            at_once.wait(30)  # both are inside
        assert go.wait(30)
        return number

    async def all_() -> list[int]:
        calls = [asyncio.create_task(pool.run(work, number)) for number in range(10)]
        await asyncio.to_thread(at_once.wait, 30)
        assert sum(thread.name.startswith("test") for thread in threading.enumerate()) == 2
        with pytest.raises(PoolFull):
            await pool.run(work, 10)
        go.set()
        return await asyncio.gather(*calls)

    assert asyncio.run(all_()) == list(range(10))


def test_one_that_is_cancelled_or_fails_frees_its_place() -> None:
    pool, go = WorkerPool("test", threads=1, capacity=2), threading.Event()
    ran: list[str] = []

    async def all_() -> None:
        first = asyncio.create_task(pool.run(go.wait, 30))
        second = asyncio.create_task(pool.run(ran.append, "second"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        go.set()
        await first
        with pytest.raises(KeyError):
            await pool.run({}.__getitem__, "none")
        await pool.run(ran.append, "third")

    asyncio.run(all_())
    assert ran == ["third"]
