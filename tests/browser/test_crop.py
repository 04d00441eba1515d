"""Choosing lesions in a real browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt.fidelity.notices import thresholds
from cf_esrt.interface.preview import texts
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, Desk, picture, png

PHOTO = picture(160, 120)
CROP = (30, 20, 48, 40)


def test_crop_out_of_bounds_of_size_is_one_sentence(desk: Desk) -> None:
    desk.page.click("#cf-enhance")
    assert desk.alert() == "Open a photograph first."
    desk.open(png(np.full((1100, 1000, 3), 120, np.uint8)))
    desk.page.click(".cf-whole")
    desk.page.click("#cf-enhance")
    desk.page.wait_for_function("() => document.querySelector('.cf-alert').textContent.includes('1024 × 1024')")
    desk.crop(0, 0, 5, 40)
    desk.page.click("#cf-enhance")
    desk.page.wait_for_function("() => document.querySelector('.cf-alert').textContent.includes('at least 8 px')")
    assert desk.shown() == dict.fromkeys(MODELS)


def test_crop_box_follows_pointer_and_keys_in_whole_original_pixels(desk: Desk) -> None:
    desk.open(png(PHOTO))
    desk.crop(*CROP)
    stage = desk.page.locator(".cf-stage").bounding_box()
    assert stage
    scale = stage["width"] / 160
    x, y = stage["x"] + 54 * scale, stage["y"] + 40 * scale
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + 10 * scale, y + 5 * scale, steps=7)
    desk.page.mouse.up()
    moved = desk.box()
    assert (moved["width"], moved["height"]) == (48, 40)
    assert abs(moved["x"] - 40) <= 1
    assert abs(moved["y"] - 25) <= 1
    desk.page.focus(".cf-stage")
    desk.page.keyboard.press("ArrowLeft")
    desk.page.keyboard.press("Control+ArrowUp")
    desk.page.keyboard.press("Shift+ArrowRight")
    assert desk.box() == {"x": moved["x"] - 1, "y": moved["y"] - 10, "width": 49, "height": 40}
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(stage["x"] - 300, stage["y"] - 300, steps=5)
    desk.page.mouse.up()
    assert desk.box() == {"x": 0, "y": 0, "width": 49, "height": 40}


def test_square_box_stays_square(desk: Desk) -> None:
    desk.open(png(PHOTO))
    desk.crop(*CROP)
    desk.page.check(".cf-shape input[value=square]", force=True)
    assert desk.box() == {"x": 34, "y": 20, "width": 40, "height": 40}
    desk.page.focus(".cf-stage")
    desk.page.keyboard.press("Shift+ArrowDown")
    desk.page.fill(".cf-fields input[name=width]", "60")
    assert desk.box() == {"x": 34, "y": 20, "width": 60, "height": 60}
    stage = desk.page.locator(".cf-stage").bounding_box()
    assert stage
    scale = stage["width"] / 160
    desk.page.mouse.move(stage["x"] + 94 * scale, stage["y"] + 80 * scale)
    desk.page.mouse.down()
    desk.page.mouse.move(stage["x"] + 114 * scale, stage["y"] + 90 * scale, steps=5)
    desk.page.mouse.up()
    box = desk.box()
    assert box["width"] == box["height"] > 60
    desk.page.click(".cf-whole")
    assert desk.box()["width"] == 160
    assert desk.page.is_checked(".cf-shape input[value=free]")


def test_touch_moves_the_box(server: Any, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    desk = Desk(context.new_page(), server.address)
    desk.open(png(PHOTO))
    desk.crop(*CROP)
    desk.page.locator(".cf-stage").scroll_into_view_if_needed()
    stage = desk.page.locator(".cf-stage").bounding_box()
    assert stage
    scale = stage["width"] / 160
    touch = context.new_cdp_session(desk.page)
    x, y = stage["x"] + 54 * scale, stage["y"] + 40 * scale
    for kind, by in (("touchStart", 0), ("touchMove", 5), ("touchMove", 12), ("touchMove", 20), ("touchEnd", None)):
        points = [] if by is None else [{"x": x + by * scale, "y": y, "id": 0}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    desk.page.wait_for_function("() => document.querySelector('.cf-fields input[name=x]').value > 40")
    box = desk.box()
    assert (box["width"], box["height"]) == (48, 40)
    context.close()
    assert desk.wrong == []


def test_size_time_and_warnings_are_told(desk: Desk) -> None:
    low, high = (round(side) for side in (thresholds()["size"].low or 0, thresholds()["size"].high or 0))
    desk.open(png(np.full((700, 800, 3), 120, np.uint8)))
    desk.crop(0, 0, 100, 80)
    assert desk.page.inner_text(".cf-size-warning") == ""
    assert desk.page.inner_text(".cf-time")
    desk.crop(0, 0, 700, 80)
    assert desk.page.inner_text(".cf-size-warning") == texts.CROP["large"].format(side=700, high=high)
    desk.crop(0, 0, 40, 20)
    assert desk.page.inner_text(".cf-size-warning") == texts.CROP["small"].format(side=40, low=low)
    desk.crop(0, 0, 64, 64)
    desk.enhance()
    assert desk.page.inner_text(".cf-time") == "Takes under 1 s on this machine"


def test_last_size_is_offered_again(desk: Desk) -> None:
    desk.open(png(PHOTO))
    desk.crop(*CROP)
    desk.open(png(picture(200, 100, seed=4)))
    assert desk.box() == {"x": 76, "y": 30, "width": 48, "height": 40}
    desk.open(png(picture(40, 30, seed=5)))  # too small for that
    assert desk.box() == {"x": 0, "y": 0, "width": 40, "height": 30}


def test_lesions_are_queued_and_switched_between(desk: Desk, server: Any) -> None:
    desk.open(png(PHOTO))
    desk.crop(*CROP)
    server.hold.touch()
    try:
        desk.page.click("#cf-enhance")
        desk.page.wait_for_selector("#cf-cancel:not([disabled])")
        desk.page.click(".cf-add")
        desk.crop(90, 60, 32, 32)
        desk.page.click("#cf-enhance")
    finally:
        server.hold.unlink()
    desk.page.wait_for_function("() => document.querySelectorAll('.cf-lesion')[1]?.textContent === '2 ✓'")
    desk.page.wait_for_function("() => document.querySelector('.cf-crop-line').textContent.includes('at 90, 60')")
    desk.page.locator(".cf-lesion").first.press("Enter")
    desk.page.wait_for_function("() => document.querySelector('.cf-crop-line').textContent.includes('at 30, 20')")
    desk.page.wait_for_function(
        "() => document.querySelector('.cf-results').parentElement.cfesrt.view.width === 48"
        " && document.querySelectorAll('.cf-lesion')[0].textContent === '1 ✓'"
    )
    assert desk.box() == dict(zip(("x", "y", "width", "height"), CROP, strict=True))
    for model in MODELS:
        np.testing.assert_array_equal(desk.pixels(model), expected(PHOTO[20:60, 30:78], model).refined)
    desk.page.locator(".cf-remove").first.click()
    assert desk.page.locator(".cf-lesion").count() == 1
    desk.page.wait_for_function("() => document.querySelector('.cf-crop-line').textContent.includes('at 90, 60')")
