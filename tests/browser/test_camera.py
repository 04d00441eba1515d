"""The camera, by chromium's own pretended one: a frame becomes the photograph, and the camera is let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Server
from tests.browser.page_driver import PageDriver, open_page

RUNNING = "() => document.querySelector('.cf-camera video').videoWidth > 0"
KEEP = """() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => (window.taken = await ask(wanted));
}"""
LIVE = "() => window.taken.getTracks().some((track) => track.readyState === 'live')"
SIDES = ("Width", "Height")
REFUSE = (
    "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
)


@pytest.fixture(scope="module")
def camera(browser: Any) -> Iterator[Any]:
    """A browser with a pretended camera that asks nobody."""
    pretended = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *pretended])
    yield chromium
    chromium.close()


@pytest.fixture
def driver(server: Server, camera: Any) -> Iterator[PageDriver]:
    with open_page(camera, server.address, permissions=["camera"]) as opened:
        opened.page.evaluate(KEEP)
        yield opened


def wait_for_its_end(driver: PageDriver) -> None:
    """A dialog tells of its closing in a task of its own, so the camera may outlive it by a moment."""
    driver.page.wait_for_function("() => !document.querySelector('.cf-camera').open")
    driver.page.wait_for_function(f"() => !({LIVE})()")


def test_a_frame_becomes_the_photograph(driver: PageDriver, server: Server) -> None:
    driver.page.click(".cf-camera-open")
    driver.page.wait_for_function(RUNNING)
    assert driver.page.evaluate(LIVE)
    width, height = [driver.page.evaluate(f"document.querySelector('.cf-camera video').video{side}") for side in SIDES]
    driver.page.click(".cf-capture")
    driver.wait_for_photo()
    wait_for_its_end(driver)
    assert server.uploads() == []
    driver.crop(width - 40, height - 30, 40, 30)  # its last corner: the whole frame came
    assert driver.box() == {"x": width - 40, "y": height - 30, "width": 40, "height": 30}
    driver.enhance()


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_closing_lets_the_camera_go(driver: PageDriver, how: str) -> None:
    driver.page.click(".cf-camera-open")
    driver.page.wait_for_function(RUNNING)
    if how == "button":
        driver.page.click(".cf-camera-close")
    else:
        driver.page.keyboard.press(how)
    wait_for_its_end(driver)
    assert driver.page.locator(".cf-stage img").count() == 0


def test_a_refused_camera_is_said(driver: PageDriver) -> None:
    driver.page.evaluate(REFUSE)
    driver.page.click(".cf-camera-open")
    assert driver.alert() == "No camera could be opened; choose a file instead."
