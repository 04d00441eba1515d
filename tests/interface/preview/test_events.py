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
from cf_esrt.interface.preview import panes, photographs, texts
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import Bank, worker
from cf_esrt.interface.preview.session_state import Desk, Results
from cf_esrt.models import ModelDescriptor
from cf_esrt.photo import png_bytes, read
from cf_esrt.provenance import Box
from tests.browser.fake_app import NAMES, FakeEnhancer, describe, expected

PHOTO = np.random.default_rng(3).integers(0, 256, (40, 50, 3), np.uint8)
STAGE = {"box": {"x": 5, "y": 6, "width": 16, "height": 12}}
CUT = PHOTO[6:18, 5:21]
PANES, _ = panes.offered(describe, NAMES)


def sent(**data: Any) -> Any:
    """An event with what the browser sent."""
    return SimpleNamespace(_data=data)


@pytest.fixture
def events(tmp_path: Path) -> Events:
    return Events(worker(Bank(FakeEnhancer)), tmp_path, PANES)


@pytest.fixture
def desk() -> Desk:
    made = Desk(PictureStore())
    photographs.place(made, png_bytes(PHOTO))
    return made


def run(events: Events, desk: Desk) -> Iterator[tuple[Any, ...]]:
    """What the page is told of a run, step by step."""
    loop = asyncio.new_event_loop()
    steps = events.enhance(desk)
    try:
        while True:
            try:
                yield loop.run_until_complete(anext(steps))
            except StopAsyncIteration:
                return
    finally:
        loop.run_until_complete(steps.aclose())
        loop.close()


def enhance(events: Events, desk: Desk) -> list[tuple[Any, ...]]:
    events.begin(desk, STAGE)
    return list(run(events, desk))


def pixels(desk: Desk, pane: dict[str, Any]) -> np.ndarray:
    png = desk.pictures.get(pane["url"].split("/")[-1].removesuffix(".png"))
    assert png is not None
    return read(png).pixels


def test_enhance_publishes_three_panes_at_the_end(events: Events, desk: Desk) -> None:
    *steps, last = enhance(events, desk)
    assert steps
    assert all(step[0] == {"__type__": "update"} for step in steps)  # nothing is replaced before all is done
    shown = last[0]
    assert [pane["name"] for pane in shown["panes"]] == ["bicubic", "esrt", "cf-esrt"]
    assert shown["crop"] == "Crop of 16 × 12 px at 5, 6"
    assert not shown["stale"]
    for pane in shown["panes"]:
        np.testing.assert_array_equal(pixels(desk, pane), expected(CUT, pane["name"]).refined)
        assert "dB" in pane["db"]
    assert (shown["photo"], shown["box"]) == (1, STAGE["box"])
    assert "Done in" in last[1]
    assert not desk.busy
    assert shown["pace"] > 0


