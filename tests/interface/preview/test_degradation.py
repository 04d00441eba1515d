"""The switch between networks for shrunk photographs and for a camera's, without a browser."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import panes, photographs
from cf_esrt.interface.preview.display import Display
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.photo import png_bytes
from tests.browser.fake_app import CAMERA, NAMES, FakeEnhancer, describe, expected
from tests.interface.preview.test_events import CROP, PHOTO, enhance, pixels, run, sent

PANES, MODELS = panes.available_panes(describe, (*NAMES, *CAMERA))
RAMP = np.linspace(60, 180, 60).astype(np.uint8)[None, :, None].repeat(48, 0).repeat(3, 2)
"""Small and free of faults."""


@pytest.fixture
def events(tmp_path: Path) -> Events:
    return Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), PANES)


def opened(photo: np.ndarray) -> SessionState:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(photo), choice=True)
    return session


def enhanced(events: Events, session: SessionState) -> dict[str, Any]:
    """What the viewer is given at the end."""
    return enhance(events, session)[-1]["panes"]


def shown(session: SessionState, value: dict[str, Any]) -> dict[str, tuple[str, np.ndarray]]:
    """name → title and pixels of each pane."""
    return {pane["name"]: (value["titles"][pane["name"]], pixels(session, pane)) for pane in value["panes"]}


def test_the_camera_degradation_has_no_panes_of_its_own() -> None:
    assert [pane.name for pane in PANES] == ["original", "bicubic", "other", "esrt", "cf-esrt-coarse", "cf-esrt"]
    camera = {pane.name: pane.model_for("camera") for pane in PANES}
    assert camera == {"original": None, "bicubic": "bicubic", "other": "other", "esrt": "esrt-camera",
                      "cf-esrt-coarse": "cf-esrt-camera", "cf-esrt": "cf-esrt-camera"}  # fmt: skip
    assert [model.name for model in MODELS][-2:] == ["esrt-camera", "cf-esrt-camera"]  # for programs, and in the table
    assert panes.switchable(PANES)


@pytest.mark.parametrize("names", [NAMES, (*NAMES, "esrt-camera")])
def test_without_both_networks_there_is_no_switch(names: tuple[str, ...], tmp_path: Path) -> None:
    offered, _ = panes.available_panes(describe, names)
    assert not panes.switchable(offered)
    events = Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), offered)
    session = SessionState(PictureStore())
    assert photographs.open_photo(session, png_bytes(PHOTO))["degradation"] is None
    assert events.source(session, sent(source="camera")) == {}
    assert session.degradation == "bicubic"


def test_it_starts_where_the_traces_point_and_says_why() -> None:
    noisy = opened(PHOTO)
    degradation = photographs.stage(noisy)["degradation"]
    assert (degradation["chosen"], noisy.degradation) == (None, "camera")  # by which camera cannot be told
    assert degradation["reason"].startswith("From a camera (noise in its smooth places). We cannot tell which")
    assert "its smooth places have" in degradation["detail"]
    clean = photographs.stage(opened(RAMP))["degradation"]
    assert (clean["chosen"], clean["reason"]) == (
        "shrunk",
        "“Already shrunk” is chosen for you: clean, without blur, noise or JPEG blocks.",
    )


def test_a_round_field_speaks_for_a_dermatoscope() -> None:
    rows, columns = np.indices(PHOTO.shape[:2])
    inside = np.hypot((rows - 20) / 20, (columns - 25) / 25) < 1
    session = opened((PHOTO * inside[..., None]).astype(np.uint8))
    assert (session.source, session.degradation) == ("dermatoscope", "camera")
    reason = photographs.stage(session)["degradation"]["reason"]
    assert reason == "“Dermatoscope” is chosen for you: noise in its smooth places and a dermatoscope's round field."


@pytest.mark.parametrize("corners", [1, 2])
def test_a_shaded_corner_is_no_round_field(corners: int) -> None:
    shaded = PHOTO.copy()
    for rows in (slice(0, 6), slice(-6, None))[:corners]:
        shaded[rows, :8] = 0
    assert opened(shaded).source is None


def test_a_person_who_says_it_is_believed(events: Events) -> None:
    session = opened(PHOTO)
    events.source(session, sent(source="dermatoscope"))
    assert photographs.stage(session)["degradation"]["chosen"] == "dermatoscope"  # as after a reload
    assert session.degradation == "camera"


def test_a_size_alone_says_nothing() -> None:
    large = np.linspace(60, 180, 900).astype(np.uint8)[None, :, None].repeat(700, 0).repeat(3, 2)
    assert opened(large).source == "shrunk"


def test_the_degradations_networks_run_and_each_once(events: Events) -> None:
    session = opened(PHOTO)
    value = enhanced(events, session)
    found = shown(session, value)
    assert {name: title for name, (title, _) in found.items()} == {
        "bicubic": "Bicubic", "esrt": "ESRT camera", "cf-esrt": "CF-ESRT camera"}  # fmt: skip
    np.testing.assert_array_equal(found["esrt"][1], expected(CROP, "esrt-camera").refined)
    np.testing.assert_array_equal(found["cf-esrt"][1], expected(CROP, "cf-esrt-camera").refined)
    assert session.results is not None
    assert set(session.results.outputs) == {"bicubic", "esrt-camera", "cf-esrt-camera"}
    assert {image.setting.degradation for image in session.results.images.values()} == {"camera"}
    # the other degradation: bicubic is shown at once, its networks are run
    first = events.source(session, sent(source="shrunk"))["panes"]
    assert [pane["name"] for pane in first["panes"]] == ["bicubic"]
    *_, last = run(events, session)
    found = shown(session, last["panes"])
    np.testing.assert_array_equal(found["cf-esrt"][1], expected(CROP, "cf-esrt").refined)
    assert found["cf-esrt"][0] == "CF-ESRT"
    assert {image.setting.model for image in session.results.images.values()} == {"bicubic", "esrt", "cf-esrt"}
    assert {image.setting.degradation for image in session.results.images.values()} == {"bicubic"}
    # and back, without a network
    back = events.source(session, sent(source="camera"))["panes"]
    assert not session.busy
    np.testing.assert_array_equal(shown(session, back)["esrt"][1], expected(CROP, "esrt-camera").refined)
    # the slider acts on the degradation's CF-ESRT
    value = events.detail(session, sent(detail=0.5))["panes"]
    np.testing.assert_array_equal(shown(session, value)["cf-esrt"][1], expected(CROP, "cf-esrt-camera").blend(0.5))


def test_a_choice_against_the_traces_is_not_scolded(events: Events) -> None:
    session = opened(PHOTO)
    before = enhanced(events, session)["notices"]
    value = events.source(session, sent(source="shrunk"))["panes"]
    assert not any("chosen" in sentence for sentence in (*before, *value["notices"]))


def test_low_agreement_is_noticed_by_the_degradations_own_limit(events: Events) -> None:
    session = opened(PHOTO)
    enhance(events, session)
    results = session.results
    assert results is not None
    image = results.images["esrt"]
    results.images = {"esrt": dataclasses.replace(image, report=dataclasses.replace(image.report, consistency=36.0))}
    assert not any("agrees less" in sentence for sentence in Display(session, PANES).notices(results))
    results.images = {"esrt": dataclasses.replace(image, report=dataclasses.replace(image.report, consistency=30.0))}
    low = "ESRT camera agrees less with the photograph than good results do: 30.0 dB"
    assert any(low in sentence for sentence in Display(session, PANES).notices(results))


def test_what_is_said_beside_the_number(events: Events) -> None:
    session = opened(PHOTO)
    value = enhanced(events, session)
    notes = {pane["name"]: pane.get("agreement") for pane in value["panes"]}
    assert notes["bicubic"] is None
    assert notes["esrt"] == notes["cf-esrt"]
    assert notes["esrt"].startswith("Camera faults left out; good: ≥ ")


@pytest.mark.parametrize("data", [{}, {"source": "moon"}, {"source": None}, {"source": ["shrunk"]}])
def test_nonsense_changes_nothing(events: Events, data: dict[str, Any]) -> None:
    session = opened(PHOTO)
    assert events.source(session, sent(**data)) == {}
    assert session.degradation == "camera"


def test_a_reloaded_tab_keeps_the_choice(events: Events) -> None:
    session = opened(PHOTO)
    events.source(session, sent(source="shrunk"))
    after = SessionState(session.pictures)
    assert after.adopt(session)
    assert photographs.stage(after)["degradation"]["chosen"] == "shrunk"


def test_a_network_that_has_not_run_takes_what_the_other_degradations_does(events: Events) -> None:
    events.measured({"bicubic": 1.0, "esrt": 20.0, "cf-esrt": 300.0}, 10_000)
    bench = events._bench(opened(PHOTO))
    assert bench.needed_models() == ("bicubic", "esrt-camera", "cf-esrt-camera")
    assert bench.seconds_per_pixel() == pytest.approx(0.0321)
    events.measured({"esrt-camera": 120.0}, 10_000)  # measured itself
    assert bench.seconds_per_pixel() == pytest.approx(0.0421)
