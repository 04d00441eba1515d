"""The page for everyone: keyboard alone, screen readers, small and large screens, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Server
from tests.browser.page_driver import VIEWER, PageDriver, open_page, picture, png

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
SERIOUS = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target).join('; ')}`);
}"""
MODES = ("side", "curtain", "blink", "lens", "difference")


@pytest.fixture(scope="module")
def opened(server: Server, browser: Any) -> Iterator[PageDriver]:
    """One page for all tests of this file, with one finished enhancement and everything chosen."""
    with open_page(browser, server.address, reduced_motion="reduce") as driver:
        driver.open(png(picture(160, 120)))
        driver.crop(30, 20, 48, 20)  # with a warning
        driver.page.click(".cf-add")
        driver.enhance()
        driver.more()
        driver.page.add_script_tag(path=AXE)
        yield driver


def test_axe_would_find_something(opened: PageDriver) -> None:
    opened.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button id=bad></button>')")
    assert any("button-name: #bad" in found for found in opened.page.evaluate(SERIOUS))
    opened.page.evaluate("document.querySelector('#bad').remove()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: PageDriver, scheme: str) -> None:
    page = opened.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", scheme == "dark")
    page.check(".cf-modes input[value=side]", force=True)
    page.click(".cf-calibrate")
    assert page.evaluate(SERIOUS) == []
    page.click(".cf-calibrate-cancel")
    for mode in ("curtain", "blink", "lens", "difference"):
        page.check(f".cf-modes input[value={mode}]", force=True)
        assert page.evaluate(SERIOUS) == [], mode
    page.click(".cf-help-open")
    assert page.evaluate(SERIOUS) == []
    page.keyboard.press("Escape")
    page.check(".cf-modes input[value=side]", force=True)
    for opens in (page.locator(".cf-why >> visible=true").first, page.locator(".cf-save-open")):
        opens.click()
        assert page.evaluate(SERIOUS) == []
        page.keyboard.press("Escape")
    page.focus(".cf-stage")
    page.keyboard.press("ArrowRight")  # the panes are veiled
    assert page.evaluate(SERIOUS) == []
    page.keyboard.press("ArrowLeft")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (3840, 2160)])
def test_fits_a_phone_and_a_large_screen(opened: PageDriver, width: int, height: int) -> None:
    page = opened.page
    page.set_viewport_size({"width": width, "height": height})
    for mode in MODES:
        page.check(f".cf-modes input[value={mode}]", force=True)
        page.wait_for_function("() => document.documentElement.scrollWidth <= window.innerWidth")
        cut = page.evaluate(
            "() => Array.from(document.querySelectorAll('.cf-results :is(button, a, input, select, output)'))"
            ".filter((one) => one.checkVisibility() && !one.closest('.cf-overlay, dialog, .openseadragon-container'))"
            ".map((one) => [one.className, one.getBoundingClientRect()])"
            ".filter(([, box]) => box.width > 2 && (box.left < 0 || box.right > window.innerWidth))"
            ".map(([name]) => name)"
        )
        assert cut == []
        opened.same_bounds()
    area = (
        "Array.from(document.querySelectorAll('.cf-pane:not([hidden]) .cf-view'),"
        " (one) => [one.clientWidth, one.clientHeight])"
    )
    used = max(max(wide / width, tall / height) for wide, tall in page.evaluate(area))
    assert used > 0.7  # the last mode's picture uses the screen
    page.set_viewport_size({"width": 1440, "height": 900})


