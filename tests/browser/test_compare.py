"""Comparing in a real browser: every mode, one viewport, and pixels that are the model's pixels."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cf_esrt.fidelity import colour_difference, colour_map, residual_map
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import BENCH, BOUNDS, Desk, opened_desk, picture, png

PHOTO = picture(160, 120)
CUT = PHOTO[20:60, 30:78]
ALL = ("original", "bicubic", "other", "esrt", "cf-esrt-coarse", "cf-esrt")
VIEW = f"(({BENCH}) => [bench.view.x, bench.view.y, bench.view.times])".replace(f"({BENCH})", "bench") + f"({BENCH})"
READ = """([selector, model]) => {
    const bench = document.querySelector('.cf-results').parentElement.cfesrt;
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


@pytest.fixture(scope="module")
def opened(server: Server, browser: Any) -> Iterator[Desk]:
    """One page with one finished enhancement for all tests of this file."""
    with opened_desk(browser, server.address, has_touch=True) as desk:
        desk.open(png(PHOTO))
        desk.crop(30, 20, 48, 40)
        desk.enhance()
        yield desk


@pytest.fixture
def desk(opened: Desk) -> Desk:
    """The page side by side, fitted, with nothing pressed."""
    opened.page.emulate_media(reduced_motion="no-preference")
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.mouse.move(5, 5)
    opened.page.keyboard.press("s")
    opened.page.keyboard.press("0")
    return opened


def view(desk: Desk) -> tuple[float, float, float]:
    """Centre and magnification."""
    return tuple(desk.page.evaluate(VIEW))


def read(desk: Desk, model: str, selector: str = "") -> np.ndarray:
    """What is painted on the screen where the picture lies."""
    desk.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    bytes_ = base64.b64decode(desk.page.evaluate(READ, [selector, model]))
    return np.frombuffer(bytes_, np.uint8).reshape(160, 192, 4)[..., :3]


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def made(name: str) -> np.ndarray:
    """What the pane of that name has to show."""
    if name == "original":
        return CUT.repeat(4, axis=0).repeat(4, axis=1)
    if name == "cf-esrt-coarse":
        return expected(CUT, "cf-esrt").coarse
    return expected(CUT, name).refined


def choose(desk: Desk, *names: str) -> None:
    """Tick exactly these panes and wait for their pictures."""
    for name in (*names, *(name for name in ALL if name not in names)):
        desk.page.locator(f".cf-chips input[value='{name}']").set_checked(name in names, force=True)
    desk.page.wait_for_function(
        "(names) => names.every((name) => document.querySelector(`.cf-pane[data-model='${name}']`).dataset.shown)",
        arg=list(names),
    )


def test_pixels_on_the_screen_are_the_models_pixels(desk: Desk) -> None:
    assert desk.page.locator(".cf-chips input").evaluate_all("all => all.map((one) => one.value)") == list(ALL)
    choose(desk, *ALL)  # the one that had not run runs now
    desk.page.keyboard.press("1")
    assert view(desk)[2] == 4
    for smooth in (True, False):
        desk.page.set_checked(".cf-smooth", smooth)
        for name in ALL:
            assert digest(read(desk, name)) == digest(made(name)), name
    desk.page.check(".cf-smooth")
    choose(desk, "bicubic", "esrt", "cf-esrt")
    for key in "cbl":
        desk.page.keyboard.press(key)
        desk.page.keyboard.press("1")
        assert digest(read(desk, "cf-esrt")) == digest(made("cf-esrt")), key


@pytest.mark.parametrize("gain", [1, 8])
def test_difference_is_exact_and_says_its_scale(desk: Desk, gain: int) -> None:
    desk.page.keyboard.press("d")
    desk.page.keyboard.press("1")
    desk.page.select_option(".cf-gain", str(gain))
    step = np.abs(made("bicubic").astype(int) - made("cf-esrt").astype(int))
    desk.page.wait_for_timeout(100)
    np.testing.assert_array_equal(read(desk, "bicubic", ".cf-difference"), np.minimum(step * gain, 255))
    assert desk.page.inner_text(".cf-legend-end").startswith({1: "255", 8: "32"}[gain])
    assert f"×{gain}" in desk.page.inner_text(".cf-seen")


def test_maps_lie_over_the_results(desk: Desk) -> None:
    desk.page.check(".cf-layers input[value=residual]", force=True)
    desk.page.wait_for_function(f"() => {BENCH}.panes.find((one) => one.name === 'esrt').mapped")
    desk.page.keyboard.press("1")
    desk.page.uncheck(".cf-smooth")
    map = residual_map(made("esrt"), CUT).repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(read(desk, "esrt"), map)
    np.testing.assert_array_equal(desk.pixels("esrt"), made("esrt"))  # what is downloaded stays the result
    assert desk.page.inner_text(".cf-map-high").endswith("levels")
    desk.page.check(".cf-smooth")
    desk.page.check(".cf-layers input[value=result]", force=True)
    desk.page.wait_for_function(f"() => !{BENCH}.panes.find((one) => one.name === 'esrt').mapped")
    assert digest(read(desk, "esrt")) == digest(made("esrt"))
    assert desk.page.is_hidden(".cf-map-legend")


def test_the_last_of_quick_choices_is_shown(desk: Desk) -> None:
    """The first one's request is held back until the second was made."""
    desk.page.keyboard.press("1")
    desk.page.uncheck(".cf-smooth")
    held: list[Any] = []
    asked = re.compile(r"/(queue/join|run/)")
    desk.page.route(asked, lambda route: route.continue_() if held else held.append(route))
    desk.page.check(".cf-layers input[value=added]", force=True)
    while not held:
        desk.page.wait_for_timeout(50)
    desk.page.check(".cf-layers input[value=colour]", force=True)
    desk.page.wait_for_timeout(500)
    held[0].continue_()
    desk.page.unroute(asked)
    made_of = colour_map(colour_difference(made("esrt"), CUT).map).repeat(4, axis=0).repeat(4, axis=1)
    for _ in range(100):
        if np.array_equal(read(desk, "esrt"), made_of):
            break
        desk.page.wait_for_timeout(100)
    np.testing.assert_array_equal(read(desk, "esrt"), made_of)
    desk.page.check(".cf-smooth")
    desk.page.check(".cf-layers input[value=result]", force=True)
    desk.page.wait_for_function(f"() => !{BENCH}.panes.find((one) => one.name === 'esrt').mapped")


def test_one_view_through_every_mode_and_model(desk: Desk) -> None:
    fitted = view(desk)
    desk.page.keyboard.press("c")  # a larger picture
    assert view(desk)[2] > fitted[2]  # what is fitted stays so
    desk.page.keyboard.press("c")
    assert view(desk) == fitted
    desk.page.fill(".cf-zoom", "4")
    desk.page.focus(".cf-pane[data-model=esrt] .openseadragon-canvas")
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("ArrowDown")
    placed = view(desk)
    assert placed[2] == 16
    for mode in ("curtain", "blink", "lens", "difference", "side"):
        desk.page.check(f".cf-modes input[value={mode}]", force=True)
        assert view(desk) == placed
        desk.same_bounds()
    desk.page.keyboard.press("c")
    desk.page.select_option(".cf-first", "original")
    desk.page.wait_for_selector(".cf-pane[data-model=original] canvas")
    assert desk.page.locator(".cf-pane:not([hidden])").count() == 2
    desk.page.keyboard.press("x")
    assert (desk.page.input_value(".cf-first"), desk.page.input_value(".cf-second")) == ("cf-esrt", "original")
    desk.page.select_option(".cf-second", "cf-esrt")  # the same twice: they change places
    assert desk.page.input_value(".cf-first") == "original"
    desk.page.select_option(".cf-first", "bicubic")
    assert view(desk) == placed
    desk.same_bounds()


def test_keyboard_pans_zooms_and_stops(desk: Desk) -> None:
    x, y, times = view(desk)
    desk.page.focus(".cf-pane[data-model=bicubic] .openseadragon-canvas")
    for key, way in (("ArrowLeft", (-1, 0)), ("ArrowDown", (0, 1))):
        before = view(desk)
        desk.page.keyboard.press(key)
        after = view(desk)
        assert [np.sign(round(b - a, 9)) for a, b in zip(before, after, strict=True)][:2] == list(way)
    desk.page.keyboard.press("+")
    assert view(desk)[2] > times
    desk.page.keyboard.press("-")
    assert view(desk)[2] == pytest.approx(times)
    desk.page.keyboard.press("1")
    assert desk.page.inner_text(".cf-magnification") == "4.0× of the input pixel"
    desk.page.keyboard.press("0")
    assert view(desk) == pytest.approx((x, y, times))
    assert "Result pixel" in desk.page.inner_text(".cf-spot")  # of the middle, without a pointer


def test_wheel_drag_double_click_and_pinch_move_all_panes(desk: Desk) -> None:
    spot = desk.page.locator(".cf-pane[data-model=esrt] .cf-view").bounding_box()
    assert spot
    x, y = spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2
    least = view(desk)[2]
    desk.page.mouse.move(x, y)
    desk.page.mouse.wheel(0, -300)
    desk.page.wait_for_function(f"(least) => {BENCH}.view.times > 1.1 * least", arg=least)
    zoomed = desk.same_bounds()
    desk.page.mouse.down()
    desk.page.mouse.move(x + 60, y + 40, steps=4)
    desk.page.mouse.up()
    desk.page.wait_for_function(f"(x) => Math.abs(({BOUNDS})()[0][0] - x) > 1e-3", arg=zoomed[0])
    desk.same_bounds()
    desk.page.keyboard.press("0")
    desk.page.mouse.dblclick(x, y)
    desk.page.wait_for_function(f"(least) => {BENCH}.view.times > 1.5 * least", arg=least)
    desk.same_bounds()
    desk.page.keyboard.press("0")
    touch = desk.page.context.new_cdp_session(desk.page)
    for kind, apart in (("touchStart", 30), ("touchMove", 45), ("touchMove", 60), ("touchMove", 90), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        desk.page.wait_for_timeout(40)
    desk.page.wait_for_function(f"(least) => {BENCH}.view.times > 1.5 * least", arg=least)
    desk.same_bounds()


def test_curtain_moves_by_keys_and_pointer(desk: Desk) -> None:
    desk.page.keyboard.press("c")
    desk.page.focus(".cf-curtain")
    before = view(desk)
    desk.page.keyboard.press("ArrowRight")
    assert desk.page.get_attribute(".cf-curtain", "aria-valuenow") == "52"
    assert view(desk) == before  # the keys were the curtain's
    box = desk.page.locator(".cf-overlay").bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 0.52 * box["width"], box["y"] + 60)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 90, steps=3)
    desk.page.mouse.up()
    assert desk.page.get_attribute(".cf-curtain", "aria-valuenow") == "25"
    clip = desk.page.evaluate("document.querySelector('[data-place=b] .cf-view').style.clipPath")
    assert clip.startswith("inset(0")
    desk.page.keyboard.press("c")
    assert desk.page.is_checked(".cf-modes input[value=side]")
    assert desk.page.evaluate("Array.from(document.querySelectorAll('.cf-view')).every((one) => !one.style.clipPath)")


