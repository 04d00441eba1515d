"""Models that are loaded before the first Enhance, out of everybody's way."""

from __future__ import annotations

import logging
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.preview import page as page_module
from cf_esrt.interface.preview import panes
from cf_esrt.interface.preview.inference import ModelCache
from cf_esrt.interface.preview.page import build
from cf_esrt.interface.preview.preloading import MEASURED, Preloader
from cf_esrt.interface.preview.session_state import SessionState
from tests.browser.fake_app import CAMERA, NAMES, FakeEnhancer, describe


def test_each_is_loaded_once_in_order() -> None:
    loaded: list[str] = []
    preloader = Preloader(ModelCache(lambda name: loaded.append(name)), ("a", "b", "a", "c"), lambda: False)
    for _ in range(2):
        preloader.begin()
        preloader.join()
    assert loaded == ["a", "b", "c"]


def test_what_quick_pictures_take_besides_is_loaded_right_after_the_network() -> None:
    loaded: list[str] = []
    cache, hasty = (ModelCache(lambda name, kind=kind: loaded.append(kind + name)) for kind in ("", "hasty "))
    preloader = Preloader(cache, ("a", "b", "c"), lambda: False, also=(hasty, ("a", "b")))
    preloader.begin()
    preloader.join()
    assert loaded == ["a", "hasty a", "b", "hasty b", "c"]


def test_none_is_loaded_while_somebodys_enhancement_runs() -> None:
    loaded: list[str] = []
    asked, idle = threading.Event(), threading.Event()

    def busy() -> bool:
        asked.set()
        return not idle.is_set()

    preloader = Preloader(ModelCache(lambda name: loaded.append(name)), ("a",), busy)
    preloader.begin()
    assert asked.wait(10)
    assert loaded == []
    idle.set()
    preloader.join()
    assert loaded == ["a"]


def test_each_is_measured_unless_somebody_enhances() -> None:
    told: list[tuple[str, int]] = []
    busy = False

    class Measured(FakeEnhancer):
        def reconstruct(self, image: Any, **how: Any) -> Any:
            nonlocal busy
            busy = self.descriptor.name == "cf-esrt"  # somebody presses Enhance while that one is measured
            return super().reconstruct(image, **how)

    def measured(seconds: dict[str, float], pixels: int) -> None:
        told.extend((name, pixels) for name, duration in seconds.items() if duration > 0)

    preloader = Preloader(ModelCache(Measured), ("esrt", "cf-esrt"), lambda: busy, measured)
    preloader.begin()
    preloader.join()
    assert told == [("esrt", MEASURED**2)]


def test_one_that_is_missing_keeps_no_other_back(caplog: pytest.LogCaptureFixture) -> None:
    loaded: list[str] = []

    def load(name: str) -> Any:
        if name == "a":
            raise CheckpointError("There is no checkpoint at /secret.")
        loaded.append(name)

    with caplog.at_level(logging.WARNING):
        preloader = Preloader(ModelCache(load), ("a", "b"), lambda: False)
        preloader.begin()
        preloader.join()
    assert loaded == ["b"]
    assert "could not be loaded ahead" in caplog.text


def test_it_is_what_the_first_enhance_runs() -> None:
    chosen, _ = panes.available_panes(describe, (*NAMES, *CAMERA))
    assert panes.first_models(chosen) == ("bicubic", "esrt", "cf-esrt", "esrt-camera", "cf-esrt-camera")
    chosen, _ = panes.available_panes(describe, NAMES)
    assert panes.first_models(chosen) == ("bicubic", "esrt", "cf-esrt")


@pytest.mark.parametrize("zerogpu", [False, True])
def test_it_begins_when_somebody_opens_the_page(monkeypatch: pytest.MonkeyPatch, zerogpu: bool) -> None:
    monkeypatch.setattr(page_module, "on_zerogpu", lambda: zerogpu)  # there each job's process loads its own
    loaded: list[str] = []
    page = build(lambda name: loaded.append(name) or FakeEnhancer(name), describe, names=NAMES).blocks
    opened: Any = next(one.fn for one in page.fns.values() if getattr(one.fn, "__name__", "") == "on_open")
    assert loaded == []
    request = SimpleNamespace(session_hash="a")
    for _ in range(2):
        opened(SessionState(PictureStore()), request)
    for thread in threading.enumerate():
        if thread.name == "preload":
            thread.join()
    assert loaded == ([] if zerogpu else ["bicubic", "esrt", "cf-esrt"])
