"""Panes that arrive one by one in a real browser: nothing moves, nothing is taken away, and Cancel gives back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from cf_esrt.interface.preview import strings
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, VIEWER, PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
CUT = PHOTO[20:60, 30:78]
THERE = f"() => {VIEWER}.panes.filter((pane) => pane.url).map((pane) => pane.name)"
VIEW = f"() => [{VIEWER}.view.x, {VIEWER}.view.y, {VIEWER}.view.times]"
WATCH = f"""() => {{
    window.frames_seen = [];
    const note = () => {{
        for (const pane of {VIEWER}.panes) {{
            if (!pane.viewer || !pane.viewer.world.getItemCount()) continue;
            const b = pane.viewer.viewport.getBounds(true);
            window.frames_seen.push([pane.name, b.x, b.y, b.width, b.height]);
        }}
        requestAnimationFrame(note);
    }};
    note();
}}"""
"""Where every pane that has a picture is, frame by frame."""


@pytest.fixture
def held(server: Server) -> Iterator[Any]:
    """Hold models up by name, until they are released or the test ends."""
    with ExitStack() as stack:

        class Held:
            def hold(self, *names: str) -> None:
                for name in names:
                    self.file(name).touch()
                    stack.callback(self.file(name).unlink, missing_ok=True)

            def release(self, name: str) -> None:
                self.file(name).unlink()

            def file(self, name: str) -> Any:
                return server.hold.with_name(f"{server.hold.name}-{name}")

        yield Held()


@contextmanager
def cropped(browser: Any, server: Server, **options: Any) -> Iterator[PageDriver]:
    with open_page(browser, server.address, **options) as driver:
        driver.open(png(PHOTO))
        driver.crop(30, 20, 48, 40)
        yield driver


def wait_for(driver: PageDriver, *names: str) -> None:
    """Until exactly these panes have a picture."""
    driver.page.wait_for_function(f"(names) => String(({THERE})()) === String(names)", arg=list(names))


def said(driver: PageDriver, words: str) -> None:
    driver.page.wait_for_function(
        "(words) => document.querySelector('.cf-message').textContent.includes(words)", arg=words
    )


def sentence(driver: PageDriver, model: str, words: str) -> None:
    """Until the pane says that under its picture."""
    pane = f".cf-pane[data-model='{model}'] .cf-sentence"
    driver.page.wait_for_function(
        "([at, words]) => document.querySelector(at).textContent === words", arg=[pane, words]
    )


def lay_residuals(driver: PageDriver) -> None:
    """A map over the results, one that needs no calibration; until ESRT's pane shows it."""
    driver.more()
    driver.page.check(".cf-overlays input[value=residual]", force=True)
    driver.page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'esrt').overlaid")


def test_panes_arrive_one_by_one_and_none_moves(server: Server, browser: Any, held: Any) -> None:
    held.hold("esrt", "cf-esrt")
    with cropped(browser, server) as driver:
        page = driver.page
        page.click("#cf-enhance")
        wait_for(driver, "bicubic")
        assert page.locator(".cf-pane:not([hidden])").count() == 3  # the others' places are kept
        assert page.locator(".cf-pane:not([hidden]) .cf-waiting").count() == 2
        page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
        page.fill(".cf-zoom", "4")
        page.focus(".cf-pane[data-model=bicubic] .openseadragon-canvas")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        placed = page.evaluate(VIEW)
        page.evaluate(WATCH)
        held.release("esrt")
        wait_for(driver, "bicubic", "esrt")
        driver.wait_for_pixels("esrt", expected(CUT, "esrt").refined)
        page.fill(".cf-detail", "0.4")  # before there is anything for it to act on
        page.click(".cf-believe")
        sentence(driver, "esrt", strings.NOTHING_PROMISED)  # the fakes' weights were not calibrated: no veil
        lay_residuals(driver)
        held.release("cf-esrt")
        wait_for(driver, *MODELS)
        page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'cf-esrt').overlaid")
        driver.wait_for_pixels("cf-esrt", expected(CUT, "cf-esrt").blend(0.4))
        said(driver, "Done in")
        assert page.evaluate(VIEW) == placed
        assert page.locator(".cf-waiting").count() == page.locator(".cf-pane[hidden]").count()
        frames = page.evaluate("window.frames_seen")
        assert {name for name, *_ in frames} == set(MODELS)
        for _, *bounds in frames:
            assert bounds == pytest.approx(frames[0][1:], abs=1e-6)


