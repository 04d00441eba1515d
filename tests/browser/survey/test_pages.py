"""The pages for everyone: pixels, keyboard, screen readers, small windows, bad connections; and the organiser's."""

from __future__ import annotations

import io
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.survey.conftest import Served
from tests.browser.survey.rater_driver import READY, Rater, opened_page
from tests.browser.survey.studies import METHODS, PASSWORD, SIDE
from tests.browser.test_everyone import AXE, SERIOUS

HASTY = """() => new MutationObserver((_, watch) => {
    watch.disconnect();
    window.hasty = true;
    document.dispatchEvent(new KeyboardEvent('keydown', { key: '3', bubbles: true }));
}).observe(document.querySelector('.cf-pictures'), { childList: true })"""
"""Press 3 the moment a picture is laid, before anybody can have looked at it."""


def check(rater: Rater) -> None:
    """axe-core finds nothing serious on the page as it is."""
    if not rater.page.evaluate("typeof axe !== 'undefined'"):
        rater.page.evaluate(AXE.read_text("utf-8"))  # a script tag is what the page's policy forbids
    assert rater.page.evaluate(SERIOUS) == []


def tab_to(rater: Rater, selector: str) -> None:
    for _ in range(30):
        if rater.page.evaluate("(selector) => !!document.activeElement?.matches(selector)", selector):
            return
        rater.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keyboard_alone_from_the_code_to_a_vote(served: Served, browser: Any, scheme: str) -> None:
    code = served.code()
    with opened_page(browser, served.address, color_scheme=scheme, reduced_motion="reduce") as rater:
        page, keys = rater.page, rater.page.keyboard
        page.goto(served.address)
        page.wait_for_selector(".cf-code:focus")
        check(rater)
        keys.type(code)
        keys.press("Enter")
        rater.wait_for("consent")
        check(rater)
        tab_to(rater, "[data-stage=consent] button")
        keys.press("Enter")
        rater.wait_for("background")
        check(rater)
        tab_to(rater, "[data-stage=background] input")
        keys.press("Space")
        tab_to(rater, "[data-stage=background] button")
        keys.press("Enter")
        rater.wait_for("viewing")
        page.wait_for_selector(".cf-plate:nth-child(4) img[src]")
        check(rater)
        for name in ("dark", "light", *(f"plate-{number}" for number in range(4))):
            tab_to(rater, f"[name={name}]")
            keys.press("ArrowDown")
        tab_to(rater, "[data-stage=viewing] form > button")
        keys.press("Enter")
        rater.wait_for("items")
        page.wait_for_selector(".cf-go-on:focus")
        check(rater)
        page.evaluate(HASTY)
        keys.press("Enter")
        rater.go_on()
        assert page.evaluate("window.hasty")
        assert rater.done() == 0
        check(rater)
        tab_to(rater, ".cf-vote[data-score='2']")
        keys.press("Enter")
        rater.wait_for_done(1)


