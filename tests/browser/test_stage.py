"""The stage that the box is drawn on: zoomed and moved by wheel and keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.browser.conftest import Server
from tests.browser.page_driver import PageDriver, open_page, picture, png

PHOTO = picture(1200, 900)
ZOOM = "document.querySelector('.cf-world').clientWidth / document.querySelector('.cf-stage').clientWidth"


def place(driver: PageDriver) -> list[float]:
    return driver.page.evaluate(
        "(() => { const b = document.querySelector('.cf-world').getBoundingClientRect(); return [b.x, b.y]; })()"
    )


def test_wheel_and_keys_zoom_and_move_the_photograph_not_the_box(driver: PageDriver) -> None:
    page = driver.page
    driver.open(png(PHOTO))
    driver.crop(300, 200, 200, 150)
    page.focus(".cf-stage")
    page.keyboard.press("0")
    fitted, box = page.evaluate(ZOOM), driver.box()
    stage = page.locator(".cf-stage").bounding_box()
    assert stage
    for _ in range(3):
        page.keyboard.press("+")  # larger than the stage both ways, so that it can lie anywhere
    start = page.evaluate(ZOOM)
    page.mouse.move(stage["x"] + 40, stage["y"] + 30)
    before = place(driver)
    page.mouse.wheel(0, -240)
    page.wait_for_function(f"(start) => {ZOOM} > 1.2 * start", arg=start)
    after, factor = place(driver), page.evaluate(ZOOM) / start
    for at, old, new in zip((stage["x"] + 40, stage["y"] + 30), before, after, strict=True):
        assert new == pytest.approx(at - (at - old) * factor, abs=3)  # what lies under the pointer stays there
    page.keyboard.press("+")
    assert page.evaluate(ZOOM) > 1.2 * factor * start
    at = place(driver)
    page.keyboard.press("Alt+ArrowRight")
    assert place(driver)[0] == pytest.approx(at[0] - 40, abs=1)
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert page.evaluate(ZOOM) == pytest.approx(fitted)
    assert driver.box() == box
    assert page.evaluate("scrollY") == 0  # the wheel scrolled nothing else


def test_two_fingers_zoom_the_photograph_and_not_the_page(server: Server, browser: Any) -> None:
    phone = {"width": 390, "height": 844}
    with open_page(browser, server.address, viewport=phone, has_touch=True) as driver:
        page = driver.page
        driver.open(png(PHOTO))
        driver.crop(300, 200, 200, 150)
        page.locator(".cf-stage").scroll_into_view_if_needed()
        stage, box, start = page.locator(".cf-stage").bounding_box(), driver.box(), page.evaluate(ZOOM)
        assert stage
        x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
        touch = page.context.new_cdp_session(page)

        def fingers(kind: str, *apart: float) -> None:
            points = [{"x": x + way * one, "y": y, "id": k} for one in apart for k, way in enumerate((-1, 1))]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        fingers("touchStart", 30)
        for apart in (40, 50, 60):
            fingers("touchMove", apart)
        page.wait_for_function(f"(start) => {ZOOM} > 1.8 * start", arg=start)
        fingers("touchEnd")
        assert page.evaluate(ZOOM) == pytest.approx(2 * start, rel=0.05)  # the fingers are twice as far apart
        assert driver.box() == box
        assert page.evaluate("visualViewport.scale") == 1
        fingers("touchStart", 60)
        fingers("touchMove", 20)
        fingers("touchEnd")
        page.wait_for_function(f"(start) => {ZOOM} < 1.1 * start", arg=start)
        assert driver.box() == box


def test_numbered_boxes_of_several_lesions_stay_drawn_in_their_places(driver: PageDriver) -> None:
    page = driver.page
    photo = np.full((900, 1200, 3), (200, 160, 140), np.uint8)
    rows, columns = np.mgrid[:900, :1200]
    for x, y in ((300, 300), (800, 600)):  # two moles on plain skin
        photo[(rows - y) ** 2 + (columns - x) ** 2 < 70**2] = (90, 55, 45)
    driver.open(png(photo))
    marks = page.locator(".cf-mark")
    assert sorted(marks.all_inner_texts()) == ["1", "2"]  # one proposed box each
    page.click(".cf-add")
    driver.crop(40, 700, 120, 100)
    assert sorted(marks.all_inner_texts()) == ["1", "2", "3"]

    def places() -> dict[str, list[float]]:
        """Of each number: left, top, width and height in pixels of the photograph, as it is drawn."""
        return page.evaluate(
            """() => { const world = document.querySelector('.cf-world').getBoundingClientRect();
            return Object.fromEntries(Array.from(document.querySelectorAll('.cf-mark'), (one) => {
                const box = one.getBoundingClientRect(), k = 1200 / world.width;
                return [one.textContent, [box.x - world.x, box.y - world.y, box.width, box.height].map((v) => v * k)];
            })); }"""
        )

    drawn = places()
    for number in "12":
        left, top, wide, tall = drawn[number]
        mole = [(300, 300), (800, 600)]
        assert any(left < x < left + wide and top < y < top + tall for x, y in mole), number
    assert drawn["3"] == pytest.approx([40, 700, 120, 100], abs=3)
    page.focus(".cf-stage")
    page.keyboard.press("+")
    assert places()["1"] == pytest.approx(drawn["1"], abs=3)  # they lie on the photograph, whatever its zoom
    page.keyboard.press("0")
    page.click(".cf-mark[data-lesion='2']")
    assert page.get_attribute(".cf-lesion >> nth=1", "aria-pressed") == "true"
    assert [driver.box()[side] for side in ("x", "y", "width", "height")] == pytest.approx(drawn["2"], abs=3)
