"""Quick pictures of the box while it moves."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cf_esrt import models
from cf_esrt.engine import processor
from cf_esrt.enhance import Enhancer
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import quick as quick_pictures
from cf_esrt.interface.preview import quick_route
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache
from cf_esrt.interface.preview.panes import available_panes
from cf_esrt.interface.preview.quick import CONTEXT, TILE, in_haste, jpeg, make_quick, quick_models
from cf_esrt.interface.preview.quick_route import URL, quick_routes
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.models import Degradation
from tests.browser.fake_app import NAMES, describe
from tests.interface.common.server import until

PIXELS = np.random.default_rng(0).integers(0, 256, (400, 300, 3), np.uint8)


class Named:
    """A model whose pictures are the original's pixels, repeated, and levels that tell it."""

    LEVELS = {"live": 10, "live-camera": 20}  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.level = self.LEVELS[name]

    def in_haste(self) -> Any:
        """Other pictures, by one level."""
        return SimpleNamespace(reconstruct=lambda image: SimpleNamespace(refined=made(image, self.level + 1)))

    def reconstruct(self, image: np.ndarray) -> Any:
        return SimpleNamespace(refined=made(image, self.level))


def made(image: np.ndarray, level: int) -> np.ndarray:
    return image.repeat(4, 0).repeat(4, 1) // 4 + np.uint8(level)


def assert_shows(data: bytes, wanted: np.ndarray) -> None:
    """A JPEG of the picture: levels apart by less than the eye sees, on noise."""
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        found = np.asarray(picture).astype(int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 2.5
    assert abs((found - wanted).mean()) < 0.4


def test_each_degradation_has_its_network_where_it_is_there() -> None:
    both, one = make_quick(ModelCache(Named), ("live", "live-camera")), make_quick(ModelCache(Named), ("esrt", "live"))
    assert both is not None
    assert one is not None
    crop = PIXELS[:9, :11]
    np.testing.assert_array_equal(both(crop, "bicubic"), made(crop, 10))
    np.testing.assert_array_equal(both(crop, "camera"), made(crop, 20))
    np.testing.assert_array_equal(one(crop, "camera"), made(crop, 10))


def test_it_is_made_in_haste_and_the_networks_own_picture_stays_as_it_is() -> None:
    """Of each network there are two, both loaded once."""
    loaded: list[str] = []
    cache = ModelCache(lambda name: loaded.append(name) or Named(name))
    quick = make_quick(in_haste(cache), ("live", "live-camera"))
    assert quick is not None
    crop = PIXELS[:9, :11]
    for degradation, name, level in (("bicubic", "live", 11), ("camera", "live-camera", 21)):
        for _ in range(2):
            np.testing.assert_array_equal(quick(crop, degradation), made(crop, level))  # type: ignore[arg-type]
        np.testing.assert_array_equal(cache.get(name).reconstruct(crop).refined, made(crop, level - 1))
    assert loaded == ["live", "live-camera"]


def test_the_page_makes_them_in_haste_where_auto_took_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """The released network in int8: near float32's picture, and another."""
    pytest.importorskip("openvino")
    monkeypatch.setattr(processor, "flags", lambda: frozenset({processor.AVX2}))
    cache = ModelCache(Enhancer.load)
    quick = make_quick(in_haste(cache), ("live",))
    assert quick is not None
    smooth = np.asarray(Image.fromarray(PIXELS[:12, :12]).resize((48, 40), Image.Resampling.BICUBIC))
    made_now, exact = quick(smooth, "bicubic").astype(int), cache.get("live").reconstruct(smooth)
    assert exact.precision == "float32"
    assert 0 < np.abs(made_now - exact.refined).mean() < 1


def test_without_the_network_or_with_a_gpu_lent_by_the_job_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_quick(ModelCache(Named), ("bicubic", "live-camera")) is None
    monkeypatch.setattr(quick_pictures, "on_zerogpu", lambda: True)
    assert quick_models(("live",)) == ()
    assert make_quick(ModelCache(Named), ("live",)) is None


def test_live_camera_takes_lives_place_for_photographs_from_a_camera() -> None:
    descriptors = {model.name: model for model in (*models.RELEASED_MODELS, *models.OPTIONAL_MODELS)}
    names = ("bicubic", "esrt", "cf-esrt", "live", "live-camera", "esrt-camera", "cf-esrt-camera")
    panes, _ = available_panes(descriptors.__getitem__, names)
    (live,) = (pane for pane in panes if pane.model == "live")
    assert (live.model_for("bicubic"), live.model_for("camera")) == ("live", "live-camera")
    assert not any(pane.name == "live-camera" for pane in panes)


BOX = {"x": 3, "y": 5, "width": 20, "height": 30}
KEY = "the session's"
ASKED = {"key": KEY, "number": 7, "photo": 1, "box": BOX}


@dataclass
class Gate:
    """The fake network, and what it was asked for; it goes on once it may."""

    open: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, pixels: np.ndarray, degradation: Degradation) -> np.ndarray:
        self.asked.append(pixels.shape)
        assert self.open.wait(30)
        return made(pixels, 10)


@pytest.fixture
def session() -> SessionState:
    session = SessionState(PictureStore())
    session.open_photo(PIXELS)
    return session


@pytest.fixture
def gate() -> Gate:
    gate = Gate()
    gate.open.set()
    return gate