def test_blink_is_slow_enough_and_off_with_reduced_motion(desk: Desk) -> None:
    desk.page.keyboard.press("b")
    seen = "document.querySelector('.cf-seen').textContent"
    assert float(desk.page.get_attribute(".cf-rate", "max") or 9) <= 3
    desk.page.fill(".cf-rate", "3")
    desk.page.evaluate(
        "() => { window.changes = []; new MutationObserver(() => window.changes.push(performance.now()))"
        ".observe(document.querySelector('.cf-seen'), { childList: true }); }"
    )
    desk.page.wait_for_function("() => window.changes.length >= 4")
    changes = desk.page.evaluate("window.changes")
    assert (len(changes) - 1) / (changes[-1] - changes[0]) <= 3.3 / 1000  # a late timer makes the next gap shorter
    desk.page.emulate_media(reduced_motion="reduce")
    desk.page.wait_for_selector(".cf-rate[disabled]")
    held = desk.page.evaluate(seen)
    desk.page.wait_for_timeout(800)
    assert desk.page.evaluate(seen) == held
    desk.page.click(".cf-other")
    assert desk.page.evaluate(seen) != held


def test_lens_follows_the_pointer(desk: Desk) -> None:
    desk.page.keyboard.press("l")
    clip = "document.querySelector('[data-place=b] .cf-view').style.clipPath"
    assert desk.page.evaluate(clip) == "circle(110px at 50% 50%)"
    box = desk.page.locator(".cf-overlay").bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    desk.page.wait_for_function(f"() => /at 2[45].*% /.test({clip})")
    desk.page.fill(".cf-lens-size", "60")
    assert desk.page.evaluate(clip).startswith("circle(60px")
    desk.page.fill(".cf-lens-size", "110")


