"""The switch between networks for shrunk photographs and for a camera's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cf_esrt.provenance import read_xmp
from tests.browser.conftest import Server, serve
from tests.browser.fake_app import expected
from tests.browser.page_driver import PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
"""Noisy, as no shrunk photograph is."""
RAMP = np.linspace(60, 180, 120).astype(np.uint8)[None, :, None].repeat(96, 0).repeat(3, 2)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real app with fake models of both degradations."""
    folder = tmp_path_factory.mktemp("both")
    with serve(Path(__file__).with_name("fake_app.py"), folder, FAKE_CAMERA="1") as running:
        yield running


@pytest.fixture(scope="module")
def page(both: Server, browser: Any) -> Iterator[PageDriver]:
    """One page for all tests of this file: each opens a photograph."""
    with open_page(browser, both.address) as opened:
        yield opened


def chosen(driver: PageDriver) -> str:
    return driver.page.input_value(".cf-degradation input:checked")


def shows(driver: PageDriver, title: str) -> None:
    driver.page.wait_for_function(
        "(title) => { const pane = document.querySelector('.cf-pane[data-model=cf-esrt]');"
        " return pane.dataset.shown && pane.getAttribute('aria-label') === title; }",
        arg=title,
    )


def test_the_switch_starts_at_the_traces_and_chooses_the_networks(page: PageDriver) -> None:
    page.open(png(PHOTO))
    assert page.page.locator(".cf-degradation input:checked").count() == 0  # which camera's it is cannot be told
    reason = page.page.inner_text(".cf-degradation-reason")
    assert reason.startswith("From a camera (noise in its smooth places). We cannot tell which")
    page.crop(30, 20, 48, 40)
    crop = PHOTO[20:60, 30:78]
    page.enhance()
    np.testing.assert_array_equal(page.pixels("cf-esrt"), expected(crop, "cf-esrt-camera").refined)
    assert "Camera faults left out" in page.figure("cf-esrt", "cf-agreement-note")
    names = "one => Array.from(one.options, (option) => option.textContent)"
    for lists in page.page.locator(".cf-network").all():  # one name each, everywhere
        assert lists.evaluate(names) == [
            "Original", "Bicubic", "Other", "ESRT camera", "CF-ESRT camera coarse", "CF-ESRT camera"]  # fmt: skip
    file, data = page.export("#cf-save [data-pane=esrt][data-kind=png-plain]")
    assert file == "photograph-1_lesion-1_x30-y20-48x40_esrt-camera_x4-enhanced.plain.png"
    assert read_xmp(data).model == "esrt-camera"
    page.page.locator(".cf-degradation input[value=shrunk]").set_checked(True, force=True)
    shows(page, "CF-ESRT")
    np.testing.assert_array_equal(page.pixels("cf-esrt"), expected(crop, "cf-esrt").refined)
    assert page.page.inner_text(".cf-degradation-reason") == ""  # and no scolding
    assert page.figure("cf-esrt", "cf-agreement-note") == ""
    page.page.focus(".cf-degradation input[value=shrunk]")
    page.page.keyboard.press("ArrowLeft")  # by keyboard; both have run
    shows(page, "CF-ESRT camera")
    assert chosen(page) == "camera"


def test_another_photograph_sets_it_anew(page: PageDriver) -> None:
    page.open(png(PHOTO))
    page.open(png(RAMP))
    assert chosen(page) == "shrunk"
    reason = page.page.inner_text(".cf-degradation-reason")
    assert reason == ("“Already shrunk” is chosen for you: clean, without blur, noise or JPEG blocks.")


def test_it_fits_a_phone(page: PageDriver) -> None:
    page.open(png(PHOTO))
    page.page.set_viewport_size({"width": 390, "height": 844})
    page.page.wait_for_function("() => document.documentElement.scrollWidth <= 390")
    card, switch = (page.page.locator(one).bounding_box() for one in (".cf-crop", ".cf-degradation fieldset"))
    assert card["x"] <= switch["x"]
    assert switch["x"] + switch["width"] <= card["x"] + card["width"]


def test_without_the_degradations_networks_it_is_not_shown(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    assert not driver.page.is_visible(".cf-degradation")