def tab_to(driver: PageDriver, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(80):
        driver.page.keyboard.press("Tab")
        if driver.page.evaluate("(selector) => !!document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


def test_keyboard_alone_opens_crops_enhances_and_compares(driver: PageDriver) -> None:
    keys = driver.page.keyboard
    tab_to(driver, ".cf-thumb")
    keys.press("Enter")
    driver.wait_for_photo()
    tab_to(driver, ".cf-add")
    tab_to(driver, ".cf-stage")
    before = driver.box()
    keys.press("ArrowLeft")
    keys.press("Shift+Control+ArrowUp")
    assert driver.box() == {**before, "x": before["x"] - 1, "height": before["height"] - 10}
    tab_to(driver, "#cf-enhance")
    keys.press("Enter")
    driver.page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
    tab_to(driver, ".cf-modes input")
    keys.press("ArrowRight")
    assert driver.page.is_checked(".cf-modes input[value=curtain]")
    tab_to(driver, "[data-place=b] .cf-network")
    tab_to(driver, ".openseadragon-canvas")
    place = driver.page.evaluate("document.querySelector('.cf-compare').parentElement.cfesrt.view.x")
    keys.press("+")
    keys.press("ArrowLeft")
    assert driver.page.evaluate("document.querySelector('.cf-compare').parentElement.cfesrt.view.x") < place
    tab_to(driver, ".cf-curtain")
    keys.press("ArrowLeft")
    assert driver.page.get_attribute(".cf-curtain", "aria-valuenow") == "48"
    tab_to(driver, ".cf-more")
    keys.press("Enter")
    tab_to(driver, ".cf-calibrate")
    keys.press("Enter")
    assert driver.page.evaluate("document.activeElement.className") == "cf-end"
    tab_to(driver, ".cf-mm")
    keys.press("Enter")
    assert driver.page.inner_text(".cf-scale").strip().endswith(("mm", "µm"))


def test_the_focus_stays_where_it_was_when_another_pane_arrives(driver: PageDriver) -> None:
    """Panes arrive one by one, and a way to compare is entered anew for each."""
    driver.open(png(picture(60, 80)))
    driver.enhance()
    driver.page.check(".cf-modes input[value=curtain]")
    driver.page.focus(".cf-curtain")
    driver.page.evaluate("document.querySelector('.cf-compare').parentElement.cfesrt.modes.refresh()")
    driver.page.wait_for_timeout(300)  # browsers take the focus from what is hidden with the next frame
    driver.page.keyboard.press("End")
    assert driver.page.get_attribute(".cf-curtain", "aria-valuenow") == "100"


@pytest.mark.parametrize("opens", ["thumb", "file"])
def test_after_opening_the_focus_is_at_the_photograph(driver: PageDriver, opens: str) -> None:
    """The ways in fold away; the focus goes to the line that has taken their place, and Tab goes on to the box."""
    if opens == "thumb":
        tab_to(driver, ".cf-thumb")
        driver.page.keyboard.press("Enter")
        driver.wait_for_photo()
    else:
        driver.page.focus(".cf-file input")
        driver.open(png(picture(160, 120)))
    driver.page.wait_for_function("() => document.activeElement.matches('.cf-change')")
    for _ in range(4):
        driver.page.keyboard.press("Tab")
        if driver.page.evaluate("document.activeElement.matches('.cf-stage')"):
            return
    raise AssertionError("the box is more than four tabs away")


def test_after_a_key_the_focus_is_in_what_is_seen(driver: PageDriver) -> None:
    """C in a pane that the curtain hides: the next arrow key moves the picture that took its place."""
    driver.open(png(picture(160, 120)))
    driver.crop(30, 20, 96, 80)
    driver.enhance()
    page = driver.page
    page.focus(".cf-pane[data-model=esrt] .openseadragon-canvas")
    page.keyboard.press("1")
    page.keyboard.press("c")
    page.wait_for_timeout(300)  # browsers take the focus from what is hidden with the next frame
    assert page.evaluate(f"document.activeElement === {VIEWER}.layout.lead().viewer.canvas")
    page.keyboard.press("+")
    before = page.evaluate(f"{VIEWER}.view.x")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(f"{VIEWER}.view.x") > before
    page.keyboard.press("c")
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.closest('.cf-pane')?.checkVisibility()")


def test_shortcuts_work_wherever_the_focus_is(opened: PageDriver) -> None:
    page = opened.page
    page.check(".cf-modes input[value=side]", force=True)
    for place in (
        ".cf-change", ".cf-stage", ".cf-lesion", ".cf-exact summary", ".cf-crop-why", "#cf-enhance", ".cf-zoom",
        ".cf-modes input", ".cf-believe", ".cf-save-open", ".cf-view .openseadragon-canvas", ".cf-detail", ".cf-more",
        ".cf-researchers .cf-why", ".cf-about summary",
    ):  # fmt: skip
        page.locator(f"{place} >> visible=true").first.focus() if place != ".cf-modes input" else page.focus(place)
        page.keyboard.press("c")
        assert page.is_checked(".cf-modes input[value=curtain]"), place
        page.keyboard.press("s")
        assert page.is_checked(".cf-modes input[value=side]"), place
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("c")
    assert page.is_checked(".cf-modes input[value=curtain]")
    page.keyboard.press("s")


def least_question_mark(driver: PageDriver) -> float:
    """The shorter side of the smallest of them, in CSS pixels."""
    sizes = driver.page.evaluate(
        "Array.from(document.querySelectorAll('.cf-why, .cf-help-open')).filter((one) => one.checkVisibility())"
        ".map((one) => one.getBoundingClientRect()).map((box) => Math.min(box.width, box.height))"
    )
    assert len(sizes) >= 6  # beside the box, over the panes, and four in the panel
    return min(sizes)


def test_every_question_mark_is_large_enough(opened: PageDriver, server: Server, browser: Any) -> None:
    coarse = "matchMedia('(pointer: coarse)').matches"
    assert not opened.page.evaluate(coarse)
    assert least_question_mark(opened) >= 24
    with open_page(browser, server.address, has_touch=True) as driver:
        driver.open(png(picture(160, 120)))
        driver.enhance()
        driver.more()
        assert driver.page.evaluate(coarse)
        assert least_question_mark(driver) >= 44