def test_minimap_appears_at_high_zoom_and_leads_there(desk: Desk) -> None:
    assert desk.page.is_hidden(".cf-map")
    desk.page.fill(".cf-zoom", "5")
    desk.page.wait_for_selector(".cf-map", state="visible")
    box = desk.page.locator(".cf-map").bounding_box()
    assert box
    desk.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    assert view(desk)[:2] == pytest.approx((12, 30), abs=0.5)
    desk.same_bounds()


def test_pixel_under_the_cursor_is_read_in_every_pane(desk: Desk) -> None:
    desk.page.fill(".cf-zoom", "5")
    box = desk.page.locator(".cf-pane[data-model=esrt] .cf-view").bounding_box()
    assert box
    at = (box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    desk.page.mouse.move(*at)
    x, y = (
        int(4 * side)
        for side in desk.page.evaluate(f"(at) => {BENCH}.panes.find((one) => one.name === 'esrt').viewer.at(...at)", at)
    )
    said = f"Result pixel {x}, {y} · photograph pixel {30 + x // 4}, {20 + y // 4}"
    desk.page.wait_for_function(f"() => document.querySelector('.cf-spot').textContent === '{said}'")
    for name in ("bicubic", "esrt", "cf-esrt"):
        told = desk.page.inner_text(f".cf-pane[data-model={name}] .cf-colour")
        assert told == " ".join(map(str, made(name)[y, x]))


def test_calibration_gives_a_scale_bar(desk: Desk) -> None:
    assert desk.page.inner_text(".cf-scale") == "uncalibrated"
    desk.page.keyboard.press("1")
    desk.page.click(".cf-calibrate")
    box = desk.page.locator(".cf-overlay").bounding_box()
    assert box
    x, y = box["x"] + 100, box["y"] + 200
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + 80, y, steps=4)
    desk.page.mouse.up()
    assert "Line: 20.0 px" in desk.page.inner_text(".cf-line-length")
    desk.page.keyboard.press("ArrowRight")  # the end that was drawn has the focus; one result pixel's width
    assert "Line: 21.0 px" in desk.page.inner_text(".cf-line-length")
    desk.page.keyboard.press("ArrowLeft")
    desk.page.fill(".cf-mm", "2")
    desk.page.keyboard.press("Enter")  # 20 px of the photograph are 2 mm: at 4 screen pixels each, 1 mm is 40
    assert desk.page.inner_text(".cf-scale").strip() == "2 mm"
    assert desk.page.evaluate("document.querySelector('.cf-scale i').getBoundingClientRect().width") == 80
    desk.page.keyboard.press("+")
    assert desk.page.inner_text(".cf-scale").strip() == "2 mm"
    assert desk.page.evaluate("document.querySelector('.cf-scale i').getBoundingClientRect().width") == 100
    desk.page.click(".cf-calibrate")
    desk.page.click(".cf-uncalibrate")
    assert desk.page.inner_text(".cf-scale") == "uncalibrated"


def test_help_lists_the_keys_and_full_screen_is_one(desk: Desk) -> None:
    desk.page.keyboard.press("?")
    said = desk.page.inner_text(".cf-help")
    for sign in ("← → ↑ ↓", "+", "−", "0", "1", "B", "C", "D", "F", "?"):
        assert f"{sign}\n" in said
    desk.page.keyboard.press("Escape")
    assert desk.page.is_hidden(".cf-help")
    desk.page.keyboard.press("f")
    desk.page.wait_for_function("() => document.fullscreenElement?.classList.contains('cf-results')")
    desk.page.keyboard.press("f")
    desk.page.wait_for_function("() => !document.fullscreenElement")
