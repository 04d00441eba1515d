"""All sessions' photographs together have a cap: those that were idle the longest make room."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path

import numpy as np
import pytest

from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.photo_memory import MemoryFull, PhotoMemory
from cf_esrt.interface.preview.session_state import BYTES_PER_PIXEL, Job, LesionResults, SessionState, Superseded
from cf_esrt.photo import png_bytes
from cf_esrt.provenance import Box
from tests.browser.fake_app import FakeEnhancer
from tests.interface.common.arrivals import send
from tests.interface.preview.test_events import PANES, STAGE, sent

PHOTO = np.zeros((30, 40, 3), np.uint8)
THREE = 3 * PHOTO.nbytes


def results(side: int = 8) -> LesionResults:
    return LesionResults(1, 1, Box(0, 0, side, side), np.zeros((side, side, 3), np.uint8), {})


def opened(memory: PhotoMemory, pictures: PictureStore, used: float) -> SessionState:
    session = SessionState(pictures, memory)
    session.open_photo(PHOTO)
    session.put_picture("preview", b"png")
    session.used = used
    return session


def test_the_one_that_was_idle_the_longest_goes_and_the_page_says_so(tmp_path: Path) -> None:
    memory, pictures = PhotoMemory(THREE), PictureStore()
    new, oldest, middle = (opened(memory, pictures, used) for used in (3.0, 1.0, 2.0))
    fourth = SessionState(pictures, memory)
    fourth.open_photo(PHOTO)
    assert [one.photo is not None for one in (new, oldest, middle, fourth)] == [True, False, True, True]
    assert len(pictures) == 2
    uploads = Uploads(tmp_path)
    events = Events(make_inference(ModelCache(FakeEnhancer)), uploads, PANES)
    assert strings.MADE_ROOM in events.enqueue(oldest, STAGE)["status"].replace("&#x27;", "'")
    asyncio.run(events.photo(oldest, sent(**send(uploads, png_bytes(PHOTO)))))
    assert oldest.photo is not None
    assert strings.WAITING in events.enqueue(oldest, STAGE)["status"]
    assert middle.photo is None


def test_a_photograph_takes_the_place_of_the_sessions_own() -> None:
    memory, pictures = PhotoMemory(THREE), PictureStore()
    sessions = [opened(memory, pictures, used) for used in (1.0, 2.0, 3.0)]
    sessions[0].open_photo(PHOTO)
    assert all(session.photo is not None for session in sessions)


def test_one_whose_job_runs_or_waits_stays_and_the_new_one_is_refused_in_a_sentence(tmp_path: Path) -> None:
    memory, pictures = PhotoMemory(THREE), PictureStore()
    sessions = [opened(memory, pictures, used) for used in (1.0, 2.0, 3.0)]
    for session in sessions:
        session.enqueue(Job(results(), ("esrt",)))
    new, uploads = SessionState(pictures, memory), Uploads(tmp_path)
    with pytest.raises(MemoryFull):
        new.open_photo(PHOTO)
    events = Events(make_inference(ModelCache(FakeEnhancer)), uploads, PANES)
    update = asyncio.run(events.photo(new, sent(**send(uploads, png_bytes(PHOTO)))))
    assert strings.MEMORY_FULL in update["status"]
    assert all(session.photo is not None for session in sessions)


def test_results_count_too() -> None:
    session = SessionState(PictureStore())
    session.open_photo(PHOTO)
    session.keep(results(100))
    session.results = session.finished[1]  # the same ones, shown
    assert session.held_bytes == PHOTO.nbytes + BYTES_PER_PIXEL * 100 * 100


def test_all_sessions_share_one_memory() -> None:
    memory = PhotoMemory(THREE)
    first, second = (copy.deepcopy(SessionState(PictureStore(), memory)) for _ in range(2))  # as Gradio makes them
    assert first.memory is second.memory is memory


def test_of_two_that_are_opened_at_once_the_later_chosen_stays() -> None:
    session = SessionState(PictureStore())
    first, second = session.begin_opening(), session.begin_opening()
    session.open_photo(PHOTO + 2, opening=second)
    with pytest.raises(Superseded):
        session.open_photo(PHOTO + 1, opening=first)
    assert session.photo is not None
    assert (session.photo[0, 0, 0], session.photo_number) == (2, 1)
