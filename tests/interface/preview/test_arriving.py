"""Panes that arrive one by one: what a person does meanwhile, and jobs that end before all are there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cf_esrt.enhance import EnhanceError
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import panes, strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.session_state import SessionState
from tests.browser.fake_app import CAMERA, NAMES, FakeEnhancer, describe, expected
from tests.interface.preview.test_events import CROP, PHOTO, STAGE, enhance, pixels, run, sent
from tests.interface.preview.test_events import events as events  # a fixture
from tests.interface.preview.test_events import session as session  # a fixture
from tests.interface.preview.test_events import uploads as uploads  # a fixture

OTHER = {"box": {"x": 20, "y": 10, "width": 20, "height": 16}, "lesion": 2}
OTHER_CROP = PHOTO[10:26, 20:40]
NOTHING: dict[str, Any] = {}


class Failing(FakeEnhancer):
    """ESRT fails on one crop."""

    error: Exception = KeyError("secret")

    def reconstruct(self, image: np.ndarray, *, progress: Any = None, cancelled: Any = None) -> Any:
        if self.descriptor.name == "esrt" and image.shape == OTHER_CROP.shape:
            raise self.error
        return super().reconstruct(image, progress=progress, cancelled=cancelled)


def begin(events: Events, session: SessionState, stage: dict[str, Any]) -> Iterator[dict[str, Any]]:
    assert strings.BUSY not in events.enqueue(session, stage)["status"]
    return run(events, session)


def until(steps: Iterator[dict[str, Any]], name: str) -> dict[str, Any]:
    """What the viewer is given when the pane of that name arrives."""
    return next(step["panes"] for step in steps if name in named(step.get("panes", {})))


def named(value: dict[str, Any]) -> list[str]:
    return [pane["name"] for pane in value.get("panes", [])]


def finished(value: dict[str, Any]) -> list[int]:
    """Lesions that are done."""
    return [one["lesion"] for one in value["finished"]]


def shows(session: SessionState, value: dict[str, Any], crop: np.ndarray, *names: str) -> None:
    assert named(value) == list(names)
    for pane in value["panes"]:
        np.testing.assert_array_equal(pixels(session, pane), expected(crop, pane["name"]).refined)


def test_cancel_gives_back_what_the_panes_replaced(events: Events, session: SessionState) -> None:
    enhance(events, session)
    earlier = session.results
    steps = begin(events, session, OTHER)
    shows(session, until(steps, "esrt"), OTHER_CROP, "bicubic", "esrt")
    events.cancel(session)
    stopping, last = steps  # in this order
    assert strings.CANCELLING in stopping["status"]
    assert strings.CANCELLED in last["status"]
    shows(session, last["panes"], CROP, "bicubic", "esrt", "cf-esrt")
    assert (last["panes"]["lesion"], finished(last["panes"]), last["panes"]["arriving"]) == (1, [1], False)
    assert session.results is earlier
    assert session.replaced is None
    assert events.lesion(session, sent(lesion=2)) == NOTHING  # nothing is there of it


def test_cancel_leaves_what_replaced_nothing_and_does_not_call_it_finished(
    events: Events, session: SessionState
) -> None:
    steps = begin(events, session, STAGE)
    until(steps, "esrt")
    events.cancel(session)
    *_, last = steps
    assert strings.KEPT[strings.CANCELLED] in last["status"]
    assert "panes" not in last
    assert list(session.panes) == ["bicubic", "esrt"]
    assert session.finished == {}
    chosen = sent(panes=["bicubic", "esrt", "cf-esrt"], unasked=True)
    events.select_panes(session, chosen)
    assert not session.busy  # what was cancelled does not begin again by itself
    events.select_panes(session, sent(panes=["bicubic", "esrt", "cf-esrt"]))
    assert session.busy
    *_, last = run(events, session)
    shows(session, last["panes"], CROP, "bicubic", "esrt", "cf-esrt")
    assert finished(last["panes"]) == [1]


@pytest.mark.parametrize(("error", "words"), [(KeyError("secret"), strings.FAILED), (EnhanceError("Full."), "Full.")])
@pytest.mark.parametrize("replaces", [True, False])
def test_an_error_in_the_second_model_after_the_first_was_shown(
    tmp_path: Path, session: SessionState, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str, replaces: bool
) -> None:
    monkeypatch.setattr(Failing, "error", error)
    events = Events(make_inference(ModelCache(Failing)), Uploads(tmp_path), PANES)
    if replaces:
        enhance(events, session)
    steps = begin(events, session, OTHER)
    shows(session, until(steps, "bicubic"), OTHER_CROP, "bicubic")
    *_, last = steps
    assert (words if replaces else strings.KEPT.get(words, words)) in last["status"]
    assert 'role="alert"></p>' not in last["status"]
    if replaces:
        shows(session, last["panes"], CROP, "bicubic", "esrt", "cf-esrt")
    else:
        assert list(session.panes) == ["bicubic"]
    assert sorted(session.finished) == ([1] if replaces else [])
    assert not session.busy
    events.select_panes(session, sent(panes=list(panes.MODELS), unasked=True))
    assert not session.busy  # nor does it fail again by itself


def test_another_lesion_is_looked_at_meanwhile(events: Events, session: SessionState) -> None:
    enhance(events, session)
    steps = begin(events, session, OTHER)
    until(steps, "bicubic")
    shows(session, events.lesion(session, sent(lesion=1))["panes"], CROP, "bicubic", "esrt", "cf-esrt")
    assert next(step for step in steps if "status" not in step) == NOTHING  # ESRT's pane is not displayed
    back = events.lesion(session, sent(lesion=2))["panes"]  # as far as it is
    shows(session, back, OTHER_CROP, "bicubic", "esrt")
    assert back["arriving"]
    events.lesion(session, sent(lesion=1))
    *_, last = steps
    shows(session, last["panes"], CROP, "bicubic", "esrt", "cf-esrt")
    assert finished(last["panes"]) == [1, 2]
    shows(session, events.lesion(session, sent(lesion=2))["panes"], OTHER_CROP, "bicubic", "esrt", "cf-esrt")
    assert session.replaced is None


def test_cancel_while_another_lesion_is_looked_at_changes_nothing(events: Events, session: SessionState) -> None:
    enhance(events, session)
    steps = begin(events, session, OTHER)
    until(steps, "bicubic")
    looked_at = events.lesion(session, sent(lesion=1))["panes"]["panes"]
    events.cancel(session)
    *_, last = steps
    assert strings.CANCELLED in last["status"]
    assert "panes" not in last
    assert list(session.panes.values()) == looked_at
    assert sorted(session.finished) == [1]


def test_slider_map_and_switch_are_moved_meanwhile(events: Events, session: SessionState) -> None:
    steps = begin(events, session, STAGE)
    until(steps, "bicubic")
    assert named(events.detail(session, sent(detail=0.5))["panes"]) == ["bicubic"]
    assert "overlay" in events.overlay(session, sent(overlay="residual"))["panes"]["panes"][0]
    until(steps, "esrt")
    value = events.back_projection(session, sent(back_projection=True))["panes"]
    assert all("back_projected" in pane for pane in value["panes"])
    events.back_projection(session, sent(back_projection=False))
    *_, last = steps
    blend = last["panes"]["panes"][2]
    np.testing.assert_array_equal(pixels(session, blend), expected(CROP, "cf-esrt").blend(0.5))
    assert all("overlay" in pane and "back_projected" not in pane for pane in last["panes"]["panes"])
    assert last["panes"]["detail"] == 0.5


def test_the_degradation_is_switched_meanwhile(tmp_path: Path, session: SessionState) -> None:
    both, _ = panes.available_panes(describe, (*NAMES, *CAMERA))
    events = Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), both)
    steps = begin(events, session, STAGE)
    until(steps, "esrt")
    assert named(events.source(session, sent(source="camera"))["panes"]) == ["bicubic"]
    *_, last = steps
    assert (named(last["panes"]), last["panes"]["arriving"]) == (["bicubic"], False)  # so the page asks for the others:
    events.select_panes(session, sent(panes=list(panes.MODELS), unasked=True))
    *_, last = run(events, session)
    assert [last["panes"]["titles"][name] for name in named(last["panes"])] == [
        "Bicubic",
        "ESRT camera",
        "CF-ESRT camera",
    ]
    assert named(events.source(session, sent(source="shrunk"))["panes"]) == [
        "bicubic",
        "esrt",
        "cf-esrt",
    ]  # these had run on
    assert not session.busy


def test_a_pane_chosen_meanwhile_is_asked_for_at_the_end(events: Events, session: SessionState) -> None:
    steps = begin(events, session, STAGE)
    until(steps, "bicubic")
    assert "original" in named(events.select_panes(session, sent(panes=["original", "bicubic", "other"]))["panes"])
    *_, last = steps
    assert (last["panes"]["arriving"], "other" in named(last["panes"])) == (False, False)
    events.select_panes(session, sent(panes=["original", "bicubic", "other"], unasked=True))
    *_, last = run(events, session)
    assert "other" in named(last["panes"])


def test_an_older_result_stays_until_a_chosen_pane_is_there(events: Events, session: SessionState) -> None:
    enhance(events, session)
    events.select_panes(session, sent(panes=["esrt"]))  # bicubic still runs first, and shows in no pane
    before = session.panes
    values = [step["panes"] for step in begin(events, session, OTHER) if "panes" in step]
    assert [named(value) for value in values] == [["esrt"], ["esrt"]]
    assert set(before) == {"bicubic", "esrt", "cf-esrt"}
    assert session.results is not None
    assert list(session.results.outputs) == ["bicubic", "esrt"]


def test_what_is_added_to_an_older_result_does_not_replace_a_newer_one(events: Events, session: SessionState) -> None:
    enhance(events, session)
    events.enqueue(session, {**OTHER, "lesion": 1})  # the same lesion, another box
    events.select_panes(session, sent(panes=["bicubic", "other"]))  # waits, for the result that is displayed
    newer = list(run(events, session))[-1]["panes"]
    assert newer["box"] == OTHER["box"]
    added = list(run(events, session))
    assert all(step["panes"]["box"] == OTHER["box"] for step in added if "panes" in step)
    assert session.finished[1].box.width == OTHER["box"]["width"]


def test_all_panes_leave_once_they_are_there_and_one_at_any_time(events: Events, session: SessionState) -> None:
    steps = begin(events, session, STAGE)
    until(steps, "esrt")
    for kind in ("zip", "sheet-pdf", "sheet-png"):
        assert events.export(session, sent(kind=kind))["exports"] == {"refused": strings.UNFINISHED}
    assert "url" in events.export(session, sent(kind="png", pane="esrt"))["exports"]
    assert events.export(session, sent(kind="png", pane="cf-esrt"))["exports"] == {"refused": strings.NOTHING_TO_EXPORT}
    events.cancel(session)
    list(steps)
    assert missing(events, session) == ["cf-esrt"]
    events.select_panes(session, sent(panes=list(panes.MODELS)))
    list(run(events, session))
    assert missing(events, session) == []


def missing(events: Events, session: SessionState) -> list[str]:
    """What a ZIP says of chosen panes that are not in it."""
    url = events.export(session, sent(kind="zip"))["exports"]["url"]
    download = session.pictures.pop_download(url.split("/")[-2])
    assert download is not None
    with zipfile.ZipFile(io.BytesIO(download.data)) as archive:
        return json.loads(archive.read("settings.json"))["missing_panes"]


def test_a_reload_meanwhile_gives_back_what_the_panes_replaced(events: Events, session: SessionState) -> None:
    enhance(events, session)
    steps = begin(events, session, OTHER)
    until(steps, "esrt")
    key = events._response(session)["key"]
    after = SessionState(session.pictures)
    update = events.resume(after, sent(key=key))
    value = update["panes"]
    shows(after, value, CROP, "bicubic", "esrt", "cf-esrt")
    assert strings.RESUMED in update["status"]
    assert (finished(value), value["arriving"]) == ([1], False)
    assert not any("panes" in step or "status" in step for step in steps)
    assert session.results is None  # nothing came to the old one
    after.close()
    assert len(session.pictures) == 0


def test_a_reload_during_the_first_enhancement_asks_for_the_rest(events: Events, session: SessionState) -> None:
    until(begin(events, session, STAGE), "esrt")
    after = SessionState(session.pictures)
    update = events.resume(after, sent(key=events._response(session)["key"]))
    shows(after, update["panes"], CROP, "bicubic", "esrt")
    assert strings.PARTLY_RESUMED in update["status"]
    after.close()


def test_the_time_of_each_model_is_known_once_it_is_done(events: Events, session: SessionState) -> None:
    steps = begin(events, session, STAGE)
    until(steps, "esrt")
    events.cancel(session)
    list(steps)
    session.selected = ("bicubic", "esrt")
    assert events._bench(session).seconds_per_pixel() is not None


PANES, _ = panes.available_panes(describe, NAMES)


def test_displays_are_numbered_in_their_order(session: SessionState) -> None:
    other = SessionState(PictureStore())
    assert session.displayed()[0] < session.displayed()[0]
    assert session.name != other.name
