"""Updates keyed by component: what a handler names changes, nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import gradio as gr
import pytest

from cf_esrt.interface.preview.updates import Update, bound

COMPONENTS = {"panes": "P", "status": "S", "session": "state"}


def test_what_is_not_named_is_skipped_and_the_session_handed_back() -> None:
    def handler(session: Any, data: str) -> Update:
        return {"status": data}

    assert bound(handler, COMPONENTS)("one", "words") == {"P": gr.skip(), "S": "words", "state": "one"}
    assert bound(lambda session: {}, {"panes": "P"})("one") == {"P": gr.skip()}


def test_a_generators_steps_are_updates_each() -> None:
    async def handler(session: Any) -> AsyncGenerator[Update, None]:
        yield {"panes": 1}
        yield {"status": 2}

    async def run() -> list[Any]:
        return [step async for step in bound(handler, {"panes": "P", "status": "S"})("one")]

    assert asyncio.run(run()) == [{"P": 1, "S": gr.skip()}, {"P": gr.skip(), "S": 2}]


def test_a_component_that_the_event_does_not_change_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="export"):
        bound(lambda session: {"export": 1}, COMPONENTS)("one")


def test_a_generator_without_steps_changes_nothing() -> None:
    async def handler(session: Any) -> AsyncGenerator[Update, None]:
        for step in ():
            yield step

    async def run() -> list[Any]:
        return [step async for step in bound(handler, {"panes": "P", "session": "state"})("one")]

    assert asyncio.run(run()) == [{"P": gr.skip(), "state": "one"}]
