"""The camera, by chromium's own pretended one: a frame becomes the photograph, and the camera is let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import ARGUMENTS, CHROMIUM, Server
from tests.browser.page_driver import Desk, opened_desk

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
def desk(server: Server, camera: Any) -> Iterator[Desk]:
    with opened_desk(camera, server.address, permissions=["camera"]) as opened:
        opened.page.evaluate(KEEP)
        yield opened


def wait_for_its_end(desk: Desk) -> None:
    """A dialog tells of its closing in a task of its own, so the camera may outlive it by a moment."""
    desk.page.wait_for_function("() => !document.querySelector('.cf-camera').open")
    desk.page.wait_for_function(f"() => !({LIVE})()")


def test_a_frame_becomes_the_photograph(desk: Desk, server: Server) -> None:
    desk.page.click(".cf-camera-open")
    desk.page.wait_for_function(RUNNING)
    assert desk.page.evaluate(LIVE)
    width, height = [desk.page.evaluate(f"document.querySelector('.cf-camera video').video{side}") for side in SIDES]
    desk.page.click(".cf-capture")
    desk.wait_for_photo()
    wait_for_its_end(desk)
    assert server.uploads() == []
    desk.crop(width - 40, height - 30, 40, 30)  # its last corner: the whole frame came
    assert desk.box() == {"x": width - 40, "y": height - 30, "width": 40, "height": 30}
    desk.enhance()


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_closing_lets_the_camera_go(desk: Desk, how: str) -> None:
    desk.page.click(".cf-camera-open")
    desk.page.wait_for_function(RUNNING)
    if how == "button":
        desk.page.click(".cf-camera-close")
    else:
        desk.page.keyboard.press(how)
    wait_for_its_end(desk)
    assert desk.page.locator(".cf-stage img").count() == 0


def test_a_refused_camera_is_said(desk: Desk) -> None:
    desk.page.evaluate(REFUSE)
    desk.page.click(".cf-camera-open")
    assert desk.alert() == "No camera could be opened; choose a file instead."
