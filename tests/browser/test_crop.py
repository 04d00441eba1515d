"""Choosing lesions in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cf_esrt.fidelity.notices import thresholds
from cf_esrt.interface.preview import strings
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
CROP = (30, 20, 48, 40)


@pytest.fixture(scope="module")
def driver(server: Server, browser: Any) -> Iterator[PageDriver]:
    """One page for all tests of this file: each opens a photograph, with which everything begins anew."""
    with open_page(browser, server.address) as opened:
        yield opened


def test_crop_out_of_bounds_of_size_is_one_sentence(driver: PageDriver) -> None:
    driver.page.click("#cf-enhance")
    assert driver.alert() == "Open a photograph first."
    driver.open(png(np.full((1100, 1000, 3), 120, np.uint8)))
    driver.crop(0, 0, 100, 100)
    driver.page.click(".cf-whole")
    assert "1024 × 1024" in driver.page.inner_text(".cf-size-warning")
    assert driver.page.get_attribute("#cf-enhance", "aria-disabled") == "true"
    driver.page.click("#cf-enhance", force=True)
    assert driver.page.inner_text(".cf-time span") == ""  # it takes no time, since it cannot be
    driver.page.click(".cf-smaller")
    assert driver.box()["width"] * driver.box()["height"] <= 1024 * 1024
    assert driver.page.get_attribute("#cf-enhance", "aria-disabled") == "false"
    driver.crop(0, 0, 5, 40)
    driver.page.click("#cf-enhance")
    driver.page.wait_for_function("() => document.querySelector('.cf-alert').textContent.includes('at least 8 px')")
    assert driver.shown() == dict.fromkeys(MODELS)
    driver.crop(0, 0, 40, 40)
    driver.enhance()
    driver.page.click(".cf-whole")
    assert driver.veil() == strings.PANES["veil_large"]  # and not "Press Enhance"


def test_crop_box_follows_pointer_and_keys_in_whole_original_pixels(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    stage = driver.page.locator(".cf-world").bounding_box()
    assert stage
    scale = stage["width"] / 160
    x, y = stage["x"] + 54 * scale, stage["y"] + 40 * scale
    driver.page.mouse.move(x, y)
    driver.page.mouse.down()
    driver.page.mouse.move(x + 10 * scale, y + 5 * scale, steps=7)
    driver.page.mouse.up()
    moved = driver.box()
    assert (moved["width"], moved["height"]) == (48, 40)
    assert abs(moved["x"] - 40) <= 1
    assert abs(moved["y"] - 25) <= 1
    driver.page.focus(".cf-stage")
    driver.page.keyboard.press("ArrowLeft")
    driver.page.keyboard.press("Control+ArrowUp")
    driver.page.keyboard.press("Shift+ArrowRight")
    assert driver.box() == {"x": moved["x"] - 1, "y": moved["y"] - 10, "width": 49, "height": 40}
    driver.page.mouse.move(x, y)
    driver.page.mouse.down()
    driver.page.mouse.move(stage["x"] - 300, stage["y"] - 300, steps=5)
    driver.page.mouse.up()
    assert driver.box() == {"x": 0, "y": 0, "width": 49, "height": 40}


def test_square_box_stays_square(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.page.check(".cf-shape input[value=square]", force=True)
    assert driver.box() == {"x": 34, "y": 20, "width": 40, "height": 40}
    driver.page.focus(".cf-stage")
    driver.page.keyboard.press("Shift+ArrowDown")
    driver.page.fill(".cf-fields input[name=width]", "60")
    assert driver.box() == {"x": 34, "y": 20, "width": 60, "height": 60}
    stage = driver.page.locator(".cf-world").bounding_box()
    assert stage
    scale = stage["width"] / 160
    driver.page.mouse.move(stage["x"] + 94 * scale, stage["y"] + 80 * scale)
    driver.page.mouse.down()
    driver.page.mouse.move(stage["x"] + 114 * scale, stage["y"] + 90 * scale, steps=5)
    driver.page.mouse.up()
    box = driver.box()
    assert box["width"] == box["height"] > 60
    driver.page.click(".cf-whole")
    assert driver.box()["width"] == 160
    assert driver.page.is_checked(".cf-shape input[value=free]")


def test_touch_moves_the_box(server: Any, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    driver = PageDriver(context.new_page(), server.address)
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.page.locator(".cf-stage").scroll_into_view_if_needed()
    stage = driver.page.locator(".cf-world").bounding_box()
    assert stage
    scale = stage["width"] / 160
    touch = context.new_cdp_session(driver.page)
    x, y = stage["x"] + 54 * scale, stage["y"] + 40 * scale
    for kind, by in (("touchStart", 0), ("touchMove", 5), ("touchMove", 12), ("touchMove", 20), ("touchEnd", None)):
        points = [] if by is None else [{"x": x + by * scale, "y": y, "id": 0}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    driver.page.wait_for_function("() => document.querySelector('.cf-fields input[name=x]').value > 40")
    box = driver.box()
    assert (box["width"], box["height"]) == (48, 40)
    context.close()
    assert driver.wrong == []


def test_size_time_and_warnings_are_shown(driver: PageDriver) -> None:
    low, high = (round(side) for side in (thresholds()["size"].low or 0, thresholds()["size"].high or 0))
    driver.open(png(np.full((700, 800, 3), 120, np.uint8)))
    driver.crop(0, 0, 100, 80)
    assert driver.page.inner_text(".cf-size-warning") == ""
    driver.crop(0, 0, 700, 80)
    assert driver.page.inner_text(".cf-size-warning") == strings.CROP["large"].format(side=700, high=high)
    driver.crop(0, 0, 40, 20)
    assert driver.page.inner_text(".cf-size-warning") == strings.CROP["small"].format(side=40, low=low)
    driver.crop(0, 0, 64, 64)
    driver.enhance()
    assert "on this machine" in driver.page.inner_text(".cf-time")  # how long it took is measured now


def test_last_size_is_offered_again(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.open(png(picture(200, 100, seed=4)))
    assert driver.box() == {"x": 76, "y": 30, "width": 48, "height": 40}
    driver.open(png(picture(40, 30, seed=5)))  # too small for that
    assert driver.box() == {"x": 0, "y": 0, "width": 40, "height": 30}


def test_lesions_are_queued_and_switched_between(driver: PageDriver, server: Any) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    server.hold.touch()
    try:
        driver.page.click("#cf-enhance")
        driver.page.wait_for_selector("#cf-cancel:not([disabled])")
        driver.page.click(".cf-add")
        driver.crop(90, 60, 32, 32)
        driver.page.click("#cf-enhance")
    finally:
        server.hold.unlink()
    driver.page.wait_for_function("() => document.querySelectorAll('.cf-lesion')[1]?.textContent === '2 ✓'")
    driver.shows_box(90, 60)
    driver.page.locator(".cf-lesion").first.press("Enter")
    driver.shows_box(30, 20)
    driver.page.wait_for_function(
        "() => document.querySelector('.cf-compare').parentElement.cfesrt.view.width === 48"
        " && document.querySelectorAll('.cf-lesion')[0].textContent === '1 ✓'"
    )
    assert driver.box() == dict(zip(("x", "y", "width", "height"), CROP, strict=True))
    for model in MODELS:
        driver.wait_for_pixels(model, expected(PHOTO[20:60, 30:78], model).refined)
    driver.page.locator(".cf-remove").first.click()
    assert driver.page.locator(".cf-lesion").count() == 1
    driver.shows_box(90, 60)
