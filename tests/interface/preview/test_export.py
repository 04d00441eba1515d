"""What leaves the page, and the switch that makes results agree with the photograph."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from cf_esrt.fidelity import back_project, low_resolution_consistency
from cf_esrt.interface.common.picture_store import Download, PictureStore
from cf_esrt.interface.common.texts import NOTICE
from cf_esrt.interface.preview import export, texts
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.session_state import Desk
from cf_esrt.provenance import from_json, picture_of, pixel_digest, read_xmp
from tests.browser.fake_app import FakeEnhancer, expected
from tests.interface.preview.test_events import CUT, PHOTO, enhance, pixels, sent
from tests.interface.preview.test_events import events as events  # a fixture


@pytest.fixture
def desk() -> Desk:
    made = Desk(PictureStore())
    made.open(PHOTO)
    return made


def take(events: Events, desk: Desk, **wish: Any) -> Download:
    """The file as the browser fetches it."""
    told, _ = events.take(desk, sent(**wish))
    found = desk.pictures.pop_download(told["url"].split("/")[-2])
    assert found is not None
    assert found.file == told["file"]
    return found


@pytest.mark.parametrize("model", ["bicubic", "esrt", "cf-esrt"])
def test_a_png_has_caption_and_xmp(events: Events, desk: Desk, model: str) -> None:
    enhance(events, desk)
    if model == "cf-esrt":
        events.detail(desk, sent(detail=0.5))
    wanted = expected(CUT, model).blend(0.5 if model == "cf-esrt" else 1)
    parcel = take(events, desk, what="png", pane=model)
    label = read_xmp(parcel.data)
    assert label.notice == NOTICE
    assert label.enhanced
    np.testing.assert_array_equal(picture_of(parcel.data), wanted)
    assert (label.photograph_sha256, label.crop_sha256) == (pixel_digest(PHOTO), pixel_digest(CUT))
    assert parcel.file == {"cf-esrt": "lesion-x4-cf-esrt-detail-0.50-enhanced.png"}.get(
        model, f"lesion-x4-{model}-enhanced.png"
    )


def test_the_original_leaves_as_not_enhanced(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    parcel = take(events, desk, what="png", pane="original")
    assert not read_xmp(parcel.data).enhanced
    np.testing.assert_array_equal(picture_of(parcel.data), CUT)


def test_dicom_is_derived_and_names_no_patient(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    dataset = dcmread(io.BytesIO(take(events, desk, what="dicom", pane="esrt").data))
    assert dataset.ImageType == ["DERIVED", "SECONDARY"]
    assert str(dataset.PatientName) == ""
    np.testing.assert_array_equal(dataset.pixel_array[:48, :64], expected(CUT, "esrt").refined)


def test_zip_holds_every_shown_pane_its_provenance_and_the_calibration(events: Events, desk: Desk) -> None:
    events.choose(desk, sent(panes=["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]))
    enhance(events, desk)
    with zipfile.ZipFile(io.BytesIO(take(events, desk, what="zip", millimetres=0.05).data)) as archive:
        names = set(archive.namelist())
        records = from_json(archive.read("provenance.json"))
        settings = json.loads(archive.read("settings.json"))
        coarse = picture_of(archive.read("cf-esrt-detail-0.00.png"))
    assert {"original.png", "bicubic.png", "esrt.png", "cf-esrt-detail-1.00.png", "README.txt"} <= names
    assert [record.setting.model for record in records] == ["bicubic", "esrt", "cf-esrt", "cf-esrt"]
    assert (records[0].box.x, records[0].box.y) == (5, 6)
    np.testing.assert_array_equal(coarse, expected(CUT, "cf-esrt").coarse)
    assert settings["millimetres_per_photograph_pixel"] == 0.05
    assert settings["panes"] == ["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]


@pytest.mark.parametrize(("what", "magic"), [("sheet-pdf", b"%PDF-"), ("sheet-png", b"\x89PNG")])
def test_sheets(events: Events, desk: Desk, what: str, magic: bytes) -> None:
    enhance(events, desk)
    parcel = take(events, desk, what=what)
    assert parcel.data.startswith(magic)
    assert "enhanced" in parcel.file


def test_every_kind_has_its_words() -> None:
    assert {kind.replace("-", "_") for kind in export.KINDS} <= set(texts.TAKE)


@pytest.mark.parametrize("wish", [{}, {"what": "<b>"}, {"what": "png", "pane": "other"}, {"what": "dicom"}])
def test_nonsense_is_one_sentence(events: Events, desk: Desk, wish: dict[str, Any]) -> None:
    enhance(events, desk)
    told, said = events.take(desk, sent(**wish))
    assert told == {"refused": texts.NOTHING_TO_TAKE}
    assert texts.NOTHING_TO_TAKE in said


def test_nothing_leaves_before_there_is_a_result(events: Events, desk: Desk) -> None:
    assert events.take(desk, sent(what="zip"))[0] == {"refused": texts.NOTHING_TO_TAKE}


@pytest.mark.parametrize("given", [None, "0.1", True, float("nan"), -1, 0, 1e9, {}])
def test_a_senseless_calibration_is_none(given: Any) -> None:
    assert export.Wish.of({"what": "zip", "millimetres": given}).millimetres is None


def test_a_failure_is_one_sentence(events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    enhance(events, desk)

    def broken(*_: Any) -> Download:
        raise OSError("/secret")

    monkeypatch.setitem(export.KINDS, "zip", broken)
    told, said = events.take(desk, sent(what="zip"))
    assert told == {"refused": texts.EXPORT_FAILED}
    assert "secret" not in said


def test_parcels_do_not_pile_up(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    before = len(desk.pictures)
    for _ in range(5):
        events.take(desk, sent(what="png", pane="esrt"))
    assert len(desk.pictures) == before + 2
    desk.close()
    assert len(desk.pictures) == 0


def test_stale_results_leave_with_their_own_photograph(events: Events, desk: Desk) -> None:
    enhance(events, desk)
    desk.open(255 - PHOTO)
    label = read_xmp(take(events, desk, what="png", pane="esrt").data)
    assert label.photograph_sha256 == pixel_digest(PHOTO)


def test_back_projection_corrects_says_so_and_is_taken_off(events: Events, desk: Desk) -> None:
    before = enhance(events, desk)[-1][0]["panes"]
    after = {pane["name"]: pane for pane in events.agree(desk, sent(agree=True))["panes"]}
    plain = expected(CUT, "esrt").refined
    wanted = back_project(plain, CUT)
    assert low_resolution_consistency(wanted, CUT) > low_resolution_consistency(plain, CUT)
    np.testing.assert_array_equal(pixels(desk, after["esrt"]), wanted)
    assert after["esrt"]["agreed"] in (texts.CORRECTED, texts.SHORT)
    label = read_xmp(take(events, desk, what="png", pane="esrt").data)
    assert label.back_projected
    again = events.agree(desk, sent(agree=False))["panes"]
    assert [pane["db"] for pane in again] == [pane["db"] for pane in before]
    assert all("agreed" not in pane for pane in again)
    assert not read_xmp(take(events, desk, what="png", pane="esrt").data).back_projected


def test_back_projection_that_changes_nothing_says_so(
    events: Events, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.photo = np.full_like(PHOTO, 90)
    enhance(events, desk)
    after = {pane["name"]: pane for pane in events.agree(desk, sent(agree=True))["panes"]}
    assert after["bicubic"]["agreed"] == texts.UNCHANGED  # a flat crop repeated is its own shrunk picture
    assert after["esrt"]["agreed"] == texts.CORRECTED
    assert not read_xmp(take(events, desk, what="png", pane="bicubic").data).back_projected
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    events.detail(desk, sent(detail=0.5))  # the slider keeps the switch
    assert "agreed" in desk.panes["cf-esrt"]


@pytest.mark.parametrize("data", [{}, {"agree": 1}, {"agree": None}])
def test_the_switch_ignores_nonsense(events: Events, desk: Desk, data: dict[str, Any]) -> None:
    enhance(events, desk)
    assert events.agree(desk, sent(**data)) == {"__type__": "update"}
    assert not desk.agree


def test_agreement_has_a_word_for_every_outcome() -> None:
    told = {texts.agreement(unchanged, reached) for unchanged in (True, False) for reached in (True, False)}
    assert len(told) == 4
