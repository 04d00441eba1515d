"""Comparing in a real browser: every mode, one viewport, and pixels that are the model's pixels."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cf_esrt.fidelity import colour_difference, colour_map, residual_map
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import BOUNDS, PATIENCE, VIEWER, PageDriver, open_page, picture, png

PHOTO = picture(160, 120)
CUT = PHOTO[20:60, 30:78]
ALL = ("original", "bicubic", "other", "esrt", "cf-esrt-coarse", "cf-esrt")
VIEW = f"(({VIEWER}) => [bench.view.x, bench.view.y, bench.view.times])".replace(f"({VIEWER})", "bench") + f"({VIEWER})"
READ = """([selector, model]) => {
    const bench = document.querySelector('.cf-compare').parentElement.cfesrt;
    const { view } = bench;
    const pane = bench.panes.find((one) => one.name === model);
    const canvas = selector ? document.querySelector(selector) : pane.viewer.drawer.canvas;
    const [left, top] = view.seen().map((side) => -side * view.times);
    const [width, height] = [view.width * view.times, view.height * view.times];
    const bytes = canvas.getContext('2d').getImageData(Math.round(left), Math.round(top), width, height).data;
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return btoa(text);
}"""

WATCH_EMPTY = f"""() => {{
    Object.assign(window, {{ watching: true, empty_frames: [] }});
    const look = () => {{
        for (const pane of {VIEWER}.layout.seen()) {{
            const {{ canvas }} = pane.viewer.drawer;
            const middle = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
            if (!middle[3]) window.empty_frames.push(pane.name);
        }}
        if (window.watching) requestAnimationFrame(look);
    }};
    look();
}}"""
"""Which panes show nothing in their middle, frame by frame."""


@pytest.fixture(scope="module")
def opened(server: Server, browser: Any) -> Iterator[PageDriver]:
    """One page with one finished enhancement for all tests of this file."""
    with open_page(browser, server.address, has_touch=True) as driver:
        driver.open(png(PHOTO))
        driver.crop(30, 20, 48, 40)
        driver.enhance()
        driver.more()
        yield driver


@pytest.fixture
def driver(opened: PageDriver) -> PageDriver:
    """The page side by side, fitted, with nothing pressed."""
    opened.page.emulate_media(reduced_motion="no-preference")
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.mouse.move(5, 5)
    opened.page.keyboard.press("s")
    opened.page.keyboard.press("0")
    return opened


def view(driver: PageDriver) -> tuple[float, float, float]:
    """Centre and magnification."""
    return tuple(driver.page.evaluate(VIEW))


def read(driver: PageDriver, model: str, selector: str = "") -> np.ndarray:
    """What is painted on the screen where the picture lies."""
    driver.page.evaluate(f"(model) => {VIEWER}.panes.find((one) => one.name === model).painted()", model)
    driver.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    bytes_ = base64.b64decode(driver.page.evaluate(READ, [selector, model]))
    return np.frombuffer(bytes_, np.uint8).reshape(160, 192, 4)[..., :3]


def settled(driver: PageDriver, model: str) -> np.ndarray:
    """What stays on the screen: a mode's panes change size, and the viewer draws them again some frames later."""
    before = read(driver, model)
    for _ in range(20):
        driver.page.wait_for_timeout(100)
        now = read(driver, model)
        if np.array_equal(before, now):
            break
        before = now
    return before


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def displayed(name: str) -> np.ndarray:
    """What the pane of that name has to show."""
    if name == "original":
        return CUT.repeat(4, axis=0).repeat(4, axis=1)
    if name == "cf-esrt-coarse":
        return expected(CUT, "cf-esrt").coarse
    return expected(CUT, name).refined


def choose(driver: PageDriver, *names: str) -> None:
    """Tick exactly these panes and wait for their pictures."""
    for name in (*names, *(name for name in ALL if name not in names)):
        driver.page.locator(f".cf-chips input[value='{name}']").set_checked(name in names, force=True)
    driver.page.wait_for_function(
        "(names) => names.every((name) => document.querySelector(`.cf-pane[data-model='${name}']`).dataset.shown)",
        arg=list(names),
    )


