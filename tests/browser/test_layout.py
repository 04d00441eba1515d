"""What is in sight: one row of tools, panes over all of the width and height, and nothing that jumps."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from cf_esrt.interface.preview import markup, strings
from cf_esrt.interface.preview.panes import available_panes
from tests.browser.conftest import Server
from tests.browser.fake_app import NAMES, describe
from tests.browser.page_driver import VIEWER, PageDriver, open_page, picture, png
from tests.browser.test_two_dates import CUT as NAMES_CUT

SHOWN = ".cf-pane:not([hidden]) .cf-view"
IN_SIGHT = """(selectors) => selectors.filter((selector) => {
    const all = Array.from(document.querySelectorAll(selector));
    return !all.length || !all.every((one) => {
        const box = one.getBoundingClientRect();
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        return one.checkVisibility() && box.left >= 0 && box.top >= 0 && box.right <= innerWidth
            && box.bottom <= innerHeight && one.contains(document.elementFromPoint(x, y))
    });
})"""
PHOTOGRAPH = [".cf-change", ".cf-stage", "#cf-enhance", "#cf-cancel", ".cf-message"]
RESULTS = [".cf-bar .cf-modes span", ".cf-one", ".cf-believe", ".cf-save-open", ".cf-pane:not([hidden]) .cf-network",
           ".cf-pane:not([hidden]) .cf-sentence", ".cf-detail", ".cf-minimap", ".cf-more"]  # fmt: skip
LONGEST = strings.added(10.6, (2, 2), 2.0, network=True, other_degradation=True)
CUT = """(words) => Array.from(document.querySelectorAll('.cf-pane:not([hidden]) .cf-sentence')).filter((one) => {
    one.textContent = words;
    return one.scrollHeight > one.clientHeight + 1;
}).map((one) => [one.clientWidth, one.scrollHeight, one.clientHeight])"""
"""Places under panes where those words are not seen whole."""
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => { for (const one of list.getEntries())
    if (!one.hadRecentInput) window.shifts.push([one.startTime, one.value]); })
    .observe({ type: 'layout-shift', buffered: true });"""


def out_of_sight(driver: PageDriver, selectors: list[str]) -> list[str]:
    return driver.page.evaluate(IN_SIGHT, selectors)


def wait_until_in_sight(driver: PageDriver, selectors: list[str]) -> None:
    """Busy machines lay a page out some frames after its last message."""
    driver.page.wait_for_function(f"(selectors) => !({IN_SIGHT})(selectors).length", arg=selectors)


def layout_shift(shifts: list[list[float]]) -> float:
    """Cumulative Layout Shift as web.dev defines it: the largest sum of [milliseconds, shift] in a window of at most
    5 s whose shifts follow each other within 1 s."""
    windows: list[list[list[float]]] = []
    for at, value in shifts:
        if not windows or at - windows[-1][-1][0] >= 1000 or at - windows[-1][0][0] >= 5000:
            windows.append([])
        windows[-1].append([at, value])
    return max((sum(value for _, value in one) for one in windows), default=0.0)


def areas(driver: PageDriver) -> list[list[float]]:
    return driver.page.evaluate(
        f"Array.from(document.querySelectorAll('{SHOWN}'), (one) => {{ const box = one.getBoundingClientRect();"
        " return [box.x, box.y, box.width, box.height]; })"
    )


