"""A Space: the page in a frame of another site, 1000×700, with what Hugging Face allows its frames."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.browser.conftest import Server, serve
from tests.browser.fake_app import expected
from tests.browser.page_driver import MODELS, PageDriver, picture, png
from tests.browser.survey.rater_driver import Rater
from tests.browser.survey.studies import opened

ALLOWED = "camera; clipboard-read; clipboard-write; fullscreen; microphone; midi; usb; vr; xr-spatial-tracking"
SANDBOX = (
    "allow-downloads allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox "
    "allow-same-origin allow-scripts allow-storage-access-by-user-activation"
)
SIZE = {"width": 1000, "height": 700}
COPY = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': new Blob([bytes], { type: 'image/png' }) })]);
}"""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page with the variables that a Space sets."""
    script = Path(__file__).with_name("fake_app.py")
    space = {"SYSTEM": "spaces", "SPACE_ID": "someone/cf-esrt", "SPACE_HOST": "someone-cf-esrt.hf.space"}
    with serve(script, tmp_path_factory.mktemp("space"), HF_HUB_OFFLINE="1", **space) as running:
        yield running


class Framed(PageDriver):
    """The app in a frame of another site's page, which is ``outside``."""

    def __init__(self, outside: Any, frame: Any) -> None:
        self.outside, self.page, self.wrong = outside, frame, []


class FramedRater(Rater):
    """A study's page in a frame."""

    def __init__(self, frame: Any, address: str) -> None:
        self.page, self.address, self.wrong = frame, address, []


@contextmanager
def shown_by(browser: Any, site: str, address: str) -> Iterator[tuple[Any, Any]]:
    """A page of another site that shows the app: the page, and its frame."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(60_000)
    context.grant_permissions(["clipboard-read", "clipboard-write", "local-network-access"])
    frame = (
        f'<iframe src="{address}" allow="{ALLOWED}" sandbox="{SANDBOX}" allowfullscreen '
        'style="position: fixed; inset: 0; width: 100%; height: 100%; border: 0"></iframe>'
    )
    with closing(context):
        page = context.new_page()
        page.route(f"{site}/**", lambda route: route.fulfill(content_type="text/html", body=f"<!doctype html>{frame}"))
        page.goto(f"{site}/spaces/someone/cf-esrt")
        yield page, page.wait_for_selector("iframe").content_frame()


@pytest.fixture
def framed(space: Server, browser: Any) -> Iterator[Framed]:
    with shown_by(browser, "https://huggingface.co", space.address) as (page, frame):
        frame.wait_for_function("() => document.querySelector('.cf-compare')?.parentElement.cfesrt")
        yield Framed(page, frame)


def test_a_photograph_is_enhanced_compared_and_saved(framed: Framed) -> None:
    photo = picture(160, 120)
    framed.open(png(photo))
    framed.crop(30, 20, 48, 40)
    framed.enhance()
    for model in MODELS:
        np.testing.assert_array_equal(framed.pixels(model), expected(photo[20:60, 30:78], model).refined)
    assert framed.page.evaluate("[innerWidth, innerHeight]") == list(SIZE.values())
    assert framed.page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
    for part in ("#cf-enhance", ".cf-save-open", ".cf-detail", ".cf-full"):
        box = framed.page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= SIZE["height"], part
    framed.outside.keyboard.press("c")
    assert framed.page.is_checked(".cf-modes input[value=curtain]")
    framed.page.click(".cf-save-open")
    with framed.outside.expect_download() as waiting:
        framed.page.click("#cf-save [data-pane=cf-esrt][data-kind=png]")
    assert waiting.value.suggested_filename.endswith("_x4-enhanced.png")


def test_full_screen_and_the_clipboard_are_those_of_the_frame(framed: Framed) -> None:
    framed.open(png(picture(160, 120)))
    framed.enhance()
    framed.page.click(".cf-full")
    framed.page.wait_for_function("() => document.fullscreenElement?.classList.contains('cf-results')")
    framed.outside.keyboard.press("f")
    framed.page.wait_for_function("() => !document.fullscreenElement")
    framed.page.evaluate(COPY, base64.b64encode(png(picture(64, 48, 1))).decode())
    framed.outside.keyboard.press("Control+v")
    framed.page.wait_for_function("() => document.querySelector('.cf-summary').textContent.startsWith('64 × 48')")


def test_a_photograph_is_kept_over_a_reload_of_the_frame(framed: Framed, space: Server) -> None:
    """Where the browser denies frames their storage, too, as this one does."""
    assert framed.page.evaluate("() => { try { return sessionStorage.length } catch { return 'denied' } }") == "denied"
    framed.open(png(picture(160, 120)))
    framed.enhance()
    framed.page.evaluate("document.querySelector('.cf-compare').dataset.old = 'yes'; location.reload()")
    framed.page.wait_for_selector(".cf-compare:not([data-old])")
    framed.page.wait_for_function("() => document.querySelectorAll('.cf-pane[data-shown]').length >= 3")
    assert space.uploads() == []


def test_other_sites_cannot_show_it(space: Server, browser: Any) -> None:
    with shown_by(browser, "https://elsewhere.example", space.address) as (page, frame):
        page.wait_for_load_state()
        assert frame.query_selector(".cf-compare") is None
        assert frame.url.startswith("chrome-error:")


def test_a_rater_votes_in_a_frame(tmp_path: Path, browser: Any) -> None:
    """A Space can be a study as well."""
    survey, (code,) = opened(tmp_path / "study")
    script = Path(__file__).parent / "survey" / "serve_study.py"
    space = {"SPACE_ID": "someone/study", "SPACE_HOST": "someone-study.hf.space", "STUDY": str(tmp_path / "study")}
    with (
        serve(script, tmp_path / "server", **space) as server,
        shown_by(browser, "https://huggingface.co", f"{server.address}?code={code}") as (_, frame),
    ):
        rater = FramedRater(frame, server.address)
        rater.prepare()
        rater.go_on()
        rater.vote(4, by="click")
        frame.evaluate("document.body.dataset.old = 'yes'; location.reload()")
        frame.wait_for_selector("body:not([data-old])")
        rater.wait_for("items")
        rater.wait_for_done(1)
        assert len(survey.local_organiser().ratings()) == 1
    survey.close()
