"""Running the page for others: headers, password, the line, several people at once, and what stays on the disk."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file

from cf_esrt.interface.common.security import policy
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.quick import jpeg
from tests.browser.conftest import Server, serve
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, PageDriver, open_page, picture, png
from tests.browser.traces import Traces

FAKE = Path(__file__).with_name("fake_app.py")
CROP = (10, 8, 48, 40)


@contextmanager
def opened(browser: Any, address: str, seed: int = 0) -> Iterator[PageDriver]:
    """A browser of its own with a photograph of its own, cropped."""
    with open_page(browser, address, viewport={"width": 1280, "height": 800}) as driver:
        driver.open(png(picture(160, 120, seed)))
        driver.crop(*CROP)
        yield driver


def crop_of(seed: int) -> np.ndarray:
    return picture(160, 120, seed)[8:48, 10:58]


def wait_for_status(driver: PageDriver, words: str) -> None:
    """Wait until the line under the buttons says so."""
    driver.page.wait_for_function(
        "(words) => document.querySelector('.cf-message').textContent.includes(words)", arg=words
    )


def status_of(address: str, cookie: str = "", data: bytes | None = None, **headers: str) -> int:
    """What a request is answered with; one with ``data`` is a POST."""
    request = urllib.request.Request(address, data, {**headers, **({"Cookie": cookie} if cookie else {})})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    "path", ["", "config", "gradio_api/info", "theme.css", "page/preview/compare.js", "page/pictures/a.png"]
)
def test_every_answer_has_the_security_headers(server: Server, path: str) -> None:
    try:
        headers = urllib.request.urlopen(server.address + path, timeout=20).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    assert headers["Content-Security-Policy"] == policy()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]


def test_other_names_and_other_sites_are_refused(server: Server) -> None:
    port = server.address.rstrip("/").rpartition(":")[2]
    upload = server.address + "gradio_api/upload"
    assert status_of(server.address, host=f"localhost:{port}") == 200
    assert status_of(server.address, host=f"evil.example:{port}") == 400
    assert status_of(upload, origin="https://evil.example", data=b"x") == 403
    assert status_of(upload, origin=server.address.rstrip("/"), data=b"x") != 403
    assert server.uploads() == []


def test_the_browser_obeys_the_policy(server: Server, browser: Any) -> None:
    page = browser.new_page()
    page.goto(server.address)
    page.wait_for_selector("#cf-enhance")
    refused = page.evaluate(
        "() => new Promise((done) => { document.addEventListener('securitypolicyviolation',"
        " (event) => done(event.effectiveDirective)); fetch('http://127.0.0.2:9/').catch(() => {}); })"
    )
    assert refused == "connect-src"
    page.close()


def test_one_waits_sees_its_place_and_comes_next_when_the_other_leaves(server: Server, browser: Any) -> None:
    server.hold.touch()
    try:
        with ExitStack() as stack:
            first = stack.enter_context(opened(browser, server.address, 1))
            with opened(browser, server.address, 2) as second, opened(browser, server.address, 3) as third:
                first.page.click("#cf-enhance")
                wait_for_status(first, strings.STARTING)
                second.page.click("#cf-enhance")
                wait_for_status(second, strings.ahead(1))
                third.page.click("#cf-enhance")
                wait_for_status(third, strings.ahead(2))
                stack.close()  # the browser is closed in the middle of a tile
                wait_for_status(second, strings.STARTING)
                wait_for_status(third, strings.ahead(1))
                second.page.click("#cf-cancel")
                wait_for_status(second, strings.CANCELLED)
                wait_for_status(third, strings.STARTING)
                server.hold.unlink()
                wait_for_status(third, "Done in")
    finally:
        server.hold.unlink(missing_ok=True)


def test_several_at_once_each_get_their_own(server: Server, browser: Any) -> None:
    seeds = range(10, 14)
    server.hold.touch()  # until all have begun
    try:
        with ExitStack() as stack:
            drivers = [stack.enter_context(opened(browser, server.address, seed)) for seed in seeds]
            for place, driver in enumerate(drivers):
                driver.page.click("#cf-enhance")
                wait_for_status(driver, strings.ahead(place) if place else strings.STARTING)
            server.hold.unlink()
            for seed, driver in zip(seeds, drivers, strict=True):
                wait_for_status(driver, "Done in")
                driver.page.wait_for_function("() => !document.querySelector('.cf-zoom').disabled")
                for model in MODELS:
                    driver.wait_for_pixels(model, expected(crop_of(seed), model).refined)
    finally:
        server.hold.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app behind a password."""
    with serve(FAKE, tmp_path_factory.mktemp("guarded"), CF_ESRT_AUTH="clinic:a:b") as running:
        yield running


