"""The real page in a real browser: upload, crop, enhance, compare, with nothing leaving this machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.browser.conftest import ROOT, Server, serve
from tests.browser.fake_app import expected
from tests.browser.http_client import PATIENCE, begin, upload
from tests.browser.page_driver import MODELS, PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
CROP = (30, 20, 48, 40)
CUT = PHOTO[20:60, 30:78]


@pytest.fixture(scope="module")
def driver(server: Server, browser: Any) -> Iterator[PageDriver]:
    """One page for all tests of this file."""
    with open_page(browser, server.address) as opened:
        yield opened


@pytest.fixture
def done(driver: PageDriver) -> PageDriver:
    """The page with a photograph that was just opened, and one finished enhancement with all of its detail."""
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    if driver.page.input_value(".cf-detail") != "1":
        driver.page.fill(".cf-detail", "1")
    driver.enhance()
    return driver


def test_upload_crop_enhance_gives_lossless_results_of_exactly_the_crop(done: PageDriver, server: Server) -> None:
    assert done.page.inner_text(".cf-size") == "48 × 40 px → 192 × 160 px"
    for model in MODELS:
        np.testing.assert_array_equal(done.pixels(model), expected(CUT, model).refined)
        assert "dB" in done.figure(model, "cf-db")
    assert server.uploads() == []  # the original is gone, and no result was written


def test_notice_is_plain(driver: PageDriver) -> None:
    notice = driver.page.inner_text(".cf-notice")
    for words in ("Research demonstration", "Not a medical device", "Not for diagnosis or treatment", "(synthetic)"):
        assert words in notice


def test_zoom_slider_and_stops_say_the_magnification(done: PageDriver) -> None:
    done.page.click(".cf-one")
    assert done.page.inner_text(".cf-magnification") == "4.0×"
    done.page.fill(".cf-zoom", "4")
    assert done.page.inner_text(".cf-magnification") == "16×"
    close = done.same_bounds()
    done.page.click(".cf-fit")
    assert done.same_bounds()[2] > close[2]
    done.more()
    done.page.uncheck(".cf-smooth")
    done.page.check(".cf-smooth")


def test_detail_slider_changes_only_cf_esrt_and_keeps_the_view(done: PageDriver) -> None:
    done.page.fill(".cf-zoom", "3")
    before, view = done.shown(), done.same_bounds()
    number = done.figure("cf-esrt", "cf-db")
    done.page.fill(".cf-detail", "0")
    done.page.wait_for_function(
        "(old) => document.querySelector(`.cf-pane[data-model='cf-esrt']`).dataset.shown !== old",
        arg=before["cf-esrt"],
    )
    after = done.shown()
    assert (after["bicubic"], after["esrt"]) == (before["bicubic"], before["esrt"])
    np.testing.assert_array_equal(done.pixels("cf-esrt"), expected(CUT, "cf-esrt").coarse)
    assert done.same_bounds() == view
    assert done.page.inner_text(".cf-detail-value") == "0.00"
    assert done.figure("cf-esrt", "cf-db") != number


def test_bad_file_is_one_sentence_and_loses_nothing(done: PageDriver, server: Server) -> None:
    before = done.shown()
    done.choose(b"this is no picture" * 20, "bad.png")
    alert = done.alert()
    assert alert.endswith(". photo.png stays open.")
    assert "\n" not in alert
    assert "Traceback" not in alert
    assert done.shown() == before
    assert done.page.is_visible(".cf-stage img")
    assert server.uploads() == []
    done.page.wait_for_function("() => !document.querySelector('.cf-busy')")
    done.enhance()  # and the photograph is still there
    np.testing.assert_array_equal(done.pixels("bicubic"), expected(CUT, "bicubic").refined)


def test_cancel_stops_and_keeps_the_previous_result(done: PageDriver, server: Server) -> None:
    before = done.shown()
    server.hold.touch()
    try:
        done.page.click("#cf-enhance")
        done.page.wait_for_selector("#cf-cancel:not([disabled])")
        done.page.click("#cf-cancel")
        done.page.wait_for_function("() => document.querySelector('.cf-message').textContent.startsWith('Cancelled')")
    finally:
        server.hold.unlink()
    assert done.shown() == before
    done.page.wait_for_selector("#cf-enhance:not([disabled])")
    done.enhance()


def test_a_new_photograph_clears_the_results(done: PageDriver) -> None:
    done.open(png(picture(64, 48, seed=1)))
    done.page.wait_for_function("() => !document.querySelector('.cf-pane[data-shown]')")
    assert done.box() == {"x": 8, "y": 4, "width": 48, "height": 40}  # the size used last, in the middle
    done.page.click(".cf-whole")
    done.enhance()
    assert done.pixels("esrt").shape == (192, 256, 3)


def test_paste_and_examples_open(driver: PageDriver) -> None:
    before = driver.page.evaluate("document.querySelector('.cf-stage img')?.src ?? ''")
    driver.paste(png(picture(50, 40, seed=2)))
    driver.wait_for_photo(before)
    assert "50 × 40 px" in " ".join(driver.page.inner_text(".cf-opened").split())
    if driver.page.locator(".cf-thumb").count() == 0:
        pytest.skip("no examples are committed")
    before = driver.page.evaluate("document.querySelector('.cf-stage img').src")
    driver.page.click(".cf-change")
    driver.page.locator(".cf-thumb").first.click()
    driver.wait_for_photo(before)
    assert driver.page.inner_text(".cf-opened strong") == "Synthetic example 1"


# Both signals have one handler, and `serve` sees what Ctrl-C leaves of every app of these tests.
@pytest.mark.parametrize("sign", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_ending_leaves_nothing_behind(tmp_path: Path, browser: Any, sign: signal.Signals) -> None:
    """Neither an open page nor a job holds it back; what an earlier page, killed, left behind went when it started."""
    left = tmp_path / "cf-esrt-page-killed"
    (left / "uploads").mkdir(parents=True)
    (left / "lock").touch()  # which nobody holds
    (left / "uploads" / "photograph").write_bytes(b"x")
    with serve(Path(__file__).with_name("fake_app.py"), tmp_path) as running:
        (private,) = tmp_path.glob("cf-esrt-page-*")
        assert private != left
        assert private.stat().st_mode & 0o077 == 0
        context = browser.new_context()
        PageDriver(context.new_page(), running.address)
        running.hold.touch()  # the tile itself would never end
        event = begin(running.address, upload(running.address, png(PHOTO)))
        with httpx.stream("GET", f"{running.address}gradio_api/call/enhance/{event}", timeout=PATIENCE):
            running.process.send_signal(sign)
            assert running.process.wait(60) == 0
        context.close()
        assert list(tmp_path.glob("cf-esrt-page-*")) == []
        assert "Traceback" not in running.log.read_text()


def test_real_models(tmp_path: Path, browser: Any) -> None:
    from cf_esrt import models

    if not all((path := models.CHECKPOINTS / f"{name}.safetensors").exists() for name in ("esrt", "cf-esrt")):
        pytest.skip(f"no checkpoint {path.name}")
    with serve(ROOT / "app.py", tmp_path) as running:
        context = browser.new_context()
        context.set_default_timeout(120_000)
        driver = PageDriver(context.new_page(), running.address)
        driver.open(png(PHOTO))
        driver.crop(*CROP)
        driver.enhance()
        assert {driver.pixels(model).shape for model in MODELS} == {(160, 192, 3)}
        assert not np.array_equal(driver.pixels("bicubic"), driver.pixels("cf-esrt"))
        context.close()
        assert driver.wrong == []
