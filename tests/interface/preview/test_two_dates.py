"""A photograph of another date beside the first, without a browser."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from cf_esrt.fidelity.trust import Belief, Unknown
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import Uploads
from cf_esrt.interface.preview import photographs, result_image, strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.inference import ModelCache, make_inference
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.photo import png_bytes, read
from cf_esrt.provenance import read_picture
from tests.browser.fake_app import FakeEnhancer, expected
from tests.interface.common.arrivals import send
from tests.interface.preview.test_events import PANES, sent
from tests.provenance.test_belief import belief_of

PHOTO = np.random.default_rng(3).integers(0, 256, (60, 80, 3), np.uint8)
SHIFT = (7, 4)
SECOND = np.roll(PHOTO, (SHIFT[1], SHIFT[0]), (0, 1))
BOX = {"x": 10, "y": 12, "width": 24, "height": 20}
POINTS = [[[10, 10], [50, 40]], [[10 + SHIFT[0], 10 + SHIFT[1]], [50 + SHIFT[0], 40 + SHIFT[1]]]]
CROP = SECOND[16:36, 17:41]
CHOSEN = ["bicubic", "esrt", "cf-esrt"]


@pytest.fixture
def events(tmp_path: Path) -> Events:
    return Events(make_inference(ModelCache(FakeEnhancer)), Uploads(tmp_path), PANES)


@pytest.fixture
def session() -> SessionState:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(PHOTO))
    return session


def put_beside(events: Events, session: SessionState, pixels: np.ndarray = SECOND) -> dict[str, Any]:
    return asyncio.run(events.second(session, sent(**send(events._uploads, png_bytes(pixels)))))


def run(events: Events, session: SessionState) -> list[dict[str, Any]]:
    async def all_of() -> list[dict[str, Any]]:
        return [update async for update in events.enhance(session)]

    return asyncio.run(all_of())


def enhance(events: Events, session: SessionState, **box: int) -> list[dict[str, Any]]:
    events.enqueue(session, {"box": {**BOX, **box}, "lesion": 1, "photo": 1})
    return run(events, session)


def picture(session: SessionState, name: str = "second") -> np.ndarray:
    url = str(session.panes[name]["url"])
    return read(session.pictures.get(url.split("/")[-1].removesuffix(".png"))).pixels  # type: ignore[arg-type]


def test_the_second_photograph_is_enhanced_alike_and_laid_over_the_first(events: Events, session: SessionState) -> None:
    update = put_beside(events, session)
    assert update["dates"]["second"]["width"] == 80
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="cf-esrt"))
    value = enhance(events, session)[-1]["panes"]
    assert [pane["name"] for pane in value["panes"]] == [*CHOSEN, "second"]
    assert value["second"] == {"aligned": True, "of": "cf-esrt"}
    np.testing.assert_array_equal(picture(session), expected(CROP, "cf-esrt").refined)
    assert session.results is not None
    assert session.results.second is not None
    assert session.results.second.outputs.keys() == {"bicubic", "cf-esrt"}  # the network that is shown, no other
    assert strings.DATES["second"].lower() in value["titles"]["second"].lower()
    events.detail(session, sent(detail=0.0, request=1))  # the slider moves both
    np.testing.assert_array_equal(picture(session), expected(CROP, "cf-esrt").coarse)
    chosen = events.select_panes(session, sent(panes=CHOSEN, second="esrt"))  # another network on both
    assert "enhance" in chosen
    run(events, session)
    np.testing.assert_array_equal(picture(session), expected(CROP, "esrt").refined)


def test_what_enhance_takes_counts_the_second_photograph(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    turned = events.align(session, sent(points=[POINTS[0], [[20, 10], [40, 50]]]))["panes"]
    assert turned["second_seconds"] is None  # it is not shown: Enhance makes nothing of it
    shown = events.select_panes(session, sent(panes=CHOSEN, second="cf-esrt"))["panes"]
    assert shown["second_seconds"]["per_pixel"] is None  # nothing has run here yet
    events.measured({"bicubic": 1.0, "esrt": 20.0, "cf-esrt": 300.0}, 10_000)
    value = events._bench(session).value()
    assert value is not None
    assert value["seconds_per_pixel"] == pytest.approx(0.0321)
    assert value["second_seconds"]["per_pixel"] == pytest.approx(0.0301)  # the network that is shown, no other
    assert session.second is not None
    assert session.second.alignment is not None
    assert value["second_seconds"]["matrix"] == session.second.alignment.matrix.ravel().tolist()


def test_an_alignment_that_moves_the_place_is_enhanced_anew(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    enhance(events, session)
    moved = [POINTS[0], [[x + 3, y] for x, y in POINTS[1]]]
    update = events.align(session, sent(points=moved))
    assert "second" not in session.panes  # nothing of another place is shown
    assert "enhance" in update
    run(events, session)
    np.testing.assert_array_equal(picture(session), expected(SECOND[16:36, 20:44], "esrt").refined)


def test_what_cannot_be_aligned_is_said_and_points_help(events: Events, session: SessionState) -> None:
    update = put_beside(events, session, np.full((50, 50, 3), 90, np.uint8))
    assert update["dates"]["second"]["words"] == strings.NOT_ALIGNED
    assert update["dates"]["second"]["matrix"] is None
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    refused = events.enqueue(session, {"box": BOX, "lesion": 1, "photo": 1})
    assert strings.NOT_ALIGNED in refused["status"]
    one = events.align(session, sent(points=[[[5, 5], [5, 5]], POINTS[1]]))
    assert one["dates"]["second"]["words"] == strings.POINTS_UNFIT
    assert events.align(session, sent(points=POINTS))["dates"]["second"]["matrix"] is not None


def test_a_box_beside_the_second_photograph_is_refused_in_one_sentence(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    away = [POINTS[0], [[x + 70, y] for x, y in POINTS[1]]]
    events.align(session, sent(points=away))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    refused = events.enqueue(session, {"box": BOX, "lesion": 1, "photo": 1})
    assert strings.BESIDE_SECOND in refused["status"]
    events.select_panes(session, sent(panes=CHOSEN, second=None))  # the first alone can be enhanced
    assert "esrt" in {pane["name"] for pane in enhance(events, session)[-1]["panes"]["panes"]}


def test_rulers_hold_the_scale(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    update = events.align(session, sent(points=POINTS, millimetres=[0.05, 0.04]))
    assert "true to the rulers" in update["dates"]["second"]["words"]
    assert session.second is not None
    assert session.second.alignment is not None
    assert session.second.alignment.scale == pytest.approx(1.25)


def test_cancel_keeps_the_first_photographs_result(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    events.enqueue(session, {"box": BOX, "lesion": 1, "photo": 1})

    async def until_the_first_is_done() -> str:
        last = ""
        async for update in events.enhance(session):
            last = str(update.get("status", last))
            if session.results is not None and len(session.results.outputs) == 3:
                session.cancel()
        return last

    assert strings.KEPT[strings.CANCELLED] in asyncio.run(until_the_first_is_done())
    assert list(session.panes) == CHOSEN
    assert list(session.finished) == [1]


def test_removing_it_and_another_first_photograph_leave_nothing(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    enhance(events, session)
    held = session.held_bytes
    events.remove_second(session)
    assert "second" not in session.panes
    assert session.held_bytes < held
    put_beside(events, session)
    photographs.open_photo(session, png_bytes(PHOTO[:40]))
    assert session.second is None


def test_exports_are_of_its_own_picture_and_one_sheet_holds_both(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="cf-esrt"))
    enhance(events, session)

    def exported(**given: Any) -> Any:
        messages = events.export(session, sent(**given))["exports"]
        return session.pictures.pop_download(messages["url"].split("/")[-2])

    own = exported(kind="png", pane="second")
    assert own.file == "photograph-1-second_lesion-1_x17-y16-24x20_cf-esrt-detail-1.00_x4-enhanced.png"
    np.testing.assert_array_equal(read_picture(own.data), expected(CROP, "cf-esrt").refined)
    sheet = exported(kind="dates-pdf")
    assert sheet.file == "photograph-1_lesion-1_x10-y12-24x20_two-dates_x4-enhanced.pdf"
    assert sheet.data.startswith(b"%PDF-")
    assert sheet.data.count(b"/Type /Page\n") == 1  # nothing is promised of the fakes' pictures
    assert session.results is not None
    assert session.results.second is not None
    own = session.results.second.images["second"]
    vars(own)["belief"] = belief_of(own.pixels)
    veiled = exported(kind="dates-pdf")
    assert veiled.data.count(b"/Type /Page\n") == 2


@pytest.mark.parametrize("kind", ["dicom", "dicom-believe"])
def test_dicom_has_the_shown_photographs_own_metadata_and_scale(
    events: Events, session: SessionState, kind: str
) -> None:
    session.metadata = read(png_bytes(PHOTO)).metadata  # lossless; the second came as a JPEG
    put_beside(events, session)
    assert session.second is not None
    assert session.metadata is not None
    session.second.metadata = replace(session.metadata, format="JPEG")
    events.align(session, sent(points=POINTS, millimetres=[0.05, 0.04]))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    enhance(events, session)
    assert session.results is not None
    assert session.results.second is not None
    for image in (session.results.images["esrt"], session.results.second.images["second"]):
        vars(image)["belief"] = belief_of(image.pixels)  # the fakes' weights were not calibrated

    def exported(pane: str) -> Any:
        messages = events.export(session, sent(kind=kind, pane=pane, millimetres=0.05))["exports"]
        download = session.pictures.pop_download(messages["url"].split("/")[-2])
        assert download is not None
        return dcmread(io.BytesIO(download.data))

    first, second = exported("esrt"), exported("second")
    assert [float(side) for side in first.PixelSpacing] == [0.05 / 4] * 2
    assert [float(side) for side in second.PixelSpacing] == [0.04 / 4] * 2
    assert "LossyImageCompression" not in first
    assert second.LossyImageCompression == "01"


def test_the_veil_of_the_second_has_its_promise_and_leaves_how_it_lies_over_the_first(
    events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = 255 - SECOND

    def believed(_: Any, result: np.ndarray, crop: np.ndarray, **__: Any) -> Belief | Unknown:
        return belief_of(result) if np.array_equal(crop, other[16:36, 17:41]) else Unknown("It is unlike them.")

    monkeypatch.setattr(result_image, "believed", believed)
    put_beside(events, session, other)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    enhance(events, session)
    value = events.overlay(session, sent(overlay="trust", level=8.0))["panes"]
    said = {pane["name"]: pane["sentence"] for pane in value["panes"]}
    assert said["second"].startswith("Aligned by hand")
    assert said["second"].endswith(strings.unveiled(0.5, 8.0))
    assert said["esrt"] == strings.NOTHING_PROMISED
    assert value["trust"]["sentence"].startswith("In 9 of 10 photographs like yours")
    assert not value["trust"]["off"]
    alone = events.select_panes(session, sent(panes=CHOSEN, second=None))["panes"]["trust"]
    assert (alone["sentence"], alone["off"]) == ("It is unlike them.", True)


def test_a_reload_keeps_both(events: Events, session: SessionState) -> None:
    put_beside(events, session)
    events.align(session, sent(points=POINTS))
    events.select_panes(session, sent(panes=CHOSEN, second="esrt"))
    enhance(events, session)
    after = SessionState(session.pictures)
    assert after.adopt(session)
    assert after.second is not None
    assert session.second is None
    assert "second" in after.panes