def test_pixels_on_the_screen_are_the_models_pixels(driver: PageDriver) -> None:
    assert driver.page.locator(".cf-chips input").evaluate_all("all => all.map((one) => one.value)") == list(ALL)
    choose(driver, *ALL)  # the one that had not run runs now
    driver.page.keyboard.press("1")
    assert view(driver)[2] == 4
    for smooth in (True, False):
        driver.page.set_checked(".cf-smooth", smooth)
        for name in ALL:
            assert digest(read(driver, name)) == digest(displayed(name)), name
    driver.page.check(".cf-smooth")
    choose(driver, "bicubic", "esrt", "cf-esrt")
    for key in "cbl":
        driver.page.keyboard.press(key)
        driver.page.keyboard.press("1")
        assert digest(settled(driver, "cf-esrt")) == digest(displayed("cf-esrt")), key


@pytest.mark.parametrize("gain", [1, 8])
def test_difference_is_exact_and_says_its_scale(driver: PageDriver, gain: int) -> None:
    driver.page.keyboard.press("d")
    driver.page.keyboard.press("1")
    driver.page.select_option(".cf-gain", str(gain))
    step = np.abs(displayed("bicubic").astype(int) - displayed("cf-esrt").astype(int))
    driver.page.wait_for_timeout(100)
    np.testing.assert_array_equal(read(driver, "bicubic", ".cf-difference"), np.minimum(step * gain, 255))
    assert driver.page.inner_text(".cf-legend-end").startswith({1: "255", 8: "32"}[gain])
    assert f"×{gain}" in driver.page.inner_text(".cf-seen")


def test_maps_lie_over_the_results(driver: PageDriver) -> None:
    driver.page.evaluate(WATCH_EMPTY)
    driver.page.check(".cf-overlays input[value=residual]", force=True)
    driver.page.wait_for_function(f"() => {VIEWER}.panes.find((one) => one.name === 'esrt').overlaid")
    driver.page.keyboard.press("1")
    driver.page.uncheck(".cf-smooth")
    map = residual_map(displayed("esrt"), CUT).repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(read(driver, "esrt"), map)
    np.testing.assert_array_equal(driver.pixels("esrt"), displayed("esrt"))  # what is downloaded stays the result
    assert driver.page.inner_text(".cf-overlay-high").endswith("levels")
    driver.page.check(".cf-smooth")
    driver.page.check(".cf-overlays input[value=result]", force=True)
    driver.page.wait_for_function(f"() => !{VIEWER}.panes.find((one) => one.name === 'esrt').overlaid")
    assert digest(read(driver, "esrt")) == digest(displayed("esrt"))
    assert driver.page.is_hidden(".cf-overlay-legend")
    assert driver.page.evaluate("() => { window.watching = false; return window.empty_frames; }") == []


def test_the_last_of_quick_choices_is_shown(driver: PageDriver) -> None:
    """The first one's request is held back until the second was made."""
    driver.page.keyboard.press("1")
    driver.page.uncheck(".cf-smooth")
    held: list[Any] = []
    asked = re.compile(r"/(queue/join|run/)")
    driver.page.route(asked, lambda route: route.continue_() if held else held.append(route))
    driver.page.check(".cf-overlays input[value=added]", force=True)
    while not held:
        driver.page.wait_for_timeout(50)
    driver.page.check(".cf-overlays input[value=colour]", force=True)
    driver.page.wait_for_timeout(500)
    held[0].continue_()
    driver.page.unroute(asked)
    colour = colour_map(colour_difference(displayed("esrt"), CUT).map).repeat(4, axis=0).repeat(4, axis=1)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not np.array_equal(read(driver, "esrt"), colour):
        driver.page.wait_for_timeout(100)
    np.testing.assert_array_equal(read(driver, "esrt"), colour)
    driver.page.check(".cf-smooth")
    driver.page.check(".cf-overlays input[value=result]", force=True)
    driver.page.wait_for_function(f"() => !{VIEWER}.panes.find((one) => one.name === 'esrt').overlaid")


def pair(driver: PageDriver) -> list[str]:
    """The models of A and B."""
    return [driver.page.get_attribute(f"[data-place={place}]", "data-model") for place in "ab"]


