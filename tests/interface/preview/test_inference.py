"""Models loaded once, steps in order, stopping between tiles."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cf_esrt.interface.preview.inference import ModelCache, ModelFinished, Progress, make_inference
from cf_esrt.interface.preview.panes import MODELS
from tests.browser.fake_app import FakeEnhancer, esrt_waiting_for, expected

CROP = np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8)


def test_the_cache_loads_once_even_when_asked_at_once() -> None:
    asked: list[str] = []
    cache = ModelCache(lambda name: asked.append(name) or FakeEnhancer(name))
    threads = [threading.Thread(target=cache.get, args=("esrt",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["esrt"]


def test_a_model_that_is_loaded_waits_for_no_other() -> None:
    """What is loaded ahead of a click never holds the click up."""
    slow, began = threading.Event(), threading.Event()

    def load(name: str) -> Any:
        if name == "cf-esrt":
            began.set()
            slow.wait(10)
        return FakeEnhancer(name)

    cache = ModelCache(load)
    thread = threading.Thread(target=cache.get, args=("cf-esrt",))
    thread.start()
    began.wait(10)
    assert cache.get("esrt").descriptor.name == "esrt"
    assert thread.is_alive()
    slow.set()
    thread.join()


def test_work_tells_every_tile_and_gives_each_model_as_soon_as_it_is_done() -> None:
    items = [item for item in make_inference(ModelCache(FakeEnhancer))(CROP, MODELS) if item is not None]
    reported = [(item.index, item.done) if isinstance(item, Progress) else item.name for item in items]
    assert reported == [
        *((0, 1), (0, 2), (0, 3), "bicubic"),
        *((1, 1), (1, 2), (1, 3), "esrt"),
        *((2, 1), (2, 2), (2, 3), "cf-esrt"),
    ]
    for item in items:
        if isinstance(item, Progress):
            assert (item.models, item.total) == (3, 3)
        else:
            np.testing.assert_array_equal(item.output.reconstruction.refined, expected(CROP, item.name).refined)
            assert item.seconds >= 0


def test_a_model_is_given_before_the_next_one_runs() -> None:
    given, names = threading.Event(), []
    for item in make_inference(ModelCache(esrt_waiting_for(given)))(CROP, MODELS):
        if isinstance(item, ModelFinished):
            names.append(item.name)
            given.set()
    assert names == list(MODELS)


def test_closing_stops_between_tiles() -> None:
    tiles: list[int] = []

    class Endless(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
            while not cancelled():
                tiles.append(1)
                progress(len(tiles), 10**9)
            raise RuntimeError("cancelled")

    steps = make_inference(ModelCache(Endless))(CROP, MODELS)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    stopped = len(tiles)
    assert stopped >= 1
    assert not any(thread.name == "enhance" for thread in threading.enumerate())
    assert len(tiles) == stopped


def test_errors_are_raised_where_the_work_is_watched() -> None:
    def load(name: str) -> Any:
        raise ValueError("no checkpoint")

    with pytest.raises(ValueError, match="no checkpoint"):
        list(make_inference(ModelCache(load))(CROP, MODELS))


def test_spaces_lends_the_gpu_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    lent: list[Callable[..., Iterator[Any]]] = []

    def gpu(duration: int) -> Callable[[Any], Any]:
        assert duration > 0
        return lambda function: lent.append(function) or function

    spaces = ModuleType("spaces")
    spaces.GPU = gpu  # type: ignore[attr-defined]
    spaces.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", spaces)
    work = make_inference(ModelCache(FakeEnhancer))
    assert lent == [work]
    assert isinstance(list(work(CROP, MODELS))[-1], ModelFinished)