@pytest.mark.parametrize(("ratio", "size"), [(1, "1440,900"), (1.5, "1367,901"), (2, "1321,801")])
def test_one_pixel_of_a_picture_is_one_of_the_screen(served: Served, browser: Any, ratio: float, size: str) -> None:
    """On screens of several densities: the browser's own, not Playwright's emulation, which lays out otherwise."""
    code = served.code()
    arguments = [*ARGUMENTS, f"--force-device-scale-factor={ratio}", f"--window-size={size}"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    with closing(chromium), opened_page(chromium, served.address, viewport=None, no_viewport=True) as rater:
        page = rater.page
        rater.come(code)
        rater.prepare()
        rater.go_on()
        assert page.evaluate("devicePixelRatio") == ratio
        place = "(() => { const box = document.querySelector('.cf-pictures img').getBoundingClientRect();"
        left, top = (round(side * ratio) for side in page.evaluate(f"{place} return [box.left, box.top]; }})()"))
        screen = np.asarray(Image.open(io.BytesIO(page.screenshot(scale="device"))).convert("RGB"))
        file = served.survey.picture(served.survey.token(served.number(code), 0, "picture"))
        shown = screen[top : top + SIDE[1], left : left + SIDE[0]]
        assert np.array_equal(shown, np.asarray(Image.open(file).convert("RGB")))
        assert screen[len(screen) // 2, 20].tolist() == [128, 128, 128]
        assert screen[-2, 20].tolist() == [128, 128, 128]


def test_a_small_window_is_noted_and_keeps_nobody_out(served: Served, browser: Any) -> None:
    code = served.code()
    with opened_page(browser, served.address, viewport={"width": 390, "height": 844}) as rater:
        page = rater.page
        rater.come(code)
        rater.wait_for("consent")
        fits = "() => document.documentElement.scrollWidth <= innerWidth"
        banner = page.locator(".cf-too-small >> nth=0")
        banner.wait_for(state="hidden")  # two pictures of 120 pixels fit
        page.set_viewport_size({"width": 270, "height": 700})
        banner.wait_for(state="visible")
        assert "larger screen" in banner.inner_text()
        rater.prepare()
        rater.go_on()
        assert page.is_visible(".cf-rating .cf-too-small")
        rater.vote(4, by="click")
        rater.go_on()
        page.set_viewport_size({"width": 390, "height": 844})
        banner.wait_for(state="hidden", timeout=60_000)  # the page has heard of its new size
        page.wait_for_function(fits)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.cf-rating button')].filter((one) => one.checkVisibility())"
            ".map((one) => one.getBoundingClientRect()).every(({ left, right }) => left >= 0 && right <= 390)"
        )
    row = served.row(code)
    assert row.viewing["large_enough"] is False


def test_a_vote_outlives_a_lost_connection(served: Served, browser: Any) -> None:
    code = served.code()
    with opened_page(browser, served.address, may_fail=True) as rater:
        page = rater.page
        rater.come(code)
        rater.prepare()
        rater.go_on()
        lost: list[str] = []

        def lose(route: Any) -> None:
            """The server fails; the next vote reaches it and its answer is lost; the third does not reach it."""
            lost.append(route.request.post_data)
            if len(lost) == 1:
                return route.fulfill(status=500, body="")
            if len(lost) == 2:
                route.fetch()
            return route.abort()

        page.route("**/page/study/vote", lose, times=3)
        page.keyboard.press("2")
        page.wait_for_function("() => document.querySelector('.cf-rating .cf-trouble').textContent.includes('wrong')")
        page.wait_for_function(READY)
        page.keyboard.press("5")
        page.wait_for_function("() => document.querySelector('.cf-rating .cf-trouble').textContent.includes('Nothing')")
        rater.wait_for_done(1)
        assert len(lost) == 3
        assert lost[1] == lost[2]
    assert [one.score for one in served.ratings(code)] == [5]


def test_a_wrong_code_is_reported(served: Served, browser: Any) -> None:
    with opened_page(browser, served.address, may_fail=True) as rater:
        rater.come("00000-00000")
        rater.page.wait_for_function("() => document.querySelector('.cf-trouble')?.textContent.includes('letter by')")
        assert rater.is_at("code")


def test_the_organiser_signs_in_and_sees_masks_alone(served: Served, browser: Any) -> None:
    with opened_page(browser, served.address, may_fail=True) as rater:
        page = rater.page
        page.goto(f"{served.address}organiser")
        page.wait_for_selector("[name=password]:focus")
        check(rater)
        page.keyboard.type("not the password")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('.cf-trouble')?.textContent.includes('not the study')")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".cf-raters tr >> nth=7")
        check(rater)
        assert not [name for name in (*METHODS, *served.codes, '"original"') if name in page.content()]
        page.reload()  # the cookie is enough
        page.wait_for_selector(".cf-raters tr")
        assert page.evaluate("document.cookie") == ""
        page.fill("[name=typed]", "perhaps")
        page.click(".cf-lock button")
        page.wait_for_function("() => document.querySelector('.cf-trouble')?.textContent.includes('type the word')")
        page.click(".cf-sign-out")
        page.wait_for_selector("[name=password]:focus")
    assert served.survey.local_organiser().locked is None