def test_the_password_opens_the_page_and_its_pictures(guarded: Server, browser: Any) -> None:
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(guarded.address)
    page.get_by_label("username").fill("clinic")
    page.get_by_label("password").fill("a:b")
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector("#cf-enhance")
    driver = PageDriver(page, guarded.address)
    driver.open(png(picture(160, 120, 4)))
    driver.crop(*CROP)
    driver.enhance()
    driver.wait_for_pixels("esrt", expected(crop_of(4), "esrt").refined)
    shown = guarded.address + str(driver.shown()["esrt"])
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in context.cookies())
    assert status_of(shown, cookie) == 200
    assert status_of(shown) == status_of(shown, cookie.replace("=", "=x")) == 401
    assert driver.wrong == []
    context.close()


@pytest.mark.parametrize("path", ["config", "gradio_api/info", "gradio_api/file=x", "gradio_api/file=cf-esrt/a/b",
                                  "page/downloads/a/b", "gradio_api/queue/data?session_hash=a"])  # fmt: skip
def test_nothing_is_answered_without_the_password(guarded: Server, path: str) -> None:
    assert status_of(guarded.address + path) == 401


def test_a_program_needs_the_password_too(guarded: Server, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"(?i)login"):
        Client(guarded.address, verbose=False, auth=("clinic", "wrong"))
    client = Client(guarded.address, verbose=False, auth=("clinic", "a:b"), download_files=tmp_path)
    file = tmp_path / "photo.png"
    file.write_bytes(png(crop_of(5)))
    path, _ = client.predict(image=handle_file(str(file)), api_name="/enhance")
    assert Path(path).stat().st_size > 0
    client.close()


def test_nothing_is_on_the_disk_after_the_session(tmp_path: Path, browser: Any) -> None:
    photo = picture(160, 120, 77)
    file = tmp_path / "client" / "Erika Mustermann.png"
    file.parent.mkdir()
    file.write_bytes(png(photo))
    traces = Traces(png(photo), photo, *(expected(crop_of(77), model).refined for model in MODELS))
    live = expected(crop_of(77), "live").refined
    quick = Traces(jpeg(live), live)
    app = tmp_path / "app"
    with serve(FAKE, app, FAKE_LIVE="1") as running:
        with opened(browser, running.address, 77) as driver:
            driver.page.wait_for_function("() => !document.querySelector('.cf-quick').hidden")
            assert quick.found(app) == []
            driver.enhance()
            driver.page.fill(".cf-detail", "0.5")
            driver.more()
            driver.page.check(".cf-back-projection")
            driver.page.wait_for_function(
                "() => document.querySelector('[data-model=esrt] .cf-back-projected').textContent"
            )
            for what in ("zip", "sheet-pdf"):
                driver.export(f"#cf-save [data-kind={what}]")
            driver.export("#cf-save [data-pane=esrt][data-kind=dicom]")
            assert traces.found(app) == []  # nor while it lasts
        client = Client(running.address, verbose=False, download_files=file.parent)
        client.predict(image=handle_file(str(file)), api_name="/enhance")
        client.close()
        assert traces.found(app) == quick.found(app) == []
        assert traces.found_elsewhere(tmp_path) == quick.found_elsewhere(tmp_path) == []
        log = running.log.read_text()
    assert traces.found(app) == []
    assert "Mustermann" not in log
    (app / "left.bin").write_bytes(b"x" * 7 + photo[8].tobytes())  # and such a file would be found
    assert traces.found(app) == [app / "left.bin"]
    assert file in traces.found(file.parent)
