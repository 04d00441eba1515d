"""The page's veil: its mask follows the level, its sentence says what is promised, and it says why it is off."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pydicom import dcmread

from cf_esrt.fidelity import properties
from cf_esrt.fidelity.trust import Belief, Unknown, trust_text
from cf_esrt.fidelity.trust.calibrated import Calibration
from cf_esrt.fidelity.trust.scores import Head
from cf_esrt.interface.common.picture_store import Download, PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import overlays, photographs, strings, trust
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.result_image import ResultImage
from cf_esrt.interface.preview.session_state import LesionResults, SessionState
from cf_esrt.photo import png_bytes
from cf_esrt.provenance import read_picture, read_xmp
from cf_esrt.provenance.png import with_label_caption
from tests.browser.fake_app import FakeEnhancer
from tests.interface.preview.test_events import PANES, PHOTO, enhance, sent

LEVELS = {"area": (4.0, 8.0)}
ROWS = {"area": ((1.5, 2.5),)}
ONE = Calibration("esrt", None, "bicubic", {}, (1.0,), 16.0, LEVELS, ROWS, Head.single("added"))  # type: ignore[arg-type]


@dataclass
class Shown:
    belief: Belief | Unknown


@dataclass
class Session:
    overlay: str = trust.OVERLAY
    believe_level: float = 8.0
    second_pane: str | None = None


@dataclass
class Results:
    images: dict[str, Any]
    second: Results | None = None


def belief() -> Belief:
    return Belief(np.array([[1.0, 2.0], [3.0, 3.0]], np.float32), ONE, 1.0, 0.1, 0.05, (16, 16), "ESRT")


def under(shown: Belief | Unknown, **session: Any) -> dict[str, str]:
    return trust.under_pane(cast(ResultImage, Shown(shown)), cast(SessionState, Session(**session)))


def test_the_share_follows_the_level() -> None:
    assert under(belief()) == {"sentence": "50% of this picture can be believed within 8 grey levels."}
    assert under(belief(), believe_level=4.0) == {
        "sentence": "25% of this picture can be believed within 4 grey levels."
    }
    assert under(belief(), overlay="result") == {}


def test_a_picture_with_a_hatched_block_is_not_said_to_be_believed_whole() -> None:
    scores = np.full((20, 20), 2.0, np.float32)
    scores[0, 0] = 3.0
    almost = replace(belief(), scores=scores, size=(160, 160))
    assert under(almost) == {"sentence": "Over 99% of this picture can be believed within 8 grey levels."}


def test_where_nothing_is_known_it_says_why() -> None:
    assert under(Unknown("It is unlike them.")) == {"sentence": strings.NOTHING_PROMISED}
    shown = cast(ResultImage, Shown(Unknown("It is unlike them.")))
    assert trust.mask(shown, cast(SessionState, Session())) is None
    said = trust.value(cast(SessionState, Session()), cast(LesionResults, Results({"a": shown})))
    assert said["sentence"] == "It is unlike them."
    assert said["off"]


def test_the_promise_is_said_once() -> None:
    results = cast(LesionResults, Results({"a": Shown(Unknown("Off.")), "b": Shown(belief())}))
    said = trust.value(cast(SessionState, Session()), results)
    assert said["level"] == 8.0
    assert not said["off"]
    assert said["sentence"].startswith("In 9 of 10 photographs like yours")
    assert not trust.value(cast(SessionState, Session(overlay="result")), results)["sentence"]


def test_the_veil_covers_what_is_not_believed() -> None:
    pixels = np.full((16, 16, 3), (200, 150, 130), np.uint8)
    mask = trust.mask(cast(ResultImage, Shown(belief())), cast(SessionState, Session()))
    assert mask is not None
    shown = overlays.overlay_image("trust", pixels, pixels[::4, ::4], pixels, cast(Any, None), mask)
    assert shown is not None
    assert (shown[:8] == pixels[:8]).all()
    assert (shown[8:] != pixels[8:]).any(axis=2).all()
    assert overlays.overlay_image("trust", pixels, pixels[::4, ::4], pixels, cast(Any, None), None) is None


def test_all_panes_share_what_is_measured_of_the_crop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(PHOTO))
    events = Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), PANES)
    measured, counted = [], properties.Properties
    monkeypatch.setattr(properties, "Properties", lambda **found: measured.append(found) or counted(**found))
    shown = enhance(events, session)[-1]["panes"]["panes"]
    veiled = events.overlay(session, sent(overlay=trust.OVERLAY))["panes"]["panes"]
    assert [pane["sentence"] for pane in veiled] == [strings.NOTHING_PROMISED] * len(shown)
    assert len(shown) > 1
    assert len(measured) == 1


def test_the_slider_offers_what_all_networks_were_calibrated_for() -> None:
    assert 8.0 in trust.levels()
    assert list(trust.levels()) == sorted(trust.levels())


def test_every_export_is_of_the_level_that_was_set(tmp_path: Path) -> None:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(PHOTO))
    events = Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), PANES)
    enhance(events, session)
    assert session.results is not None
    for name, image in session.results.images.items():
        scores = np.full((-(-image.pixels.shape[0] // 8), -(-image.pixels.shape[1] // 8)), 2.0, np.float32)
        scores[:, 0] = 1.0  # the first column may be believed to 4 levels, all of it to 8
        vars(image)["belief"] = Belief(scores, ONE, 1.0, 0.1, 0.05, image.pixels.shape[:2], name)

    def exported(kind: str) -> Download:
        messages = events.export(session, sent(kind=kind, pane="esrt"))["exports"]
        found = session.pictures.pop_download(messages["url"].split("/")[-2])
        assert found is not None
        return found

    kinds = ("png", "png-plain", "dicom", "mask", "dicom-believe", "sheet-pdf", "sheet-png", "zip")
    usual = {kind: exported(kind) for kind in kinds}
    events.overlay(session, sent(overlay=trust.OVERLAY, level=4.0))
    strict = {kind: exported(kind) for kind in usual}
    assert all(usual[kind].data != strict[kind].data for kind in usual)
    assert (read_picture(usual["mask"].data) == 255).all()
    mask = read_picture(strict["mask"].data)
    assert (mask[:, :8] == 255).all()
    assert not mask[:, 8:].any()
    with zipfile.ZipFile(io.BytesIO(strict["zip"].data)) as archive:
        np.testing.assert_array_equal(read_picture(archive.read("believe/esrt.png")), mask)
        assert json.loads(archive.read("settings.json"))["believe_level"] == 4.0
        assert archive.read("esrt.png") == strict["png"].data

    result = session.results.images["esrt"]
    assert isinstance(result.belief, Belief)
    label = read_xmp(strict["png"].data)
    assert label.believed == trust_text(result.belief, 4.0)
    assert read_xmp(strict["png-plain"].data) == label
    picture = dcmread(io.BytesIO(strict["dicom"].data)).pixel_array
    np.testing.assert_array_equal(picture, with_label_caption(result.pixels, label))
    events.overlay(session, sent(overlay="result"))  # the slider stays where it is
    assert exported("png").data == strict["png"].data
