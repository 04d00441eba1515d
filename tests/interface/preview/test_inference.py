"""Models loaded once, steps in order, stopping between tiles."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cf_esrt.interface.preview.inference import Finished, ModelCache, Progress, make_inference
from cf_esrt.interface.preview.panes import MODELS
from tests.browser.fake_app import FakeEnhancer, expected

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


def test_work_tells_every_tile_and_ends_with_all_results() -> None:
    items = [item for item in make_inference(ModelCache(FakeEnhancer))(CROP, MODELS) if item is not None]
    finished = items.pop()
    assert isinstance(finished, Finished)
    messages = [(step.index, step.models, step.done, step.total) for step in items if isinstance(step, Progress)]
    assert messages == [(place, 3, done, 3) for place in range(3) for done in (1, 2, 3)]
    assert tuple(finished.outputs) == MODELS
    for name, output in finished.outputs.items():
        np.testing.assert_array_equal(output.reconstruction.refined, expected(CROP, name).refined)


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
    assert isinstance(list(work(CROP, MODELS))[-1], Finished)
