"""What is in sight: the whole loop on one screen, panes of the crop's shape, one pane at a time on a phone."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from cf_esrt.interface.preview import markup, texts
from cf_esrt.interface.preview.panes import available_panes
from tests.browser.conftest import Server
from tests.browser.fake_app import NAMES, describe, expected
from tests.browser.page_driver import MODELS, VIEWER, PageDriver, open_page, picture, png

SHOWN = ".cf-pane:not([hidden]) .cf-view"
NUMBERS = [".cf-pane:not([hidden]) .cf-db", ".cf-pane:not([hidden]) .cf-shift"]
IN_SIGHT = """(selectors) => selectors.filter((selector) => {
    const all = Array.from(document.querySelectorAll(selector));
    return !all.length || !all.every((one) => {
        const box = one.getBoundingClientRect();
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        return one.checkVisibility() && box.left >= 0 && box.top >= 0 && box.right <= innerWidth
            && box.bottom <= innerHeight && one.contains(document.elementFromPoint(x, y))
    });
})"""
LOOP = [".cf-change", ".cf-stage", ".cf-fields input", "#cf-enhance", "#cf-cancel", ".cf-message"]
COMPARE = [".cf-zoom", ".cf-modes span", ".cf-chips span", ".cf-overlays span", ".cf-detail", SHOWN, *NUMBERS]


def out_of_sight(driver: PageDriver, selectors: list[str]) -> list[str]:
    return driver.page.evaluate(IN_SIGHT, selectors)


def shape(driver: PageDriver) -> list[float]:
    return driver.page.evaluate(
        f"Array.from(document.querySelectorAll('{SHOWN}'), (one) => one.clientWidth / one.clientHeight)"
    )


@pytest.mark.parametrize(("width", "height"), [(600, 450), (450, 600)])
def test_the_whole_loop_needs_no_scrolling(driver: PageDriver, width: int, height: int) -> None:
    driver.open(png(picture(width, height)))
    driver.page.click(".cf-whole")  # with a warning on its size
    assert out_of_sight(driver, LOOP) == []
    driver.enhance()
    assert out_of_sight(driver, LOOP + COMPARE) == []
    driver.page.fill(".cf-detail", "0.4")
    driver.page.wait_for_function("() => document.querySelector('.cf-detail-value').textContent === '0.40'")
    for mode in ("curtain", "side"):
        driver.page.check(f".cf-modes input[value={mode}]", force=True)
        assert out_of_sight(driver, [*LOOP, ".cf-detail", *NUMBERS]) == [], mode
    assert driver.page.evaluate("scrollY") == 0


def test_the_opened_photograph_is_a_line_that_can_be_changed(driver: PageDriver) -> None:
    driver.choose(png(picture(60, 40)), "mole.png")
    driver.wait_for_photo()
    assert driver.page.inner_text(".cf-opened").split() == ["mole.png", "60", "×", "40", "px", "·", "PNG"]
    assert driver.page.locator(".cf-upload").bounding_box()["height"] < 60
    assert driver.page.is_hidden(".cf-drop")
    driver.page.focus(".cf-change")
    driver.page.keyboard.press("Enter")
    assert driver.page.is_visible(".cf-drop")
    driver.page.locator(".cf-thumb").first.press("Enter")
    driver.page.wait_for_selector(".cf-drop", state="hidden")
    assert driver.page.evaluate("document.activeElement.className").endswith("cf-change")  # the focus is not lost
    assert "example" in driver.page.inner_text(".cf-opened")


def test_panes_take_the_crops_shape_up_to_the_screens_height(driver: PageDriver) -> None:
    driver.open(png(picture(400, 400)))
    driver.crop(0, 0, 200, 200)
    driver.enhance()
    assert shape(driver) == pytest.approx([1, 1, 1], abs=0.02)
    driver.crop(0, 0, 200, 150)
    driver.enhance()
    assert shape(driver) == pytest.approx([4 / 3] * 3, abs=0.02)
    driver.crop(0, 0, 60, 400)  # no screen is that tall
    driver.enhance()
    assert out_of_sight(driver, [SHOWN, ".cf-detail", *NUMBERS]) == []
    assert min(shape(driver)) < 1


def test_explanations_open_by_keyboard_with_the_same_words(driver: PageDriver) -> None:
    driver.open(png(picture(60, 40)))
    driver.enhance()
    wanted = markup.explanations(available_panes(describe, NAMES)[0])
    wanted["crop"] = (texts.CROP["hint"],)
    for name, sentences in wanted.items():
        button = driver.page.locator(f"[popovertarget=cf-why-{name}] >> visible=true").first
        button.focus()
        driver.page.keyboard.press("Enter")
        popover = driver.page.locator(f"#cf-why-{name}")
        assert popover.locator("p").all_inner_texts() == list(sentences)
        assert out_of_sight(driver, [f"#cf-why-{name}"]) == []
        at, shown = button.bounding_box(), popover.bounding_box()
        assert at
        assert shown
        assert min(abs(shown["y"] - at["y"] - at["height"]), abs(at["y"] - shown["y"] - shown["height"])) < 12
        driver.page.keyboard.press("Escape")
        assert popover.is_hidden()


def test_a_phone_shows_the_results_one_at_a_time_and_keeps_the_zoom(server: Server, browser: Any) -> None:
    photo = picture(160, 120)
    with open_page(browser, server.address, viewport={"width": 390, "height": 844}, has_touch=True) as driver:
        driver.open(png(photo))
        assert out_of_sight(driver, ["#cf-enhance", "#cf-cancel", ".cf-message"]) == []
        driver.crop(30, 20, 48, 40)
        driver.enhance()
        driver.page.wait_for_function("() => scrollY > 300")
        assert out_of_sight(driver, [".cf-tab", SHOWN, ".cf-zoom", *NUMBERS]) == []
        assert driver.page.locator(".cf-tab").all_inner_texts() == ["Bicubic", "ESRT", "CF-ESRT"]
        assert driver.page.evaluate("document.documentElement.scrollHeight") < 2600
        driver.page.fill(".cf-zoom", "4")
        driver.page.focus(f"{SHOWN} .openseadragon-canvas")
        driver.page.keyboard.press("ArrowRight")
        view = f"[{VIEWER}.view.x, {VIEWER}.view.y, {VIEWER}.view.times]"
        placed, bounds = driver.page.evaluate(view), driver.same_bounds()
        driver.page.get_by_role("tab", name="CF-ESRT", exact=True).focus()
        for model in ("bicubic", "esrt", "cf-esrt"):  # around, by the arrow keys
            driver.page.keyboard.press("ArrowRight")
            assert driver.page.locator(".cf-pane:not([hidden])").get_attribute("data-model") == model
            assert driver.page.evaluate(view) == placed
            driver.page.wait_for_function(
                f"(wanted) => {{ const b = {VIEWER}.layout.lead().viewer.viewport.getBounds(true);"
                " return [b.x, b.y, b.width, b.height].every((side, i) => Math.abs(side - wanted[i]) < 1e-6); }",
                arg=bounds,
            )
        for model in MODELS:
            driver.wait_for_pixels(model, expected(photo[20:60, 30:78], model).refined)


def test_the_first_answer_is_small(server: Server) -> None:
    page = urllib.request.urlopen(server.address, timeout=20).read()
    assert page.count(b"cf-thumb") >= 4
    assert len(page) < 150_000
