"""The quick picture that lies over the panes while the box moves."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.crop import MIN_SIDE
from cf_esrt.interface.preview.quick_route import URL
from tests.browser.conftest import Server, serve
from tests.browser.fake_app import expected
from tests.browser.page_driver import PATIENCE, PageDriver, open_page, picture, png

PHOTO = picture(700, 500)
CROP = (30, 20, 48, 40)
SHOWN = """([photo, lesion, box]) => {
    const figure = document.querySelector('.cf-quick');
    return !figure.hidden && figure.dataset.box === JSON.stringify([photo, lesion, box]);
}"""
JPEG = 24  # levels by which the quick picture may miss, at pixels that are repeated and so have hard edges
PIXELS = """() => {
    const canvas = document.querySelector('.cf-quick canvas');
    const bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let text = '';
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return [canvas.width, canvas.height, btoa(text)];
}"""


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = Path(__file__).with_name("fake_app.py")
    with serve(script, tmp_path_factory.mktemp("live"), FAKE_LIVE="1") as running:
        yield running


@pytest.fixture
def driver(browser: Any, live_server: Server) -> Iterator[PageDriver]:
    with open_page(browser, live_server.address) as page:
        yield page


@pytest.fixture
def asked(driver: PageDriver) -> list[str]:
    """The requests for quick pictures, as they are made."""
    found: list[str] = []
    driver.page.on("request", lambda one: one.url.endswith(URL) and found.append(one.post_data))
    return found


def until(driver: PageDriver, condition: Callable[[], bool]) -> None:
    """Until something holds, while the page goes on."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to hold"
        driver.page.wait_for_timeout(20)


def wait_for(driver: PageDriver, x: int, y: int, width: int, height: int) -> None:
    """Until the figure shows that box's picture and no other."""
    box = {"x": x, "y": y, "width": width, "height": height}
    driver.page.wait_for_function(SHOWN, arg=[1, 1, box])
    wanted = expected(PHOTO[y : y + height, x : x + width], "live").coarse
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        columns, rows, text = driver.page.evaluate(PIXELS)
        found = np.frombuffer(base64.b64decode(text), np.uint8).reshape(rows, columns, 4)[..., :3]
        if found.shape == wanted.shape and np.abs(found.astype(int) - wanted).max() <= JPEG:
            return
        driver.page.wait_for_timeout(100)
    np.testing.assert_allclose(found.astype(int), wanted, atol=JPEG)


def test_it_shows_the_box_before_and_while_it_is_moved_and_goes_when_results_come(
    driver: PageDriver, asked: list[str], live_server: Server
) -> None:
    """While one picture is made, what the hand passes over is never asked for; once it rests the newest box is, and
    what was under way is given up."""
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    wait_for(driver, *CROP)
    stage = driver.page.locator(".cf-world").bounding_box()
    scale = stage["width"] / 700
    x, y = stage["x"] + 54 * scale, stage["y"] + 40 * scale
    driver.page.mouse.move(x, y)
    driver.page.mouse.down()
    asked.clear()
    given_up: list[str] = []
    driver.page.on("requestfailed", lambda one: one.url.endswith(URL) and given_up.append(one.failure))
    hold = live_server.hold.with_name(f"{live_server.hold.name}-live")
    hold.touch()
    try:
        driver.page.mouse.move(x + 200 * scale, y + 150 * scale, steps=9)
        moved = driver.box()
        until(driver, lambda: len(given_up) == 1)
    finally:
        hold.unlink()
    wait_for(driver, *(moved[side] for side in ("x", "y", "width", "height")))  # the button is still down
    assert json.loads(asked[-1])["box"] == moved
    assert len(asked) in (2, 3)  # of nine moves; three where the machine is slow, so that the hand rests between them
    assert given_up == ["net::ERR_ABORTED"]
    driver.page.mouse.up()
    driver.enhance()
    driver.page.wait_for_function("() => document.querySelector('.cf-quick').hidden")


def test_a_large_box_comes_in_tiles_without_a_seam_and_then_all_is_quiet(driver: PageDriver, asked: list[str]) -> None:
    driver.open(png(PHOTO))
    driver.crop(10, 20, 280, 270)
    wait_for(driver, 10, 20, 280, 270)
    asked.clear()
    driver.page.wait_for_timeout(1500)
    assert asked == []


