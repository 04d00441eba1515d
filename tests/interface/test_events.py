"""What the page does, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.interface import intake, texts
from cf_esrt.interface.desk import Desk
from cf_esrt.interface.events import Events
from cf_esrt.interface.pictures import Pictures
from cf_esrt.interface.work import Bank, worker
from cf_esrt.photo import png_bytes, read
from tests.browser.fake_app import FakeEnhancer, expected

PHOTO = np.random.default_rng(3).integers(0, 256, (40, 50, 3), np.uint8)
STAGE = {"box": {"x": 5, "y": 6, "width": 16, "height": 12}}
CUT = PHOTO[6:18, 5:21]


def sent(**data: Any) -> Any:
    """An event with what the browser sent."""
    return SimpleNamespace(_data=data)


@pytest.fixture
def events(tmp_path: Path) -> Events:
    return Events(worker(Bank(FakeEnhancer)), tmp_path)


@pytest.fixture
def desk() -> Desk:
    made = Desk(Pictures())
    intake.place(made, png_bytes(PHOTO))
    return made


def enhance(events: Events, desk: Desk) -> list[tuple[Any, ...]]:
    events.begin(desk, STAGE)
    return list(events.enhance(desk))


def pixels(desk: Desk, pane: dict[str, Any]) -> np.ndarray:
    png = desk.pictures.get(pane["url"].split("/")[-1].removesuffix(".png"))
    assert png is not None
    return read(png).pixels


def test_enhance_publishes_three_panes_at_the_end(events: Events, desk: Desk) -> None:
    *steps, last = enhance(events, desk)
    assert steps
    assert all(step[0] == {"__type__": "update"} for step in steps)  # nothing is replaced before all is done
    panes = last[0]
    assert [pane["name"] for pane in panes["panes"]] == ["bicubic", "esrt", "cf-esrt"]
    assert panes["crop"] == "Crop of 16 × 12 px at 5, 6"
    assert not panes["stale"]
    for pane in panes["panes"]:
        np.testing.assert_array_equal(pixels(desk, pane), expected(CUT, pane["name"]).refined)
        assert (pane["width"], pane["height"]) == (64, 48)
    assert "Done in" in last[1]
    assert not desk.busy


def test_detail_blends_one_pane_without_a_network(events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = enhance(events, desk)[-1][0]["panes"]
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    after = events.detail(desk, sent(detail=0.5))["panes"]
    assert after[:2] == before[:2]
    np.testing.assert_array_equal(pixels(desk, after[2]), expected(CUT, "cf-esrt").blend(0.5))
    assert "detail-0.50" in after[2]["file"]
    assert pixels(desk, before[2]).shape == (48, 64, 3)  # a browser that lags behind still gets the old one


@pytest.mark.parametrize("data", [{}, {"detail": "much"}, {"detail": None}])
def test_detail_ignores_nonsense(events: Events, desk: Desk, data: dict[str, Any]) -> None:
    enhance(events, desk)
    assert events.detail(desk, sent(**data)) == {"__type__": "update"}


def test_pictures_do_not_pile_up(events: Events, desk: Desk) -> None:
    for _ in range(3):
        enhance(events, desk)
        for step in range(10):
            events.detail(desk, sent(detail=step / 10))
    assert len(desk.pictures) <= 1 + 2 + 4
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
    assert [step[0] for step in events.enhance(desk)] == [{"__type__": "update"}]


def test_second_press_is_told_to_wait(events: Events, desk: Desk) -> None:
    events.begin(desk, STAGE)
    assert texts.BUSY in events.begin(desk, STAGE)[0]


def test_cancel_keeps_the_previous_result(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    before = dict(desk.panes)
    events.begin(desk, STAGE)
    steps = events.enhance(desk)
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
    assert texts.CANCELLED in list(events.enhance(desk))[-1][1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EnhanceError("Out of memory."), "Out of memory."),
        (CheckpointError("There is no checkpoint at /secret."), texts.NO_WEIGHTS),
        (KeyError("secret"), texts.FAILED),
    ],
)
def test_a_failure_is_one_sentence(tmp_path: Path, desk: Desk, error: Exception, words: str) -> None:
    def work(crop: np.ndarray) -> Iterator[Any]:
        raise error
        yield

    events = Events(work, tmp_path)
    last = enhance(events, desk)[-1]
    assert words in last[1]
    assert "secret" not in last[1]
    assert 'role="alert"' in last[1]
    assert not desk.busy


def test_bad_upload_is_one_sentence_and_gone(events: Events, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "x" / "photograph"
    file.parent.mkdir()
    file.write_bytes(b"no picture")
    crop, panes, said, _, same = events.photo(desk, sent(path=str(file)))
    assert crop == panes == {"__type__": "update"}
    assert 'role="alert"></p>' not in said
    assert same is desk
    assert not file.exists()
    assert desk.number == 1


def test_new_photograph_marks_old_results(events: Events, desk: Desk, tmp_path: Path) -> None:
    enhance(events, desk)
    file = tmp_path / "photograph"
    file.write_bytes(png_bytes(PHOTO))
    stage, panes, *_ = events.photo(desk, sent(path=str(file)))
    assert stage["photo"] == 2
    assert panes["stale"]


@pytest.mark.parametrize("reason", [*texts.REFUSED, "<b>", None])
def test_refusals_of_the_browser(events: Events, reason: str | None) -> None:
    said = events.refused(sent(reason=reason))
    assert "<b>" not in said
    assert "." in said