def test_detail_blends_one_pane_without_a_network(events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = enhance(events, desk)[-1][0]["panes"]
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    after = events.detail(desk, sent(detail=0.5))["panes"]
    assert after[:2] == before[:2]
    np.testing.assert_array_equal(pixels(desk, after[2]), expected(CUT, "cf-esrt").blend(0.5))
    assert pixels(desk, before[2]).shape == (48, 64, 3)  # a browser that lags behind still gets the old one


def test_a_pane_chosen_later_runs_only_its_own_model(
    events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = enhance(events, desk)[-1][0]["panes"]
    ran: list[str] = []
    real = FakeEnhancer.reconstruct
    monkeypatch.setattr(
        FakeEnhancer,
        "reconstruct",
        lambda self, *given, **named: ran.append(self.descriptor.name) or real(self, *given, **named),
    )
    shown = events.choose(desk, sent(panes=["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]))
    assert not desk.busy
    assert ran == []  # the coarse image came with CF-ESRT, the original with the crop
    added = {pane["name"]: pane for pane in shown[0]["panes"]}
    np.testing.assert_array_equal(pixels(desk, added["original"]), CUT)
    np.testing.assert_array_equal(pixels(desk, added["cf-esrt-coarse"]), expected(CUT, "cf-esrt").coarse)
    assert [added[name] for name in ("bicubic", "esrt", "cf-esrt")] == before
    events.choose(desk, sent(panes=["bicubic", "other"]))
    assert desk.busy
    *_, last = run(events, desk)
    assert ran == ["other"]
    after = {pane["name"]: pane for pane in last[0]["panes"]}
    np.testing.assert_array_equal(pixels(desk, after["other"]), expected(CUT, "other").refined)
    assert after["bicubic"] == before[0]


def test_panes_chosen_before_enhance_are_what_it_runs(events: Events, desk: Desk) -> None:
    nothing = {"__type__": "update"}
    assert events.choose(desk, sent(panes=["other", "original", "missing", "<b>"])) == (nothing,) * 4
    made = enhance(events, desk)[-1][0]["panes"]
    assert [pane["name"] for pane in made] == ["original", "other"]
    assert "db" not in made[0]
    assert desk.results is not None
    assert list(desk.results.made) == ["bicubic", "other"]  # what goes beyond bicubic is measured


@pytest.mark.parametrize("data", [None, {}, {"panes": "bicubic"}])
def test_choosing_nonsense_changes_nothing(events: Events, desk: Desk, data: Any) -> None:
    event: Any = SimpleNamespace(_data=data)
    assert events.choose(desk, event) == ({"__type__": "update"},) * 4
    assert desk.wanted == panes.MODELS


def test_maps_are_laid_over_results_and_taken_off(events: Events, desk: Desk) -> None:
    plain = enhance(events, desk)[-1][0]["panes"]
    assert all("map" not in pane and "ΔE" in pane["shift"] for pane in plain)
    events.choose(desk, sent(panes=["original", "bicubic", "esrt", "cf-esrt"]))
    result, bicubic = expected(CUT, "esrt").refined, expected(CUT, "bicubic").refined
    wanted = {
        "residual": residual_map(result, CUT),
        "colour": colour_map(colour_difference(result, CUT).map),
    }
    for layer, map in wanted.items():
        panes_ = {pane["name"]: pane for pane in events.layer(desk, sent(layer=layer))["panes"]}
        assert "map" not in panes_["original"]
        np.testing.assert_array_equal(pixels(desk, {"url": panes_["esrt"]["map"]}), map)
        np.testing.assert_array_equal(pixels(desk, panes_["esrt"]), result)
    panes_ = {pane["name"]: pane for pane in events.layer(desk, sent(layer="added"))["panes"]}
    alpha = added_detail(result, bicubic)[..., 3:] / 255
    mixed = (1 - alpha) * result + alpha * added_detail(result, bicubic)[..., :3]
    assert np.abs(pixels(desk, {"url": panes_["esrt"]["map"]}) - mixed).max() <= 0.51
    np.testing.assert_array_equal(pixels(desk, {"url": panes_["bicubic"]["map"]}), bicubic)
    assert all("map" not in pane for pane in events.layer(desk, sent(layer="<b>"))["panes"])


def test_what_was_overtaken_is_not_drawn(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    assert "map" in events.layer(desk, sent(layer="residual", turn=7))["panes"][1]
    assert events.layer(desk, sent(layer="colour", turn=6)) == {"__type__": "update"}
    assert desk.layer == "residual"
    events.detail(desk, sent(detail=0.5, turn=3))  # each kind has its own order
    assert desk.results is not None
    assert desk.results.detail == 0.5
    assert events.layer(desk, sent(layer="result", turn="8")) == {"__type__": "update"}
    assert "map" not in events.layer(desk, sent(layer="result", turn=8))["panes"][1]


def test_notices_of_an_unusual_crop_are_told(events: Events, desk: Desk) -> None:
    desk.photo = PHOTO.mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    said = enhance(events, desk)[-1][0]["notices"]
    assert any("greyer" in sentence for sentence in said)


def test_panes_without_a_checkpoint_are_not_offered() -> None:
    names = [pane.name for pane in PANES]
    assert names == ["original", "bicubic", "other", "esrt", "cf-esrt-coarse", "cf-esrt"]


def test_a_variant_stands_after_the_model_that_it_is_one_of() -> None:
    def everything(name: str) -> ModelDescriptor:
        return ModelDescriptor(name, name, name)

    offered, models = panes.offered(everything, ("bicubic", "esrt", "cf-esrt", "cf-esrt-plus", "srcnn"))
    assert [model.name for model in models] == ["bicubic", "srcnn", "esrt", "cf-esrt", "cf-esrt-plus"]
    assert [(pane.name, pane.stage) for pane in offered][-2:] == [("cf-esrt", "blend"), ("cf-esrt-plus", "refined")]


@pytest.mark.parametrize("data", [{}, {"detail": "much"}, {"detail": None}])
def test_detail_ignores_nonsense(events: Events, desk: Desk, data: dict[str, Any]) -> None:
    enhance(events, desk)
    assert events.detail(desk, sent(**data)) == {"__type__": "update"}


def test_pictures_do_not_pile_up(events: Events, desk: Desk) -> None:
    for _ in range(3):
        enhance(events, desk)
        for step in range(10):
            events.detail(desk, sent(detail=step / 10))
    assert len(desk.pictures) <= 1 + 2 * 2 + 4
    for step in range(5):
        events.layer(desk, sent(layer="added"))
        events.detail(desk, sent(detail=step / 10))
    assert len(desk.pictures) <= 1 + 2 * (2 * 2 + 4)
    desk.close()
    assert len(desk.pictures) == 0


@pytest.mark.parametrize(
    ("stage", "photo", "words"),
    [
        (None, False, texts.NO_PHOTO),
        (STAGE, False, texts.EXPIRED),
        ({"box": {"x": 0, "y": 0, "width": 4, "height": 30}}, True, "at least 8 px"),
        ({"box": "none"}, True, texts.NO_CROP),
    ],
)
def test_begin_refuses_before_any_work(events: Events, desk: Desk, stage: Any, photo: bool, words: str) -> None:
    if not photo:
        desk.photo = None
    assert words in events.begin(desk, stage)[0]
    assert not desk.busy
    assert [step[0] for step in run(events, desk)] == [{"__type__": "update"}]


def test_lesions_queue_and_are_switched_between(events: Events, desk: Desk) -> None:
    other = {"box": {"x": 20, "y": 10, "width": 20, "height": 16}, "lesion": 2}
    events.begin(desk, {**STAGE, "lesion": 1})
    first = run(events, desk)
    next(first)
    assert texts.BUSY not in events.begin(desk, other)[0]  # while the first one runs
    *_, last = first
    assert (last[0]["lesion"], last[0]["done"]) == (1, [1])  # the first result is shown, whichever it is
    assert last[3].interactive  # Cancel: another one waits
    *_, last = run(events, desk)
    assert (last[0]["lesion"], last[0]["done"], last[0]["pace"] > 0) == (2, [1, 2], True)
    assert not desk.busy
    back = events.lesion(desk, sent(lesion=1))
    assert back["crop"] == "Crop of 16 × 12 px at 5, 6"
    np.testing.assert_array_equal(pixels(desk, back["panes"][1]), expected(CUT, "esrt").refined)
    assert events.lesion(desk, sent(lesion=3)) == {"__type__": "update"}  # not enhanced yet
    assert events.lesion(desk, sent(lesion=2, drop=1))["done"] == [2]
    assert len(desk.pictures) <= 1 + 2 * 2 + 4
    desk.open(PHOTO)
    assert desk.done == {}


def test_cancel_ends_what_waits_too(events: Events, desk: Desk) -> None:
    events.begin(desk, {**STAGE, "lesion": 1})
    steps = run(events, desk)
    next(steps)
    events.begin(desk, {**STAGE, "lesion": 2})
    events.stop(desk)
    assert texts.CANCELLED in list(steps)[-1][1]
    assert texts.CANCELLED in list(run(events, desk))[-1][1]
    assert not desk.busy
    assert desk.results is None


def test_held_lesions_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cf_esrt.interface.preview.session_state.HELD_PIXELS", 400)
    for lesion in (1, 2, 3):
        desk.keep(Results(desk.number, lesion, Box(0, 0, 16, 12), CUT, {}))
    assert sorted(desk.done) == [2, 3]


def test_second_press_is_told_to_wait(events: Events, desk: Desk) -> None:
    events.begin(desk, STAGE)
    assert texts.BUSY in events.begin(desk, STAGE)[0]


def test_cancel_keeps_the_previous_result(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    before = dict(desk.panes)
    events.begin(desk, STAGE)
    steps = run(events, desk)
    next(steps)
    events.stop(desk)
    *_, last = steps
    assert texts.CANCELLED in last[1]
    assert desk.panes == before
    assert not desk.busy


def test_cancel_while_waiting_runs_nothing(events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    events.begin(desk, STAGE)
    events.stop(desk)
    assert texts.CANCELLED in list(run(events, desk))[-1][1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EnhanceError("Out of memory."), "Out of memory."),
        (CheckpointError("There is no checkpoint at /secret."), texts.NO_WEIGHTS),
        (KeyError("secret"), texts.FAILED),
    ],
)
def test_a_failure_is_one_sentence(tmp_path: Path, desk: Desk, error: Exception, words: str) -> None:
    def work(crop: np.ndarray, names: tuple[str, ...]) -> Generator[Any, None, None]:
        raise error
        yield

    events = Events(work, tmp_path, PANES)
    last = enhance(events, desk)[-1]
    assert words in last[1]
    assert "secret" not in last[1]
    assert 'role="alert"' in last[1]
    assert not desk.busy


def test_bad_upload_is_one_sentence_and_gone(events: Events, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "x" / "photograph"
    file.parent.mkdir()
    file.write_bytes(b"no picture")
    crop, shown, said, _, same = events.photo(desk, sent(path=str(file)))
    assert crop == shown == {"__type__": "update"}
    assert 'role="alert"></p>' not in said
    assert same is desk
    assert not file.exists()
    assert desk.number == 1


def test_new_photograph_marks_old_results(events: Events, desk: Desk, tmp_path: Path) -> None:
    enhance(events, desk)
    file = tmp_path / "photograph"
    file.write_bytes(png_bytes(PHOTO))
    stage, shown, *_ = events.photo(desk, sent(path=str(file)))
    assert stage["photo"] == 2
    assert shown["stale"]


@pytest.mark.parametrize("reason", [*texts.REFUSED, "<b>", None])
def test_refusals_of_the_browser(events: Events, reason: str | None) -> None:
    said = events.refused(sent(reason=reason))
    assert "<b>" not in said
    assert "." in said
