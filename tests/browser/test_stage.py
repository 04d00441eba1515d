"""The stage that the box is drawn on: zoomed and moved by wheel and keys."""

from __future__ import annotations

import pytest

from tests.browser.page_driver import PageDriver, picture, png

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
