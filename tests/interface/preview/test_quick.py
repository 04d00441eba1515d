"""Quick pictures of the box while it moves."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cf_esrt import models
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import quick as quick_pictures
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache
from cf_esrt.interface.preview.panes import available_panes
from cf_esrt.interface.preview.quick import CONTEXT, TILE, make_quick, quick_models
from cf_esrt.interface.preview.session_state import SessionState

PIXELS = np.random.default_rng(0).integers(0, 256, (400, 300, 3), np.uint8)


class Named:
    """A model whose pictures are the original's pixels, repeated, and levels that tell it."""

    LEVELS = {"live": 10, "live-camera": 20}  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.level = self.LEVELS[name]

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
    assert_shows(both(crop, "bicubic"), made(crop, 10))
    assert_shows(both(crop, "camera"), made(crop, 20))
    assert_shows(one(crop, "camera"), made(crop, 10))


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


@pytest.fixture
def session() -> SessionState:
    session = SessionState(PictureStore())
    session.open_photo(PIXELS)
    return session


def stored(session: SessionState, url: str) -> bytes | None:
    return session.pictures.get(url.rsplit("/", 1)[-1].removesuffix(".jpeg"))


def answer(session: SessionState, tmp_path: Any, data: Any) -> dict[str, Any]:
    quick = make_quick(ModelCache(Named), ("live",))
    events = Events(lambda *_: iter(()), Uploads(tmp_path), (), quick=quick)  # type: ignore[arg-type,return-value]
    update = events.quick(session, SimpleNamespace(_data=data))  # type: ignore[arg-type]
    assert list(update) == ["quick"]  # what the panes and the crop stage show stays
    return update["quick"]


def test_a_tile_is_answered_with_its_picture(session: SessionState, tmp_path: Any) -> None:
    box = {"x": 3, "y": 5, "width": 20, "height": 30}
    got = answer(session, tmp_path, {"asked": 7, "photo": 1, "box": box})
    assert (got["asked"], got["picture"]["box"]) == (7, box)
    assert got["picture"]["milliseconds"] >= 0
    found = stored(session, got["picture"]["url"])
    assert found is not None
    assert_shows(found, made(PIXELS[5:35, 3:23], 10))
    assert session.results is None
    assert not session.busy


@pytest.mark.parametrize(
    "data",
    [
        {"asked": 7, "photo": 2, "box": {"x": 0, "y": 0, "width": 20, "height": 20}},
        {"asked": 7, "photo": 1, "box": {"x": 0, "y": 0, "width": 20, "height": TILE + 2 * CONTEXT + 1}},
        {"asked": 7, "photo": 1, "box": {"x": 290, "y": 0, "width": 20, "height": 20}},
        {"asked": 7},
    ],
    ids=["of another photograph", "larger than a tile", "outside", "no box"],
)
def test_what_cannot_be_shown_is_answered_without_a_picture(data: Any, session: SessionState, tmp_path: Any) -> None:
    assert answer(session, tmp_path, data) == {"asked": 7, "picture": None}


def test_a_session_holds_few_of_them(session: SessionState, tmp_path: Any) -> None:
    urls = []
    for x in range(5):
        box = {"x": x, "y": 0, "width": 20, "height": 20}
        urls.append(answer(session, tmp_path, {"asked": x, "photo": 1, "box": box})["picture"]["url"])
    held = [stored(session, url) is not None for url in urls]
    assert held == [False, False, False, True, True]