@pytest.mark.parametrize(
    ("width", "height", "panes", "share"),
    [(1366, 768, 3, 0.45), (1000, 700, 3, 0.5), (768, 1024, 1, 0.5), (390, 844, 1, 0.3)],
)
def test_the_first_view_shows_the_result_without_scrolling(
    server: Server, browser: Any, width: int, height: int, panes: int, share: float
) -> None:
    viewport = {"width": width, "height": height}
    with open_page(browser, server.address, viewport=viewport, has_touch=width < 800) as driver:
        driver.page.evaluate(SHIFTS)
        driver.open(png(picture(600, 450)))
        wait_until_in_sight(driver, PHOTOGRAPH)
        driver.crop(100, 80, 256, 256)
        driver.enhance()
        driver.page.wait_for_function("() => document.querySelector('.cf-message')?.textContent.startsWith('Done')")
        wait_until_in_sight(driver, ["#cf-enhance", *RESULTS])
        seen = areas(driver)
        if panes == 1:  # a curtain first, on one spot
            assert driver.page.is_checked(".cf-modes input[value=curtain]")
            seen = seen[:1]
        assert len(seen) == panes
        assert sum(one[2] * one[3] for one in seen) > share * width * height
        assert driver.page.evaluate(f"{VIEWER}.view.times") == 4  # 1:1 of the result
        left, top, wide, tall = driver.page.evaluate(f"{VIEWER}.view.seen()")
        spot = driver.page.evaluate(f"{VIEWER}.value().spot")
        assert left <= spot["x"] <= left + wide
        assert top <= spot["y"] <= top + tall
        assert driver.page.evaluate("scrollY") == 0
        assert driver.page.evaluate("document.documentElement.scrollWidth") <= width
        tools = driver.page.evaluate(
            "Array.from(document.querySelectorAll('.cf-bar > *')).filter((one) => one.checkVisibility())"
            ".map((one) => one.getBoundingClientRect()).map((box) => [box.top, box.bottom])"
        )
        assert max(top for top, _ in tools) < min(bottom for _, bottom in tools)  # one row of them
        labels = driver.page.locator(".cf-synthetic >> visible=true").all_inner_texts()
        assert labels == ["synthetic"] * (2 if panes == 3 else 1)  # ESRT and CF-ESRT; bicubic is none
        for mode in ("curtain", "blink", "side"):
            before = driver.page.locator(".cf-foot").bounding_box()
            driver.mode(mode)
            assert driver.page.locator(".cf-foot").bounding_box() == before  # nothing jumps
            assert driver.page.evaluate(CUT, LONGEST) == []
            driver.page.evaluate(f"{VIEWER}.layout.name({{ esrt: 'ESRT camera', 'cf-esrt': 'CF-ESRT camera' }})")
            assert driver.page.evaluate(NAMES_CUT) == []
        assert layout_shift(driver.page.evaluate("window.shifts")) < 0.1


def test_narrower_panes_show_no_result_below_twice_the_photograph_unless_a_person_fits_it(
    server: Server, browser: Any
) -> None:
    times = f"() => {VIEWER}.view.times"
    with open_page(browser, server.address, viewport={"width": 390, "height": 844}) as driver:
        driver.open(png(picture(160, 120)))
        driver.crop(30, 20, 64, 40)
        driver.enhance()
        assert driver.page.evaluate(times) > 4  # a small box: all of it, larger than 1:1 of the result
        driver.mode("side")
        driver.page.wait_for_function(f"() => {VIEWER}.view.times === 4")
        driver.page.click(".cf-fit")
        assert driver.page.evaluate(times) < 2
        driver.mode("curtain")
        driver.page.wait_for_function(f"() => {VIEWER}.view.times > 4")  # it is fitted still
        driver.mode("side")
        driver.page.wait_for_function(f"() => {VIEWER}.view.times < 2")


def test_at_200_percent_what_is_said_of_a_picture_is_seen_whole(server: Server, browser: Any) -> None:
    with open_page(browser, server.address, viewport={"width": 683, "height": 384}) as driver:
        driver.open(png(picture(160, 120)))
        driver.crop(30, 20, 64, 48)
        driver.enhance()
        usual = strings.added(10.6, (2, 2), 0.1, network=True)
        assert driver.page.evaluate(CUT, usual) == []
        assert driver.page.evaluate(CUT, strings.unveiled(0.999, 12.0)) == []


@pytest.mark.parametrize(("wide", "high"), [(200, 95), (110, 200)])
def test_a_box_of_another_shape_than_the_pane_leaves_no_grey_bands(
    server: Server, browser: Any, wide: int, high: int
) -> None:
    with open_page(browser, server.address, viewport={"width": 768, "height": 1024}) as driver:
        driver.open(png(picture(600, 450)))
        driver.crop(100, 80, wide, high)
        driver.enhance()
        left, top, width, height = driver.page.evaluate(f"{VIEWER}.view.seen()")
        assert min(left, top) > -0.5
        assert left + width < wide + 0.5
        assert top + height < high + 0.5
        assert driver.page.evaluate(f"{VIEWER}.view.times") <= 8  # two pixels of the page for one of the result