def test_a_pane_says_that_its_picture_is_on_its_way(server: Server, browser: Any) -> None:
    """As on a slow network: the server is done, and the picture has yet to come. One of another box does not stand in
    its place."""
    slow: list[Any] = []
    arrive = True

    def send(route: Any) -> None:
        if arrive:
            route.continue_()
        else:
            slow.append(route)

    with cropped(browser, server) as driver:
        page, waiting = driver.page, driver.page.locator(".cf-pane[data-model='esrt'] .cf-waiting")
        assert waiting.inner_text() == strings.PANES["waiting"]
        page.route("**/pictures/*", send)
        for x in (30, 90):
            driver.crop(x, 20, 48, 40)
            arrive = False
            page.click("#cf-enhance")
            waiting.filter(has_text=strings.PANES["arriving"]).wait_for()
            said(driver, "Done in")
            arrive = True
            while slow:
                slow.pop().continue_()
            wait_for(driver, *MODELS)
            waiting.wait_for(state="detached")


def test_an_answer_that_was_overtaken_takes_no_pane_away(server: Server, browser: Any, held: Any) -> None:
    held.hold("esrt")
    with cropped(browser, server) as driver:
        page = driver.page
        page.click("#cf-enhance")
        wait_for(driver, "bicubic")
        page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
        old = page.evaluate(f"() => JSON.parse(JSON.stringify({VIEWER}.value()))")
        assert [pane["name"] for pane in old["panes"]] == ["bicubic"]
        held.release("esrt")
        wait_for(driver, *MODELS)
        said(driver, "Done in")
        page.evaluate(f"(old) => {VIEWER}.receive(old)", old)
        page.wait_for_timeout(300)
        wait_for(driver, *MODELS)


def test_cancel_gives_back_what_the_panes_replaced(server: Server, browser: Any, held: Any) -> None:
    with cropped(browser, server) as driver:
        page = driver.page
        driver.enhance()
        said(driver, "Done in")
        held.hold("cf-esrt")
        driver.crop(90, 60, 32, 32)
        page.click("#cf-enhance")
        wait_for(driver, "bicubic", "esrt")
        driver.shows_box(90, 60)
        calls: list[Any] = []
        page.route("**/run/predict*", lambda call: calls.append(call))
        with page.expect_request("**/run/predict*"):
            page.click("#cf-cancel")
        said(driver, strings.CANCELLING)  # though the server has not heard of it
        assert not page.is_disabled("#cf-cancel")
        while not calls:
            page.wait_for_timeout(10)
        (call,) = calls
        call.continue_()
        said(driver, strings.CANCELLED)
        wait_for(driver, *MODELS)
        driver.shows_box(30, 20)
        for model in MODELS:
            driver.wait_for_pixels(model, expected(CUT, model).refined)
        driver.page.wait_for_timeout(500)
        assert page.is_disabled("#cf-cancel")  # and nothing began again by itself


def test_what_replaced_nothing_stays_and_its_rest_is_not_run_unasked(server: Server, browser: Any, held: Any) -> None:
    held.hold("cf-esrt")
    with cropped(browser, server) as driver:
        page = driver.page
        page.click("#cf-enhance")
        wait_for(driver, "bicubic", "esrt")
        page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
        page.click("#cf-cancel")
        said(driver, strings.KEPT[strings.CANCELLED])
        assert page.locator(".cf-lesion").first.inner_text() == "1"  # no ✓
        lay_residuals(driver)
        page.wait_for_timeout(500)
        assert page.is_disabled("#cf-cancel")
        held.release("cf-esrt")
        driver.more()
        for on in (False, True):  # asked for
            page.locator(".cf-chips input[value=cf-esrt]").set_checked(on, force=True)
        wait_for(driver, *MODELS)
        page.wait_for_function("() => document.querySelector('.cf-lesion').textContent === '1 ✓'")
