"""Two dates, one lesion: the whole path, from a second photograph to curtain, blink and one sheet."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cf_esrt.interface.common.time_estimate import MIN_PIXELS
from cf_esrt.interface.preview import strings
from tests.browser.conftest import Server
from tests.browser.fake_app import expected
from tests.browser.page_driver import VIEWER, PageDriver, open_page, png
from tests.test_alignment import TURNED, later

BOX = (150, 110, 48, 40)
CUT = """() => {
    const pen = document.createElement('canvas').getContext('2d');
    const wide = (one) => {
        const style = getComputedStyle(one), words = one.selectedOptions?.[0].textContent;
        if (!words) return one.scrollWidth;
        pen.font = style.font;
        return pen.measureText(words).width + parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    };
    const names = document.querySelectorAll('.cf-network, .cf-which, .cf-bar button, .cf-bar fieldset span');
    return Array.from(names).filter((one) => one.checkVisibility() && wide(one) > one.clientWidth + 1)
        .map((one) => one.textContent);
}"""
"""Names and tools whose words do not fit."""
SHOWN = f"{VIEWER}.layout.seen().map((pane) => pane.name)"
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"


def skin(width: int = 420, height: int = 320) -> np.ndarray:
    """Spots of many sizes, so that features are found, and again on another photograph."""
    rng = np.random.default_rng(8)
    fine = sum(
        cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), sigma) * sigma * 22 for sigma in (1.5, 3.0, 7.0)
    )
    return np.clip(np.array([196, 150, 130]) + np.asarray(fine)[..., None], 0, 255).astype(np.uint8)


FIRST = skin()
SECOND = later(FIRST, TURNED)


def put_beside(driver: PageDriver, pixels: np.ndarray) -> None:
    """Choose a second photograph, and wait until the dialog says how it lies."""
    file: Any = {"name": "ann-may.png", "mimeType": "image/png", "buffer": png(pixels)}
    driver.page.set_input_files(".cf-dates-open input", file)
    driver.page.wait_for_selector(".cf-dates-dialog[open]")
    driver.page.wait_for_function("() => document.querySelector('.cf-dated[data-photo=\"2\"] img').naturalWidth > 0")


def wait_for_second(driver: PageDriver) -> None:
    driver.page.wait_for_function(f"() => {VIEWER}.panes.find((pane) => pane.name === 'second').url")
    driver.page.wait_for_selector("#cf-cancel[disabled]")


def test_the_whole_path_by_features(driver: PageDriver) -> None:
    page = driver.page
    driver.open(png(FIRST))
    driver.crop(*BOX)
    put_beside(driver, SECOND)
    words = page.inner_text(".cf-aligned")
    assert words.startswith("Aligned by ")
    assert "turned 17° right, 1.20 times as large. Sizes matched" in words
    assert "px" in words  # the residual
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "async () => (await axe.run('.cf-dates-dialog')).violations"
        ".filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.id)"
    )
    assert found == []
    page.click(".cf-dates-use")
    page.click("#cf-enhance")
    wait_for_second(driver)
    assert page.inner_text("#cf-enhance") == strings.ENHANCE  # asked for both dates while nothing was to be run
    # side by side: one network, both dates, under names that say so
    assert page.evaluate(SHOWN) == ["cf-esrt", "second"]
    assert page.locator(".cf-which >> visible=true").all_inner_texts() == ["Photograph 1", "Photograph 2"]
    assert page.get_attribute(".cf-both-dates", "aria-pressed") == "true"
    driver.same_bounds()
    shown = driver.pixels("second").astype(int)
    x, y, width, height = BOX
    wanted = expected(FIRST[y : y + height, x : x + width], "cf-esrt").refined.astype(int)
    assert shown.shape == wanted.shape
    grey = [cv2.GaussianBlur(one.mean(axis=2), (0, 0), 6)[8:-8, 8:-8] for one in (shown, wanted)]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.9  # the same skin lies on the same place
    assert page.inner_text(".cf-pane[data-model=second] .cf-sentence").startswith("Aligned by ")
    # curtain and blink between dates
    for mode in ("curtain", "blink"):
        driver.mode(mode)
        assert page.evaluate(SHOWN) == ["cf-esrt", "second"]
    says = "(words) => document.querySelector('.cf-seen').textContent === words"
    page.wait_for_function(says, arg="CF-ESRT, photograph 2")
    driver.mode("side")
    # another network is shown of both, whichever pane it is chosen in
    page.select_option(".cf-pane[data-model=second] .cf-network", "esrt")
    page.wait_for_function(f"() => {VIEWER}.value().panes.some((one) => one.of === 'esrt')")
    assert page.evaluate(SHOWN) == ["esrt", "second"]
    # one sheet of both, and the second's own picture
    name, data = driver.export("[data-kind=dates-pdf]")
    assert name.endswith("_two-dates_x4-enhanced.pdf")
    assert data.startswith(b"%PDF-")
    name, data = driver.export("[data-kind=png][data-pane=second]")
    assert name.startswith("photograph-1-second_lesion-1_")
    assert "ann" not in name
    # a reload keeps both; the key goes back to one date
    page.reload()
    page.wait_for_function(f"() => document.querySelector('.cf-compare') && {VIEWER}?.value()?.second")
    wait_for_second(driver)
    assert page.evaluate(SHOWN) == ["esrt", "second"]
    page.keyboard.press("t")
    assert page.evaluate(SHOWN) == ["bicubic", "esrt", "cf-esrt"]
    page.click(".cf-dates-remove")
    page.wait_for_selector(".cf-both-dates", state="hidden")
    assert page.is_visible(".cf-dates-open")


def test_the_time_counts_both_photographs(driver: PageDriver) -> None:
    page = driver.page
    driver.open(png(FIRST))
    driver.crop(*BOX)
    put_beside(driver, SECOND)
    page.click(".cf-dates-use")
    page.click("#cf-enhance")
    wait_for_second(driver)
    matrix = page.evaluate(f"{VIEWER}.value().second_seconds.matrix")
    a, b, c, d = (abs(matrix[at]) for at in (0, 1, 3, 4))
    wide, tall = (math.ceil(a * BOX[2] + b * BOX[3]), math.ceil(c * BOX[2] + d * BOX[3]))  # turned: larger than scaled
    assert wide * tall > 1.9 * BOX[2] * BOX[3]
    page.evaluate(
        "([first, second]) => document.dispatchEvent(new CustomEvent('cf-results', { detail:"
        f" {{ ...{VIEWER}.value(), seconds_per_pixel: first, second_seconds: {{ ...{VIEWER}.value().second_seconds,"
        " per_pixel: second } } }))",
        [20 / MIN_PIXELS, 40 / MIN_PIXELS],
    )
    seconds = 20 + 40 * max(1, wide * tall / MIN_PIXELS)
    words = page.inner_text(".cf-time span")
    assert abs(int(words.split("about ")[1].split(" s")[0]) - seconds) <= 0.05 * seconds  # one pixel to a side


def test_by_hand_with_two_points_and_with_rulers(driver: PageDriver, server: Server) -> None:
    page = driver.page
    driver.open(png(FIRST))
    driver.crop(*BOX)
    put_beside(driver, np.full((200, 300, 3), 150, np.uint8))  # nothing to be seen on it
    assert page.inner_text(".cf-aligned") == strings.NOT_ALIGNED
    assert page.is_disabled(".cf-dates-use")
    for _ in range(12):
        page.locator(".cf-dated[data-photo='2'] .cf-point").first.press("Shift+ArrowLeft")
    page.click(".cf-by-points")
    page.wait_for_function("() => document.querySelector('.cf-aligned').textContent.startsWith('Aligned by hand')")
    assert "two points always fit exactly" in page.inner_text(".cf-aligned")
    page.click(".cf-rulers summary")
    for at in (0, 1):
        page.locator(".cf-ruler-mm").nth(at).fill("10")
    page.click(".cf-hold")
    page.wait_for_function("() => document.querySelector('.cf-aligned').textContent.includes('true to the rulers')")
    page.click(".cf-dates-use")
    page.click("#cf-enhance")
    wait_for_second(driver)
    assert page.inner_text(".cf-scale").strip().endswith(("mm", "µm"))  # the first photograph is calibrated, too
    row = page.locator(".cf-figures [data-model=second]")
    assert row.get_attribute("hidden") is None
    driver.open(png(FIRST[:100]))  # another first photograph: nothing of the second stays
    page.wait_for_selector(".cf-both-dates", state="hidden")
    assert page.evaluate(SHOWN) == ["bicubic", "esrt", "cf-esrt"]
    assert row.get_attribute("hidden") is not None
    assert server.uploads() == []


def test_on_a_phone_the_curtain_lies_between_the_dates(server: Server, browser: Any) -> None:
    viewport = {"width": 390, "height": 844}
    with open_page(browser, server.address, viewport=viewport, has_touch=True) as driver:
        driver.open(png(FIRST))
        put_beside(driver, SECOND)
        assert driver.page.evaluate("document.documentElement.scrollWidth") <= 390
        points = driver.page.locator(".cf-point").all()
        assert all(min(one.bounding_box()["width"], one.bounding_box()["height"]) >= 24 for one in points)
        driver.page.click(".cf-dates-use")
        driver.page.click("#cf-enhance")
        wait_for_second(driver)
        assert driver.page.is_checked(".cf-modes input[value=curtain]")
        assert driver.page.evaluate(SHOWN) == ["cf-esrt", "second"]
        assert driver.page.locator(".cf-which >> visible=true").count() == 2
        driver.page.evaluate(f"{VIEWER}.layout.name({{ 'cf-esrt': 'CF-ESRT camera' }})")  # the longest name
        assert driver.page.evaluate(CUT) == []
        for said in driver.page.locator(".cf-pane:not([hidden]) .cf-sentence").all():
            assert said.evaluate("(one) => one.scrollHeight - one.clientHeight") <= 1  # whole
        across = driver.page.locator(".cf-bar > * >> visible=true").all()
        assert all(0 <= one.bounding_box()["x"] <= 390 - one.bounding_box()["width"] for one in across)
        top = driver.page.locator(".cf-view >> visible=true").first.bounding_box()["y"]
        for name in driver.page.locator(".cf-pane:not([hidden]) :is(.cf-network, .cf-which)").all():
            box = name.bounding_box()
            assert box["y"] + box["height"] <= top + 1  # over the picture, not on it
        driver.page.keyboard.press("t")  # one date again
        driver.page.wait_for_function(f"() => {VIEWER}.layout.seen().every((pane) => pane.name !== 'second')")
        assert driver.page.evaluate(CUT) == []
