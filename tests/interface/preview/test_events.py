"""What the page does, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity import added_detail, colour_difference, colour_map, residual_map
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import panes, photographs, strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.session_state import LesionResults, SessionState
from cf_esrt.models import ModelDescriptor
from cf_esrt.photo import png_bytes, read
from cf_esrt.provenance import Box
from tests.browser.fake_app import NAMES, FakeEnhancer, describe, expected
from tests.interface.common.arrivals import send

PHOTO = np.random.default_rng(3).integers(0, 256, (40, 50, 3), np.uint8)
STAGE = {"box": {"x": 5, "y": 6, "width": 16, "height": 12}}
CROP = PHOTO[6:18, 5:21]
PANES, _ = panes.available_panes(describe, NAMES)


def sent(**data: Any) -> Any:
    """An event with what the browser sent."""
    return SimpleNamespace(_data=data)


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path)


@pytest.fixture
def events(uploads: Uploads) -> Events:
    return Events(make_inference(ModelCache(FakeEnhancer)), uploads, PANES)


@pytest.fixture
def session() -> SessionState:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(PHOTO))
    return session


def run(events: Events, session: SessionState) -> Iterator[dict[str, Any]]:
    """What the page is messages of a run, step by step."""
    loop = asyncio.new_event_loop()
    steps = events.enhance(session)
    try:
        while True:
            try:
                yield loop.run_until_complete(anext(steps))
            except StopAsyncIteration:
                return
    finally:
        loop.run_until_complete(steps.aclose())
        loop.close()


def enhance(events: Events, session: SessionState) -> list[dict[str, Any]]:
    events.enqueue(session, STAGE)
    return list(run(events, session))


def pixels(session: SessionState, pane: dict[str, Any]) -> np.ndarray:
    png = session.pictures.get(pane["url"].split("/")[-1].removesuffix(".png"))
    assert png is not None
    return read(png).pixels


def test_enhance_publishes_each_pane_as_soon_as_its_model_is_done(events: Events, session: SessionState) -> None:
    *steps, last = enhance(events, session)
    values = [step["panes"] for step in steps if "panes" in step]
    assert [[pane["name"] for pane in value["panes"]] for value in values] == [
        ["bicubic"],
        ["bicubic", "esrt"],
        ["bicubic", "esrt", "cf-esrt"],
    ]
    assert [(value["arriving"], value["finished"]) for value in values[:3]] == [(True, [])] * 3
    assert [pane["url"] for pane in values[-1]["panes"]] == [pane["url"] for pane in last["panes"]["panes"]]
    shown = last["panes"]
    assert (shown["arriving"], shown["finished"]) == (False, [{"lesion": 1, "box": STAGE["box"]}])
    numbers = [value["order"]["number"] for value in (*values, shown)]
    assert numbers == sorted(set(numbers))
    assert [pane["name"] for pane in shown["panes"]] == ["bicubic", "esrt", "cf-esrt"]
    for pane in shown["panes"]:
        np.testing.assert_array_equal(pixels(session, pane), expected(CROP, pane["name"]).refined)
        assert "dB" in pane["db"]
    assert (shown["photo"], shown["box"]) == (1, STAGE["box"])
    assert "Done in" in last["status"]
    assert not session.busy
    assert shown["seconds_per_pixel"] > 0


def test_detail_blends_one_pane_without_a_network(
    events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = enhance(events, session)[-1]["panes"]["panes"]
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    after = events.detail(session, sent(detail=0.5))["panes"]["panes"]
    assert after[:2] == before[:2]
    np.testing.assert_array_equal(pixels(session, after[2]), expected(CROP, "cf-esrt").blend(0.5))
    assert pixels(session, before[2]).shape == (48, 64, 3)  # a browser that lags behind still gets the old one


def test_a_pane_chosen_later_runs_only_its_own_model(
    events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = enhance(events, session)[-1]["panes"]["panes"]
    ran: list[str] = []
    real = FakeEnhancer.reconstruct
    monkeypatch.setattr(
        FakeEnhancer,
        "reconstruct",
        lambda self, *given, **named: ran.append(self.descriptor.name) or real(self, *given, **named),
    )
    shown = events.select_panes(session, sent(panes=["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]))
    assert not session.busy
    assert ran == []  # the coarse image came with CF-ESRT, the original with the crop
    added = {pane["name"]: pane for pane in shown["panes"]["panes"]}
    np.testing.assert_array_equal(pixels(session, added["original"]), CROP)
    np.testing.assert_array_equal(pixels(session, added["cf-esrt-coarse"]), expected(CROP, "cf-esrt").coarse)
    assert [added[name] for name in ("bicubic", "esrt", "cf-esrt")] == before
    events.select_panes(session, sent(panes=["bicubic", "other"]))
    assert session.busy
    *_, last = run(events, session)
    assert ran == ["other"]
    after = {pane["name"]: pane for pane in last["panes"]["panes"]}
    np.testing.assert_array_equal(pixels(session, after["other"]), expected(CROP, "other").refined)
    assert after["bicubic"] == before[0]


def test_panes_chosen_before_enhance_are_what_it_runs(events: Events, session: SessionState) -> None:
    assert events.select_panes(session, sent(panes=["other", "original", "missing", "<b>"])) == {}
    displayed = enhance(events, session)[-1]["panes"]["panes"]
    assert [pane["name"] for pane in displayed] == ["original", "other"]
    assert "db" not in displayed[0]
    assert session.results is not None
    assert list(session.results.outputs) == ["bicubic", "other"]  # added detail is measured against bicubic


@pytest.mark.parametrize("data", [None, {}, {"panes": "bicubic"}])
def test_choosing_nonsense_changes_nothing(events: Events, session: SessionState, data: Any) -> None:
    event: Any = SimpleNamespace(_data=data)
    assert events.select_panes(session, event) == {}
    assert session.selected == panes.MODELS


def test_overlays_are_put_on_results_and_removed(events: Events, session: SessionState) -> None:
    plain = enhance(events, session)[-1]["panes"]["panes"]
    assert all("overlay" not in pane and "ΔE" in pane["shift"] for pane in plain)
    events.select_panes(session, sent(panes=["original", "bicubic", "esrt", "cf-esrt"]))
    result, bicubic = expected(CROP, "esrt").refined, expected(CROP, "bicubic").refined
    wanted = {
        "residual": residual_map(result, CROP),
        "colour": colour_map(colour_difference(result, CROP).map),
    }
    for overlay, image in wanted.items():
        panes_ = {pane["name"]: pane for pane in events.overlay(session, sent(overlay=overlay))["panes"]["panes"]}
        assert "overlay" not in panes_["original"]
        np.testing.assert_array_equal(pixels(session, {"url": panes_["esrt"]["overlay"]}), image)
        np.testing.assert_array_equal(pixels(session, panes_["esrt"]), result)
    panes_ = {pane["name"]: pane for pane in events.overlay(session, sent(overlay="added"))["panes"]["panes"]}
    alpha = added_detail(result, bicubic)[..., 3:] / 255
    mixed = (1 - alpha) * result + alpha * added_detail(result, bicubic)[..., :3]
    assert np.abs(pixels(session, {"url": panes_["esrt"]["overlay"]}) - mixed).max() <= 0.51
    np.testing.assert_array_equal(pixels(session, {"url": panes_["bicubic"]["overlay"]}), bicubic)
    assert all("overlay" not in pane for pane in events.overlay(session, sent(overlay="<b>"))["panes"]["panes"])


def test_a_setting_is_answered_before_there_is_a_result(events: Events, session: SessionState) -> None:
    enhance(events, session)
    photographs.open_photo(session, png_bytes(PHOTO))  # the page's controls work from the first result on
    for value in (
        events.overlay(session, sent(overlay="trust")),
        events.back_projection(session, sent(back_projection=True)),
    ):
        assert value["panes"]["panes"] == []
    assert value["panes"]["overlay"] == "trust"
    assert value["panes"]["back_projection"]


def test_superseded_changes_are_not_drawn(events: Events, session: SessionState) -> None:
    enhance(events, session)
    assert "overlay" in events.overlay(session, sent(overlay="residual", request=7))["panes"]["panes"][1]
    assert events.overlay(session, sent(overlay="colour", request=6)) == {}
    assert session.overlay == "residual"
    events.detail(session, sent(detail=0.5, request=3))  # each kind has its own order
    assert session.detail == 0.5
    assert events.overlay(session, sent(overlay="result", request="8")) == {}
    assert "overlay" not in events.overlay(session, sent(overlay="result", request=8))["panes"]["panes"][1]


def test_notices_of_an_unusual_crop_are_shown(events: Events, session: SessionState) -> None:
    session.photo = PHOTO.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    text = enhance(events, session)[-1]["panes"]["notices"]
    assert any("greyer" in sentence for sentence in text)


def test_panes_without_a_checkpoint_are_not_offered() -> None:
    names = [pane.name for pane in PANES]
    assert names == ["original", "bicubic", "other", "esrt", "cf-esrt-coarse", "cf-esrt"]


def test_a_variant_stands_after_the_model_that_it_is_one_of() -> None:
    def everything(name: str) -> ModelDescriptor:
        return ModelDescriptor(name, name, name, variant_of="cf-esrt" if name == "cf-esrt-plus" else None)

    available_panes, models = panes.available_panes(everything, ("bicubic", "esrt", "cf-esrt", "cf-esrt-plus", "srcnn"))
    assert [model.name for model in models] == ["bicubic", "srcnn", "esrt", "cf-esrt", "cf-esrt-plus"]
    assert [(pane.name, pane.stage) for pane in available_panes][-2:] == [
        ("cf-esrt", "blend"),
        ("cf-esrt-plus", "refined"),
    ]


@pytest.mark.parametrize("data", [{}, {"detail": "much"}, {"detail": None}])
def test_detail_ignores_nonsense(events: Events, session: SessionState, data: dict[str, Any]) -> None:
    enhance(events, session)
    assert events.detail(session, sent(**data)) == {}


def test_pictures_do_not_pile_up(events: Events, session: SessionState) -> None:
    for _ in range(3):
        enhance(events, session)
        for step in range(10):
            events.detail(session, sent(detail=step / 10))
    assert len(session.pictures) <= 1 + 2 * 2 + 4
    for step in range(5):
        events.overlay(session, sent(overlay="added"))
        events.detail(session, sent(detail=step / 10))
    assert len(session.pictures) <= 1 + 2 * (2 * 2 + 4)
    session.close()
    assert len(session.pictures) == 0


@pytest.mark.parametrize(
    ("stage", "photo", "words"),
    [
        (None, False, strings.NO_PHOTO),
        (STAGE, False, strings.EXPIRED),
        ({"box": {"x": 0, "y": 0, "width": 4, "height": 30}}, True, "at least 8 px"),
        ({"box": "none"}, True, strings.NO_CROP),
    ],
)
def test_begin_refuses_before_any_work(
    events: Events, session: SessionState, stage: Any, photo: bool, words: str
) -> None:
    if not photo:
        session.photo = None
    assert words in events.enqueue(session, stage)["status"]
    assert not session.busy
    assert list(run(events, session)) == []


def test_lesions_queue_and_are_switched_between(events: Events, session: SessionState) -> None:
    other = {"box": {"x": 20, "y": 10, "width": 20, "height": 16}, "lesion": 2}
    events.enqueue(session, {**STAGE, "lesion": 1})
    first = run(events, session)
    next(first)
    assert strings.BUSY not in events.enqueue(session, other)["status"]  # while the first one runs
    *steps, last = first
    assert not any("panes" in step for step in steps)  # lesion 2 is chosen by now
    assert (last["panes"]["panes"], [one["lesion"] for one in last["panes"]["finished"]]) == ([], [1])
    assert last["cancel"].interactive  # Cancel: another one waits
    *_, last = run(events, session)
    assert (last["panes"]["lesion"], last["panes"]["seconds_per_pixel"] > 0) == (2, True)
    assert [one["lesion"] for one in last["panes"]["finished"]] == [1, 2]
    assert not session.busy
    back = events.lesion(session, sent(lesion=1))["panes"]
    assert (back["lesion"], back["box"]) == (1, STAGE["box"])
    np.testing.assert_array_equal(pixels(session, back["panes"][1]), expected(CROP, "esrt").refined)
    assert events.lesion(session, sent(lesion=3)) == {}  # not enhanced yet
    assert [one["lesion"] for one in events.lesion(session, sent(lesion=2, removed=1))["panes"]["finished"]] == [2]
    assert len(session.pictures) <= 1 + 2 * 2 + 4
    session.open_photo(PHOTO)
    assert session.finished == {}


def test_cancel_ends_queued_jobs_too(events: Events, session: SessionState) -> None:
    events.enqueue(session, {**STAGE, "lesion": 1})
    steps = run(events, session)
    next(steps)
    events.enqueue(session, {**STAGE, "lesion": 2})
    events.cancel(session)
    assert strings.CANCELLED in list(steps)[-1]["status"]
    assert strings.CANCELLED in list(run(events, session))[-1]["status"]
    assert not session.busy
    assert session.results is None


def test_held_lesions_are_bounded(session: SessionState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_esrt.interface.preview.session_state.MAX_HELD_PIXELS", 400)
    for lesion in (1, 2, 3):
        session.keep(LesionResults(session.photo_number, lesion, Box(0, 0, 16, 12), CROP, {}))
    assert sorted(session.finished) == [2, 3]


def test_second_press_is_refused(events: Events, session: SessionState) -> None:
    events.enqueue(session, STAGE)
    assert strings.BUSY in events.enqueue(session, STAGE)["status"]


def test_cancel_keeps_the_previous_result(events: Events, session: SessionState) -> None:
    enhance(events, session)
    before = dict(session.panes)
    events.enqueue(session, STAGE)
    steps = run(events, session)
    next(steps)
    events.cancel(session)
    *_, last = steps
    assert strings.CANCELLED in last["status"]
    assert session.panes == before
    assert not session.busy


def test_cancel_while_waiting_runs_nothing(
    events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    events.enqueue(session, STAGE)
    events.cancel(session)
    assert strings.CANCELLED in list(run(events, session))[-1]["status"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EnhanceError("Out of memory."), "Out of memory."),
        (CheckpointError("There is no checkpoint at /secret."), strings.NO_WEIGHTS),
        (KeyError("secret"), strings.FAILED),
    ],
)
def test_a_failure_is_one_sentence(tmp_path: Path, session: SessionState, error: Exception, words: str) -> None:
    def work(crop: np.ndarray, names: tuple[str, ...]) -> Generator[Any, None, None]:
        raise error
        yield

    events = Events(work, Uploads(tmp_path), PANES)
    last = enhance(events, session)[-1]
    assert words in last["status"]
    assert "secret" not in last["status"]
    assert 'role="alert"' in last["status"]
    assert not session.busy


def test_bad_upload_is_one_sentence_and_gone(events: Events, session: SessionState, uploads: Uploads) -> None:
    update = asyncio.run(events.photo(session, sent(**send(uploads, b"no picture"))))
    assert sorted(update) == ["status", "upload"]
    assert 'role="alert"></p>' not in update["status"]
    assert uploads.bytes == 0
    assert session.photo_number == 1


@pytest.fixture
def second(uploads: Uploads) -> Any:
    """What the browser sends of a second photograph."""
    return sent(**send(uploads, png_bytes(255 - PHOTO)))


def test_a_new_photograph_clears_the_results_of_the_one_before(
    events: Events, session: SessionState, second: Any
) -> None:
    enhance(events, session)
    update = asyncio.run(events.photo(session, second))
    assert update["crop"]["photo"] == update["panes"]["photo"] == 2
    assert (update["panes"]["panes"], update["panes"]["finished"]) == ([], [])
    assert session.results is None
    assert "refused" in events.export(session, sent(kind="png", pane="esrt"))["exports"]
    assert events.lesion(session, sent(lesion=1)) == {}


def test_a_job_of_the_photograph_before_shows_nothing_any_more(
    events: Events, session: SessionState, second: Any
) -> None:
    events.enqueue(session, STAGE)
    steps = run(events, session)
    while "panes" not in next(steps):
        pass
    asyncio.run(events.photo(session, second))
    for step in steps:
        assert not {"panes", "status"} & step.keys()  # neither pictures nor words of it
    assert session.results is None
    assert session.finished == {}
    assert not session.busy
    assert enhance(events, session)[-1]["panes"]["photo"] == 2


def test_the_first_look_is_where_the_network_changed_most(events: Events, session: SessionState) -> None:
    steps = enhance(events, session)
    spots = [step["panes"]["spot"] for step in steps if "panes" in step]
    assert [spot["final"] for spot in spots] == [False, False, True, True]
    assert all(0 <= spot["x"] <= 16 and 0 <= spot["y"] <= 12 for spot in spots)


def test_each_model_opens_at_its_own_detail_until_the_slider_is_moved(tmp_path: Path, session: SessionState) -> None:
    def opening_lower(name: str) -> Any:
        described = describe(name)
        described.opening_detail = 0.25
        return described

    offered, _ = panes.available_panes(opening_lower, NAMES)
    events = Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), offered)
    value = enhance(events, session)[-1]["panes"]
    assert value["detail"] == 0.25
    np.testing.assert_array_equal(pixels(session, value["panes"][2]), expected(CROP, "cf-esrt").blend(0.25))
    assert events.detail(session, sent(detail=0.75))["panes"]["detail"] == 0.75
    assert enhance(events, session)[-1]["panes"]["detail"] == 0.75  # as it was left


@pytest.mark.parametrize("reason", [*strings.REFUSED, "<b>", None])
def test_refusals_of_the_browser(events: Events, session: SessionState, reason: str | None) -> None:
    text = events.refused(session, sent(reason=reason))
    assert "<b>" not in text
    assert "." in text


def test_a_refusal_has_a_place_for_the_name_of_what_stays_open(
    events: Events, session: SessionState, uploads: Uploads
) -> None:
    refusals = [
        lambda: events.refused(session, sent(reason="too-big")),
        lambda: asyncio.run(events.photo(session, sent(**send(uploads, b"no picture"))))["status"],
    ]
    assert all("cf-stays" in refusal() for refusal in refusals)
    session.make_room()
    assert not any("cf-stays" in refusal() for refusal in refusals)
