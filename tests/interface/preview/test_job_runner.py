"""Running jobs: one at a time over all sessions, and memory and queue positions that are freed."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cf_esrt.interface.common.job_queue import JobQueue
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.sessions import Sessions
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import panes, photographs, strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState
from cf_esrt.photo import png_bytes
from cf_esrt.provenance import Box
from tests.browser.fake_app import NAMES, FakeEnhancer, describe

STAGE = {"box": {"x": 0, "y": 0, "width": 16, "height": 12}}
PANES, _ = panes.available_panes(describe, NAMES)


def place(pictures: PictureStore) -> SessionState:
    session = SessionState(pictures)
    photographs.open_photo(session, png_bytes(np.zeros((30, 30, 3), np.uint8)))
    return session


def test_two_sessions_run_one_after_the_other_and_the_second_sees_its_place(tmp_path: Path) -> None:
    running: list[int] = []
    most: list[int] = []

    class Counting(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
            running.append(1)
            most.append(len(running))
            threading.Event().wait(0.05)
            try:
                return super().reconstruct(image, progress=progress, cancelled=cancelled)
            finally:
                running.pop()

    events = Events(make_inference(ModelCache(Counting)), Uploads(tmp_path), PANES)
    sessions = [place(PictureStore()) for _ in range(3)]

    async def run(session: SessionState) -> list[str]:
        events.enqueue(session, STAGE)
        return [text["status"] async for text in events.enhance(session) if "status" in text]

    async def all_() -> list[list[str]]:
        return await asyncio.gather(*(run(session) for session in sessions))

    text = asyncio.run(all_())
    assert max(most) == 1
    assert len(most) == 9
    for ahead, words in enumerate(text):
        assert "Done in" in words[-1]
        assert (strings.ahead(ahead) in words[0]) == (ahead > 0)


def test_a_full_line_is_one_sentence(tmp_path: Path) -> None:
    events, session = (
        Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), PANES, JobQueue(capacity=0)),
        place(PictureStore()),
    )

    async def run() -> Any:
        events.enqueue(session, STAGE)
        return [text async for text in events.enhance(session)][-1]

    assert strings.FULL in asyncio.run(run())["status"]
    assert not session.busy


@pytest.mark.parametrize("how", ["dies", "is cancelled", "fails"])
def test_a_request_that_ends_early_frees_its_memory_and_its_place(tmp_path: Path, how: str) -> None:
    seen: list[weakref.ref[Any]] = []

    class Watched(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
            seen.append(weakref.ref(image))
            began.set()
            result = super().reconstruct(image, progress=progress, cancelled=cancelled)
            seen.append(weakref.ref(result))
            if how == "fails" and self.descriptor.name == "esrt":
                raise KeyError("inside")
            while how != "fails" and self.descriptor.name == "cf-esrt" and not cancelled():
                threading.Event().wait(0.01)  # a tile that takes long
            return result

    queue, began = JobQueue(), threading.Event()
    events, session = (
        Events(make_inference(ModelCache(Watched)), Uploads(tmp_path), PANES, queue),
        place(PictureStore()),
    )

    async def run() -> None:
        events.enqueue(session, STAGE)
        steps = events.enhance(session)
        async for _ in steps:
            if how == "dies" and began.is_set():
                break
            if how == "is cancelled" and began.is_set():
                events.cancel(session)
        await steps.aclose()

    asyncio.run(run())
    assert session.finished == {}
    session.close()  # with what had finished and stayed
    gc.collect()
    assert seen
    assert [one() for one in seen] == [None] * len(seen)
    assert len(queue) == 0
    assert not session.busy
    assert not any(thread.name == "enhance" for thread in threading.enumerate())


def test_a_browser_that_left_is_stopped_and_forgotten_after_an_hour() -> None:
    clock, pictures = SimpleNamespace(now=0.0), PictureStore()
    sessions = Sessions(lambda: clock.now)
    session, back = place(pictures), place(pictures)
    for name, one in (("a", session), ("b", back)):
        sessions.opened(name, one)
        with sessions.connected(name):
            sessions.sweep()
    job = Job(LesionResults(1, 1, Box(0, 0, 8, 8), np.zeros((8, 8, 3), np.uint8), {}), ("bicubic",))
    session.enqueue(job)
    for name in ("a", "b", "unknown", None):
        sessions.closed(name)
    assert job.cancel.is_set()
    clock.now = 3500
    sessions.sweep()
    assert session.photo is not None  # it may come back
    with sessions.connected("b"):
        clock.now = 3700
        sessions.sweep()
        assert session.photo is None
        assert back.photo is not None  # and did nothing but read
    clock.now = 7200
    sessions.sweep()
    assert back.photo is not None  # an hour after it left the second time
    clock.now = 7400
    sessions.sweep()
    assert back.photo is None
    assert len(pictures) == 0
