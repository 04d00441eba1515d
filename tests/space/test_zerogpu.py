"""Inference where a GPU is lent: in another process, by a stand-in for ``spaces``."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cf_esrt.enhance import EnhanceError
from cf_esrt.interface.preview.inference import ModelCache, ModelFinished, Progress, make_inference
from cf_esrt.interface.preview.panes import MODELS
from tests.browser.conftest import serve
from tests.browser.fake_app import FakeEnhancer, esrt_waiting_for, expected
from tests.browser.page_driver import open_page, picture, png

STAND_IN = Path(__file__).with_name("stand_in")
FAKE_APP = Path(__file__).parents[1] / "browser" / "fake_app.py"
CROP = np.random.default_rng(0).integers(0, 256, (10, 12, 3), np.uint8)


@pytest.fixture(autouse=True)
def zerogpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.delitem(sys.modules, "spaces", raising=False)


def inference(load: Callable[[str], Any]) -> Any:
    return make_inference(ModelCache(load))


def test_results_come_from_another_process() -> None:
    loaded: list[str] = []
    items = [item for item in inference(lambda name: loaded.append(name) or FakeEnhancer(name))(CROP, MODELS) if item]
    assert loaded == []  # not in this one
    assert [(step.index, step.done) for step in items if isinstance(step, Progress)] == [
        (place, done) for place in range(3) for done in (1, 2, 3)
    ]
    finished = [item for item in items if isinstance(item, ModelFinished)]
    assert [item.name for item in finished] == list(MODELS)
    for item in finished:
        np.testing.assert_array_equal(item.output.reconstruction.refined, expected(CROP, item.name).refined)


def test_a_model_comes_over_before_the_next_one_runs() -> None:
    arrived, names = multiprocessing.get_context("fork").Event(), []
    for item in inference(esrt_waiting_for(arrived))(CROP, MODELS):
        if isinstance(item, ModelFinished):
            names.append(item.name)
            arrived.set()
    assert names == list(MODELS)


def test_closing_ends_the_process() -> None:
    class Endless(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
            progress(os.getpid(), 10**9)
            while True:
                time.sleep(0.01)

    steps = inference(Endless)(CROP, ("esrt",))
    first: Any = next(item for item in steps if item is not None)
    pid: int = first.done
    assert pid in {child.pid for child in multiprocessing.active_children()}
    steps.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_goes_wrong_there_is_raised_here() -> None:
    class Broken(FakeEnhancer):
        def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
            raise EnhanceError("Too little memory.")

    with pytest.raises(EnhanceError, match=r"Too little memory\."):
        list(inference(Broken)(CROP, ("esrt",)))


@pytest.mark.slow
def test_the_page_on_zerogpu(tmp_path: Path, browser: Any) -> None:
    photo = picture(64, 48)
    with (
        serve(FAKE_APP, tmp_path, PYTHONPATH=str(STAND_IN), SPACE_ID="a/b", SPACE_HOST="a-b.hf.space") as running,
        open_page(browser, running.address) as driver,
    ):
        driver.open(png(photo))
        driver.page.click(".cf-whole")
        driver.enhance()
        for model in MODELS:
            np.testing.assert_array_equal(driver.pixels(model), expected(photo, model).refined)
        running.hold.touch()
        driver.page.click("#cf-enhance")
        driver.page.wait_for_selector("#cf-cancel:not([disabled])")
        driver.page.click("#cf-cancel")
        driver.page.wait_for_function("() => document.querySelector('.cf-message').textContent.startsWith('Cancelled')")
        running.hold.unlink()
        driver.enhance()