def test_on_a_phone_keys_and_full_screen_stand_in_the_panel(server: Server, browser: Any) -> None:
    with open_page(browser, server.address, viewport={"width": 390, "height": 844}, has_touch=True) as driver:
        driver.open(png(picture(160, 120)))
        driver.enhance()
        driver.more()
        driver.page.click(".cf-in-menu [data-press=cf-help-open]")
        assert driver.page.is_visible(".cf-help")
        driver.page.keyboard.press("Escape")
        driver.page.click(".cf-in-menu [data-press=cf-full]")
        driver.page.wait_for_function("() => document.fullscreenElement?.classList.contains('cf-results')")
        assert out_of_sight(driver, [".cf-full", ".cf-save-open", ".cf-believe"]) == []
        driver.page.click(".cf-full")  # and back
        driver.page.wait_for_function("() => !document.fullscreenElement")
        driver.page.set_viewport_size({"width": 1366, "height": 768})
        assert driver.page.is_hidden(".cf-in-menu")  # both are in the row of tools


@pytest.mark.parametrize("touch", [True, False])
def test_on_a_phone_the_detail_slider_has_its_number_and_the_names_of_its_ends(
    server: Server, browser: Any, touch: bool
) -> None:
    with open_page(browser, server.address, viewport={"width": 390, "height": 844}, has_touch=touch) as driver:
        driver.open(png(picture(160, 120)))
        driver.enhance()
        row = driver.page.locator(".cf-detail-row")
        least, most, number, more = (
            driver.page.locator(f".cf-adjust {one}").bounding_box()
            for one in (".cf-small >> nth=0", ".cf-small >> nth=1", ".cf-detail-value", ".cf-more")
        )
        assert row.locator(".cf-small").all_inner_texts() == [strings.PANES["faithful"], strings.PANES["texture"]]
        assert least["x"] + least["width"] <= most["x"]  # neither lies over the other, nor over the button
        assert max(one["x"] + one["width"] for one in (most, number)) <= more["x"]
        foot = driver.page.locator(".cf-foot").bounding_box()
        assert max(one["y"] + one["height"] for one in (least, most, number)) <= foot["y"] + foot["height"]


def test_what_was_chosen_stays_for_the_next_crop_and_visit(server: Server, browser: Any) -> None:
    with open_page(browser, server.address) as driver:
        driver.open(png(picture(600, 450)))
        driver.crop(100, 80, 256, 256)
        driver.enhance()
        driver.page.fill(".cf-zoom", "3")
        driver.mode("curtain")
        driver.crop(300, 180, 200, 200)
        driver.enhance()
        assert driver.page.evaluate(f"{VIEWER}.view.times") == 8
        assert driver.page.is_checked(".cf-modes input[value=curtain]")
        driver.page.reload()
        driver.page.wait_for_function(f"() => document.querySelector('.cf-compare') && {VIEWER}")
        assert driver.page.is_checked(".cf-modes input[value=curtain]")


def test_a_panes_own_list_chooses_its_network(driver: PageDriver) -> None:
    driver.open(png(picture(160, 120)))
    driver.crop(30, 20, 48, 40)
    driver.enhance()
    names = f"{VIEWER}.layout.chosen().map((pane) => pane.name)"
    driver.page.select_option(".cf-pane[data-model=bicubic] .cf-network", "other")
    driver.page.wait_for_function("() => document.querySelector('.cf-pane[data-model=other]').dataset.shown")
    assert driver.page.evaluate(names) == ["other", "esrt", "cf-esrt"]
    driver.page.select_option(".cf-pane[data-model=other] .cf-network", "cf-esrt")  # they change places
    assert driver.page.evaluate(names) == ["cf-esrt", "esrt", "other"]
    assert driver.page.input_value(".cf-pane[data-model=cf-esrt] .cf-network") == "cf-esrt"


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


def test_explanations_open_by_keyboard_with_the_same_words(driver: PageDriver) -> None:
    driver.open(png(picture(60, 40)))
    driver.enhance()
    driver.more()
    wanted = markup.explanations(available_panes(describe, NAMES)[0])
    wanted["crop"] = (strings.CROP["hint"],)
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
        assert min(at["width"], at["height"]) >= 24
        assert min(abs(shown["y"] - at["y"] - at["height"]), abs(at["y"] - shown["y"] - shown["height"])) < 12
        driver.page.keyboard.press("Escape")
        assert popover.is_hidden()


def test_the_first_answer_is_small(server: Server) -> None:
    page = urllib.request.urlopen(server.address, timeout=20).read()
    assert page.count(b"cf-thumb") >= 4
    assert len(page) < 150_000
