"""Turns: who asks anew keeps the place in the row, and gets only the newest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cf_esrt.interface.common.turns import Turns
from cf_esrt.interface.common.worker_pool import PoolFull


def run(check: Callable[[Turns, threading.Event, list[str]], Awaitable[Any]]) -> Any:
    """With one thread, which a first caller holds until the event; and the calls made since, in order."""

    async def held() -> Any:
        turns, gate, made = Turns("test", threads=1, capacity=2), threading.Event(), []
        first = asyncio.create_task(turns.run("first", lambda: gate.wait(30)))
        await asyncio.sleep(0)
        try:
            return await check(turns, gate, made)
        finally:
            gate.set()
            assert await first

    return asyncio.run(held())


def ask(turns: Turns, made: list[str], caller: str, what: str) -> asyncio.Task[str | None]:
    def call() -> str:
        made.append(what)
        return what

    return asyncio.create_task(turns.run(caller, call))


def test_the_newer_of_a_caller_takes_the_olders_place() -> None:
    async def check(turns: Turns, gate: threading.Event, made: list[str]) -> None:
        tasks = [ask(turns, made, *one) for one in (("a", "a1"), ("b", "b1"), ("a", "a2"))]
        await asyncio.sleep(0)
        assert turns.waiting == 2
        gate.set()
        assert await asyncio.gather(*tasks) == [None, "b1", "a2"]
        assert made == ["a2", "b1"]

    run(check)


def test_one_caller_more_than_fit_is_refused_and_asking_anew_is_not() -> None:
    async def check(turns: Turns, gate: threading.Event, made: list[str]) -> None:
        tasks = [ask(turns, made, *one) for one in (("a", "a1"), ("b", "b1"), ("b", "b2"))]
        await asyncio.sleep(0)
        with pytest.raises(PoolFull):
            await turns.run("c", str)
        gate.set()
        assert await asyncio.gather(*tasks) == ["a1", None, "b2"]

    run(check)


def test_who_leaves_or_fails_holds_no_thread_and_no_place() -> None:
    async def check(turns: Turns, gate: threading.Event, made: list[str]) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        left, failed = ask(turns, made, "a", "a1"), asyncio.create_task(turns.run("b", fail))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.sleep(0)
        assert turns.waiting == 1
        gate.set()
        with pytest.raises(ZeroDivisionError):
            await failed
        assert await ask(turns, made, "c", "c1") == "c1"
        assert made == ["c1"]

    run(check)