@pytest.fixture
def client(session: SessionState, gate: Gate) -> Iterator[TestClient]:
    routes = quick_routes(gate, {KEY: session}.get)
    with TestClient(Starlette(routes=routes), raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, **changed: Any) -> Any:
    return client.post(URL, json={**ASKED, **changed})


def test_a_tile_is_answered_with_its_picture_and_kept_nowhere(client: TestClient, session: SessionState) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert_shows(answer.content, made(PIXELS[5:35, 3:23], 10))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    parts = re.fullmatch(
        r"wait;dur=([\d.]+), network;dur=([\d.]+), encode;dur=([\d.]+)", answer.headers["server-timing"]
    )
    assert parts is not None
    assert len(session.pictures) == 0
    assert session.results is None
    assert not session.busy


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"key": "another's"}, 404),
        ({"photo": 2}, 204),
        ({"box": {**BOX, "width": TILE + 2 * CONTEXT + 1}}, 400),
        ({"box": {**BOX, "x": 290}}, 400),
        ({"box": {**BOX, "x": -1}}, 400),
        ({"box": {"x": 3}}, 400),
        ({"box": None}, 400),
        ({"number": "7"}, 400),
        ({"file": "photo.png"}, 400),
        ({"key": "x" * 3000}, 400),
    ],
    ids=lambda value: None if isinstance(value, int) else next(iter(value)),
)
def test_what_cannot_be_shown_is_refused_without_the_network(
    changed: dict[str, Any], status: int, client: TestClient, gate: Gate
) -> None:
    answer = ask(client, **changed)
    assert (answer.status_code, answer.content) == (status, b"")
    assert gate.asked == []


def test_it_is_a_request_that_other_sites_cannot_make(client: TestClient, gate: Gate) -> None:
    """By GET a picture or a link of another site could; the page's guard knows the origin of the rest (test_hosts)."""
    assert client.get(URL, params={"key": KEY}).status_code == 405
    assert client.post(URL, content=b"\xff").status_code == 400
    assert gate.asked == []


def test_no_photograph_gives_no_picture(client: TestClient, session: SessionState, gate: Gate) -> None:
    session.make_room()
    assert ask(client).status_code == 204
    assert gate.asked == []


def test_a_request_that_comes_late_is_passed_over(client: TestClient, gate: Gate) -> None:
    assert ask(client, number=9).status_code == 200
    assert ask(client, number=8).status_code == 204
    assert len(gate.asked) == 1


def test_the_newest_is_made_and_what_it_overtook_is_not_written(
    client: TestClient, gate: Gate, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are at work when a third comes that is older than the second: only the newest is encoded."""
    written: list[tuple[int, ...]] = []

    def counted(picture: np.ndarray) -> bytes:
        written.append(picture.shape)
        return jpeg(picture)

    monkeypatch.setattr(quick_route, "jpeg", counted)
    gate.open.clear()
    boxes = {number: {**BOX, "width": 20 + number} for number in (1, 2, 3, 4)}
    with ThreadPoolExecutor(4) as pool:
        answers = {}
        for number in (1, 2):  # each of the two threads has one
            answers[number] = pool.submit(ask, client, number=number, box=boxes[number])
            until(lambda count=number: len(gate.asked) == count)
        for number in (3, 4):
            answers[number] = pool.submit(ask, client, number=number, box=boxes[number])
            until(lambda newest=number: session.superseded("quick", newest - 1))
        gate.open.set()
        statuses = {number: answer.result(30).status_code for number, answer in answers.items()}
    assert statuses == {1: 204, 2: 204, 3: 204, 4: 200}
    assert gate.asked == [(30, 21, 3), (30, 22, 3), (30, 24, 3)]
    assert written == [(120, 96, 3)]


def test_a_network_that_fails_is_logged_without_its_message(
    session: SessionState, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(pixels: np.ndarray, degradation: Degradation) -> np.ndarray:
        raise RuntimeError("Doe^Jane.png")

    client = TestClient(Starlette(routes=quick_routes(fails, {KEY: session}.get)))
    assert ask(client).status_code == 500
    assert "RuntimeError" in caplog.text
    assert "Doe" not in caplog.text


def test_the_password_guards_it(session: SessionState, gate: Gate) -> None:
    app = Starlette(routes=quick_routes(gate, {KEY: session}.get))
    for name, value in {"auth": {"doctor": "secret"}, "cookie_id": "1", "tokens": {"token": "doctor"}}.items():
        setattr(app, name, value)
    assert ask(TestClient(app)).status_code == 401
    assert gate.asked == []
    assert ask(TestClient(app, cookies={"access-token-1": "token"})).status_code == 200


def test_without_the_network_there_is_no_route() -> None:
    assert quick_routes(None, {}.get) == []


def test_the_crop_stages_key_finds_the_session_and_no_other_does(session: SessionState, tmp_path: Any) -> None:
    panes, _ = available_panes(describe, NAMES)
    events = Events(lambda *_: iter(()), Uploads(tmp_path), panes)  # type: ignore[arg-type,return-value]
    example = SimpleNamespace(_data={"index": 0})
    update = asyncio.run(events.example(session, example))  # type: ignore[arg-type]
    key, tab = update["crop"]["key"], update["upload"]["key"]
    assert events.session_of(key) is session
    assert events.session_of(tab) is None  # by that one a photograph is taken over
    assert len(key) >= 32