def test_one_view_through_every_mode_and_model(driver: PageDriver) -> None:
    fitted = view(driver)
    driver.page.keyboard.press("c")  # a larger picture
    assert view(driver)[2] > fitted[2]  # what is fitted stays so
    driver.page.keyboard.press("c")
    assert view(driver) == fitted
    driver.page.fill(".cf-zoom", "4")
    driver.page.focus(".cf-pane[data-model=esrt] .openseadragon-canvas")
    driver.page.keyboard.press("ArrowRight")
    driver.page.keyboard.press("ArrowDown")
    placed = view(driver)
    assert placed[2] == 16
    for mode in ("curtain", "blink", "lens", "difference", "side"):
        driver.mode(mode)
        assert view(driver) == placed
        driver.same_bounds()
    driver.page.keyboard.press("c")
    driver.page.select_option("[data-place=a] .cf-network", "original")
    driver.page.wait_for_selector(".cf-pane[data-model=original] canvas")
    assert pair(driver) == ["original", "cf-esrt"]
    driver.page.evaluate("document.activeElement.blur()")
    driver.page.keyboard.press("x")
    assert pair(driver) == ["cf-esrt", "original"]
    driver.page.select_option("[data-place=b] .cf-network", "cf-esrt")  # the same twice: they change places
    assert pair(driver) == ["original", "cf-esrt"]
    driver.page.select_option("[data-place=a] .cf-network", "bicubic")
    assert view(driver) == placed
    driver.same_bounds()


def test_keyboard_pans_zooms_and_stops(driver: PageDriver) -> None:
    x, y, times = view(driver)
    driver.page.focus(".cf-pane[data-model=bicubic] .openseadragon-canvas")
    for key, way in (("ArrowLeft", (-1, 0)), ("ArrowDown", (0, 1))):
        before = view(driver)
        driver.page.keyboard.press(key)
        after = view(driver)
        assert [np.sign(round(b - a, 9)) for a, b in zip(before, after, strict=True)][:2] == list(way)
    driver.page.keyboard.press("+")
    assert view(driver)[2] > times
    driver.page.keyboard.press("-")
    assert view(driver)[2] == pytest.approx(times)
    driver.page.keyboard.press("1")
    assert driver.page.inner_text(".cf-magnification") == "4.0×"
    driver.page.keyboard.press("0")
    assert view(driver) == pytest.approx((x, y, times))
    assert "Result pixel" in (driver.page.text_content(".cf-spot") or "")  # of the middle, without a pointer


def test_wheel_drag_double_click_and_pinch_move_all_panes(driver: PageDriver) -> None:
    spot = driver.page.locator(".cf-pane[data-model=esrt] .cf-view").bounding_box()
    assert spot
    x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
    least = view(driver)[2]
    driver.page.mouse.move(x, y)
    driver.page.mouse.wheel(0, -300)
    driver.page.wait_for_function(f"(least) => {VIEWER}.view.times > 1.1 * least", arg=least)
    zoomed = driver.same_bounds()
    driver.page.mouse.down()
    driver.page.mouse.move(x + 60, y + 40, steps=4)
    driver.page.mouse.up()
    driver.page.wait_for_function(f"(x) => Math.abs(({BOUNDS})()[0][0] - x) > 1e-3", arg=zoomed[0])
    driver.same_bounds()
    driver.page.keyboard.press("0")
    driver.page.mouse.dblclick(x, y)
    driver.page.wait_for_function(f"(least) => {VIEWER}.view.times > 1.5 * least", arg=least)
    driver.same_bounds()
    driver.page.keyboard.press("0")
    touch = driver.page.context.new_cdp_session(driver.page)
    for kind, apart in (("touchStart", 30), ("touchMove", 45), ("touchMove", 60), ("touchMove", 90), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        driver.page.wait_for_timeout(40)
    driver.page.wait_for_function(f"(least) => {VIEWER}.view.times > 1.5 * least", arg=least)
    driver.same_bounds()


def test_curtain_moves_by_keys_and_pointer(driver: PageDriver) -> None:
    driver.page.keyboard.press("c")
    driver.page.focus(".cf-curtain")
    before = view(driver)
    driver.page.keyboard.press("ArrowRight")
    assert driver.page.get_attribute(".cf-curtain", "aria-valuenow") == "52"
    assert view(driver) == before  # the keys were the curtain's
    box = driver.page.locator(".cf-overlay").bounding_box()
    assert box
    driver.page.mouse.move(box["x"] + 0.52 * box["width"], box["y"] + 60)
    driver.page.mouse.down()
    driver.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 90, steps=3)
    driver.page.mouse.up()
    assert driver.page.get_attribute(".cf-curtain", "aria-valuenow") == "25"
    clip = driver.page.evaluate("document.querySelector('[data-place=b] .cf-view').style.clipPath")
    assert clip.startswith("inset(0")
    driver.page.keyboard.press("c")
    assert driver.page.is_checked(".cf-modes input[value=side]")
    assert driver.page.evaluate("Array.from(document.querySelectorAll('.cf-view')).every((one) => !one.style.clipPath)")