def test_tiles_are_quarters_from_a_slow_one_until_a_whole_one_would_be_fast(
    driver: PageDriver, asked: list[str]
) -> None:
    """The server says what a tile took. Where a quarter takes 200 ms a whole one takes more than 400."""
    said = 100

    def timed(route: Any) -> None:
        took, answer = said, route.fetch()  # the next box may be asked for before it is there
        route.fulfill(response=answer, headers={**answer.headers, "server-timing": f"network;dur={took}"})

    def sides_of(x: int, count: int) -> list[int]:
        """Of the tiles of the box there, once there are that many of them."""
        asked.clear()
        driver.crop(x, 20, 256, 256)
        until(driver, lambda: len(asked) >= count)
        driver.page.wait_for_function(SHOWN, arg=[1, 1, {"x": x, "y": 20, "width": 256, "height": 256}])
        return [json.loads(one)["box"]["width"] for one in asked]

    driver.page.route(f"**/{URL}", timed)
    driver.open(png(PHOTO))
    driver.crop(10, 20, 256, 256)
    driver.page.wait_for_function(SHOWN, arg=[1, 1, {"x": 10, "y": 20, "width": 256, "height": 256}])
    for x, took, sides in (
        (20, 500, [256]),
        (30, 200, [144] * 4),
        (40, 100, [144] * 4),
        (50, 390, [256]),
        (60, 390, [256]),
    ):
        said = took
        assert sides_of(x, len(sides)) == sides, x


def test_another_boxs_picture_is_not_called_the_boxs(driver: PageDriver, live_server: Server) -> None:
    """As on a slow network: the box is another one, and its picture has yet to come."""
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    wait_for(driver, *CROP)
    name = driver.page.locator(".cf-quick figcaption span")
    assert name.inner_text() == strings.QUICK["note"]
    hold = live_server.hold.with_name(f"{live_server.hold.name}-live")
    hold.touch()
    try:
        driver.crop(200, 150, 60, 80)
        driver.page.locator(".cf-quick canvas").wait_for(state="hidden")
        assert name.inner_text() == strings.QUICK["coming"]
        assert name.is_visible()
    finally:
        hold.unlink()
    wait_for(driver, 200, 150, 60, 80)
    assert driver.page.is_visible(".cf-quick canvas")
    assert name.inner_text() == strings.QUICK["note"]


def test_a_box_that_is_being_drawn_is_asked_for_once_it_is_large_enough(driver: PageDriver, asked: list[str]) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    wait_for(driver, *CROP)
    driver.page.focus(".cf-stage")
    driver.page.keyboard.press("0")
    world = driver.page.locator(".cf-world").bounding_box()
    assert world
    scale = world["width"] / 700
    mouse, x, y = driver.page.mouse, world["x"] + 300 * scale, world["y"] + 200 * scale
    mouse.move(x, y)
    mouse.down()
    for side in (2, 4, 6, 80):
        mouse.move(x + side * scale, y + side * scale)
        driver.page.wait_for_timeout(100)  # the hand rests, and a box is asked for
    mouse.up()
    box = driver.box()
    assert min(box["width"], box["height"]) > 60
    wait_for(driver, box["x"], box["y"], box["width"], box["height"])
    assert min(min(json.loads(one)["box"][side] for side in ("width", "height")) for one in asked) >= MIN_SIDE


def test_the_box_of_the_results_needs_none(driver: PageDriver) -> None:
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.enhance()
    driver.page.wait_for_function("() => document.querySelector('.cf-quick').hidden")
    driver.crop(40, 20, 48, 40)
    wait_for(driver, 40, 20, 48, 40)
    driver.crop(*CROP)
    driver.page.wait_for_function("() => document.querySelector('.cf-quick').hidden")


def test_its_name_stands_under_it_beside_a_curtain_too(driver: PageDriver) -> None:
    driver.page.set_viewport_size({"width": 390, "height": 844})
    driver.open(png(PHOTO))
    driver.crop(*CROP)
    driver.enhance()
    driver.crop(200, 150, 48, 40)
    wait_for(driver, 200, 150, 48, 40)
    driver.page.evaluate("document.querySelector('.cf-panes').dataset.paired = 'true'")  # as a curtain's are
    canvas, name = (driver.page.locator(f".cf-quick {part}").bounding_box() for part in ("canvas", "figcaption"))
    assert canvas["y"] + canvas["height"] <= name["y"]
    before = "getComputedStyle(document.querySelector('.cf-quick figcaption'), '::before').content"
    assert driver.page.evaluate(before) == "none"  # no pane's "A" before it