def test_blink_is_slow_enough_and_off_with_reduced_motion(driver: PageDriver) -> None:
    driver.page.keyboard.press("b")
    seen = "document.querySelector('.cf-seen').textContent"
    assert float(driver.page.get_attribute(".cf-rate", "max") or 9) <= 3
    driver.page.fill(".cf-rate", "3")
    driver.page.evaluate(
        "() => { window.changes = []; new MutationObserver(() => window.changes.push(performance.now()))"
        ".observe(document.querySelector('.cf-seen'), { childList: true }); }"
    )
    driver.page.wait_for_function("() => window.changes.length >= 4")
    changes = driver.page.evaluate("window.changes")
    assert (len(changes) - 1) / (changes[-1] - changes[0]) <= 3.3 / 1000  # a late timer makes the next gap shorter
    driver.page.emulate_media(reduced_motion="reduce")
    driver.page.wait_for_selector(".cf-rate[disabled]")
    held = driver.page.evaluate(seen)
    driver.page.wait_for_timeout(800)
    assert driver.page.evaluate(seen) == held
    driver.page.click(".cf-other")
    assert driver.page.evaluate(seen) != held


def test_lens_follows_the_pointer_and_magnifies(driver: PageDriver) -> None:
    driver.mode("lens")
    driver.page.evaluate("document.activeElement.blur()")
    driver.page.keyboard.press("1")
    driver.page.uncheck(".cf-smooth")
    driver.page.evaluate("document.querySelector('.cf-overlay').scrollIntoView({ block: 'nearest' })")  # from the panel
    ring = driver.page.locator(".cf-ring").bounding_box()
    box = driver.page.locator(".cf-overlay").bounding_box()
    assert ring
    assert box
    assert ring["x"] + ring["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=2)  # without a pointer
    x, y = box["x"] + 0.5 * box["width"] + 20, box["y"] + 0.5 * box["height"] + 10
    driver.page.mouse.move(x, y)
    driver.page.wait_for_timeout(200)
    place = driver.page.evaluate(f"(at) => {VIEWER}.layout.lead().viewer.at(...at).map((side) => 4 * side)", [x, y])
    lens = """([x, y]) => { const ring = document.querySelector('.cf-ring');
        return Array.from(ring.getContext('2d').getImageData(ring.width / 2 + x, ring.height / 2 + y, 1, 1).data); }"""
    for away in (0, 60, -60):  # in the lens; the picture is 2.5 times as large as around it
        y, x = int(place[1]), int(place[0] + away / 2.5)
        wanted = displayed("cf-esrt")[y - 1 : y + 2, x - 1 : x + 2].astype(int)  # the pixel there, or one beside it
        steps = np.abs(np.array(driver.page.evaluate(lens, [away, 0]))[:3] - wanted).max(axis=2)
        assert steps.min() <= 8, away
    driver.page.fill(".cf-lens-size", "60")
    assert driver.page.locator(".cf-ring").bounding_box()["width"] == pytest.approx(120, abs=6)
    driver.page.fill(".cf-lens-size", "110")
    driver.page.check(".cf-smooth")


def test_the_inset_covers_no_picture_and_leads_there(driver: PageDriver) -> None:
    driver.page.fill(".cf-zoom", "5")
    box = driver.page.locator(".cf-minimap").bounding_box()
    panes = driver.page.locator(".cf-panes").bounding_box()
    assert box
    assert panes
    assert box["y"] >= panes["y"] + panes["height"]
    driver.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    assert view(driver)[:2] == pytest.approx((12, 30), abs=0.8)
    driver.same_bounds()


def test_pixel_under_the_cursor_is_read_in_every_pane(driver: PageDriver) -> None:
    driver.page.fill(".cf-zoom", "5")
    box = driver.page.locator(".cf-pane[data-model=esrt] .cf-view").bounding_box()
    assert box
    at = (box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    driver.page.mouse.move(*at)
    x, y = (
        int(4 * side)
        for side in driver.page.evaluate(
            f"(at) => {VIEWER}.panes.find((one) => one.name === 'esrt').viewer.at(...at)", at
        )
    )
    position = f"Result pixel {x}, {y} · photograph pixel {30 + x // 4}, {20 + y // 4}"
    driver.page.wait_for_function(f"() => document.querySelector('.cf-spot').textContent === '{position}'")
    for name in ("bicubic", "esrt", "cf-esrt"):
        readout = driver.page.inner_text(f".cf-pane[data-model={name}] .cf-colour")
        assert readout == " ".join(map(str, displayed(name)[y, x]))


def test_calibration_gives_a_scale_bar(driver: PageDriver) -> None:
    assert driver.page.is_hidden(".cf-scale")
    driver.page.keyboard.press("1")
    driver.page.click(".cf-calibrate")
    box = driver.page.locator(".cf-overlay").bounding_box()
    assert box
    x, y = box["x"] + 100, box["y"] + 200
    driver.page.mouse.move(x, y)
    driver.page.mouse.down()
    driver.page.mouse.move(x + 80, y, steps=4)
    driver.page.mouse.up()
    assert "Line: 20.0 px" in driver.page.inner_text(".cf-line-length")
    driver.page.keyboard.press("ArrowRight")  # the end that was drawn has the focus; one result pixel's width
    assert "Line: 21.0 px" in driver.page.inner_text(".cf-line-length")
    driver.page.keyboard.press("ArrowLeft")
    driver.page.fill(".cf-mm", "2")
    driver.page.keyboard.press("Enter")  # 20 px of the photograph are 2 mm: at 4 screen pixels each, 1 mm is 40
    assert driver.page.inner_text(".cf-scale").strip() == "2 mm"
    assert driver.page.evaluate("document.querySelector('.cf-scale i').getBoundingClientRect().width") == 80
    driver.page.keyboard.press("+")
    assert driver.page.inner_text(".cf-scale").strip() == "2 mm"
    assert driver.page.evaluate("document.querySelector('.cf-scale i').getBoundingClientRect().width") == 100
    driver.page.click(".cf-calibrate")
    driver.page.click(".cf-uncalibrate")
    assert driver.page.is_hidden(".cf-scale")


def test_help_lists_the_keys_and_full_screen_is_one(driver: PageDriver) -> None:
    driver.page.keyboard.press("?")
    help = driver.page.inner_text(".cf-help")
    for sign in ("← → ↑ ↓", "+", "−", "0", "1", "B", "C", "D", "F", "?"):
        assert f"{sign}\n" in help
    driver.page.keyboard.press("Escape")
    assert driver.page.is_hidden(".cf-help")
    full = "document.fullscreenElement?.classList.contains('cf-results')"
    twice = "document.querySelector('.cf-full').click(); document.querySelector('.cf-full').click()"
    for enter in (lambda: driver.page.keyboard.press("f"), lambda: driver.page.evaluate(twice)):
        enter()  # pressed again while it changes, nothing goes wrong on the page
        driver.page.wait_for_function(f"() => {full}")
        driver.page.keyboard.press("f")
        driver.page.wait_for_function("() => !document.fullscreenElement")


@pytest.mark.parametrize(("close", "part"), [("close", ".cf-help"), ("hidePopover", "#cf-save")])
def test_a_key_counts_as_soon_as_what_was_open_is_closed(driver: PageDriver, close: str, part: str) -> None:
    """A browser leaves the focus in what has closed until its next frame, which a busy machine draws late."""
    driver.page.keyboard.press("?") if part == ".cf-help" else driver.page.click(".cf-save-open")
    driver.page.wait_for_function("(one) => document.querySelector(one).checkVisibility()", arg=part)
    driver.page.evaluate(
        """([close, part]) => {
            const one = document.querySelector(part), inside = one.querySelector('button:not([disabled])');
            inside.focus();
            one[close]();
            inside.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true, cancelable: true }));
        }""",
        [close, part],
    )
    assert driver.page.is_checked(".cf-modes input[value=curtain]")
