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
from cf_esrt.interface.common.strings import NOTICE
from cf_esrt.interface.preview import export, strings
from cf_esrt.interface.preview.events import Events
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.photo import read
from cf_esrt.provenance import from_json, pixel_digest, read_picture, read_xmp
from tests.browser.fake_app import FakeEnhancer, expected
from tests.interface.preview.test_events import CROP, PHOTO, enhance, pixels, sent
from tests.interface.preview.test_events import events as events  # a fixture
from tests.interface.preview.test_events import uploads as uploads  # a fixture

MASKS = {"mask", "dicom-believe"}
"""Kinds of export that a network without a calibration does not have."""


@pytest.fixture
def session() -> SessionState:
    session = SessionState(PictureStore())
    session.open_photo(PHOTO)
    return session


def exported(events: Events, session: SessionState, **given: Any) -> Download:
    """The file as the browser fetches it."""
    messages = events.export(session, sent(**given))["exports"]
    found = session.pictures.pop_download(messages["url"].split("/")[-2])
    assert found is not None
    assert found.file == messages["file"]
    return found


@pytest.mark.parametrize("model", ["bicubic", "esrt", "cf-esrt"])
def test_a_png_has_caption_and_xmp(events: Events, session: SessionState, model: str) -> None:
    enhance(events, session)
    if model == "cf-esrt":
        events.detail(session, sent(detail=0.5))
    wanted = expected(CROP, model).blend(0.5 if model == "cf-esrt" else 1)
    download = exported(events, session, kind="png", pane=model)
    label = read_xmp(download.data)
    assert label.notice == NOTICE
    assert label.enhanced
    np.testing.assert_array_equal(read_picture(download.data), wanted)
    assert (label.photograph_sha256, label.crop_sha256) == (pixel_digest(PHOTO), pixel_digest(CROP))
    made = "cf-esrt-detail-0.50" if model == "cf-esrt" else model
    assert download.file == f"photograph-1_lesion-1_x5-y6-16x12_{made}_x4-enhanced.png"


def test_a_plain_png_has_the_results_pixels_alone_and_the_same_label(events: Events, session: SessionState) -> None:
    enhance(events, session)
    plain = exported(events, session, kind="png-plain", pane="esrt")
    assert plain.file == "photograph-1_lesion-1_x5-y6-16x12_esrt_x4-enhanced.plain.png"
    np.testing.assert_array_equal(read(plain.data).pixels, expected(CROP, "esrt").refined)
    assert read_xmp(plain.data) == read_xmp(exported(events, session, kind="png", pane="esrt").data)
    crop = exported(events, session, kind="png-plain", pane="original")
    assert crop.file == "photograph-1_lesion-1_x5-y6-16x12_original.plain.png"
    np.testing.assert_array_equal(read(crop.data).pixels, CROP)
    assert not read_xmp(crop.data).enhanced


def test_the_original_leaves_as_not_enhanced(events: Events, session: SessionState) -> None:
    enhance(events, session)
    download = exported(events, session, kind="png", pane="original")
    assert not read_xmp(download.data).enhanced
    np.testing.assert_array_equal(read_picture(download.data), CROP)


def test_dicom_is_derived_and_names_no_patient(events: Events, session: SessionState) -> None:
    enhance(events, session)
    dataset = dcmread(io.BytesIO(exported(events, session, kind="dicom", pane="esrt").data))
    assert dataset.ImageType == ["DERIVED", "SECONDARY"]
    assert str(dataset.PatientName) == ""
    np.testing.assert_array_equal(dataset.pixel_array[:48, :64], expected(CROP, "esrt").refined)


def test_zip_holds_every_shown_pane_its_provenance_and_the_calibration(events: Events, session: SessionState) -> None:
    events.select_panes(session, sent(panes=["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]))
    enhance(events, session)
    with zipfile.ZipFile(io.BytesIO(exported(events, session, kind="zip", millimetres=0.05).data)) as archive:
        names = set(archive.namelist())
        records = from_json(archive.read("provenance.json"))
        settings = json.loads(archive.read("settings.json"))
        coarse = read_picture(archive.read("cf-esrt-detail-0.00.png"))
    assert {"original.png", "bicubic.png", "esrt.png", "cf-esrt-detail-1.00.png", "README.txt"} <= names
    assert [record.setting.model for record in records] == ["bicubic", "esrt", "cf-esrt", "cf-esrt"]
    assert (records[0].box.x, records[0].box.y) == (5, 6)
    np.testing.assert_array_equal(coarse, expected(CROP, "cf-esrt").coarse)
    assert settings["millimetres_per_photograph_pixel"] == 0.05
    assert settings["panes"] == ["original", "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt"]


@pytest.mark.parametrize(("what", "magic"), [("sheet-pdf", b"%PDF-"), ("sheet-png", b"\x89PNG")])
def test_sheets(events: Events, session: SessionState, what: str, magic: bytes) -> None:
    enhance(events, session)
    download = exported(events, session, kind=what)
    assert download.data.startswith(magic)
    assert "enhanced" in download.file


def test_every_kind_has_its_words() -> None:
    assert {kind.replace("-", "_") for kind in export.EXPORTERS} <= set(strings.EXPORT)


@pytest.mark.parametrize("given", [{}, {"kind": "<b>"}, {"kind": "png", "pane": "other"}, {"kind": "dicom"}])
def test_nonsense_is_one_sentence(events: Events, session: SessionState, given: dict[str, Any]) -> None:
    enhance(events, session)
    update = events.export(session, sent(**given))
    assert update["exports"] == {"refused": strings.NOTHING_TO_EXPORT}
    assert strings.NOTHING_TO_EXPORT in update["status"]


def test_nothing_leaves_before_there_is_a_result(events: Events, session: SessionState) -> None:
    assert events.export(session, sent(kind="zip"))["exports"] == {"refused": strings.NOTHING_TO_EXPORT}


@pytest.mark.parametrize("given", [None, "0.1", True, float("nan"), -1, 0, 1e9, {}])
def test_a_senseless_calibration_is_none(given: Any) -> None:
    assert export.ExportRequest.parse({"kind": "zip", "millimetres": given}).millimetres is None


def test_a_failure_is_one_sentence(events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch) -> None:
    enhance(events, session)

    def broken(*_: Any) -> Download:
        raise OSError("/secret")

    monkeypatch.setitem(export.EXPORTERS, "zip", broken)
    update = events.export(session, sent(kind="zip"))
    assert update["exports"] == {"refused": strings.EXPORT_FAILED}
    assert "secret" not in update["status"]


def test_downloads_do_not_pile_up(events: Events, session: SessionState) -> None:
    enhance(events, session)
    before = len(session.pictures)
    for _ in range(5):
        events.export(session, sent(kind="png", pane="esrt"))
    assert len(session.pictures) == before + 2
    session.close()
    assert len(session.pictures) == 0


def place(**changed: Any) -> dict[str, Any]:
    """What the page says that it shows."""
    return {"photo": 1, "lesion": 1, "box": {"x": 5, "y": 6, "width": 16, "height": 12}, **changed}


def test_only_the_chosen_box_leaves(events: Events, session: SessionState) -> None:
    enhance(events, session)
    assert "url" in events.export(session, sent(kind="png", pane="esrt", place=place()))["exports"]
    moved = {"x": 6, "y": 6, "width": 16, "height": 12}
    for other in (place(photo=2), place(lesion=2), place(box=moved), {"photo": 1}, "here"):
        for kind in ("png", "png-plain", "dicom", "zip", "sheet-pdf", "sheet-png"):
            update = events.export(session, sent(kind=kind, pane="esrt", place=other))
            assert update["exports"] == {"refused": strings.MOVED}
    events.lesion(session, sent(lesion=2))
    assert events.export(session, sent(kind="zip"))["exports"] == {"refused": strings.MOVED}


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ("left arm, 2 May", "left-arm-2-May"),
        ("Ärmel é", "Armel-e"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\users\\x.jpg", "C-users-x-jpg"),
        ("a" * 90, "a" * 40),
        ("目", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_photographs_name_is_a_plain_part_of_the_files(given: Any, part: str) -> None:
    assert export.file_part(given) == part


def test_every_file_is_named_after_photograph_lesion_and_box(events: Events, session: SessionState) -> None:
    enhance(events, session)
    for kind in export.EXPORTERS.keys() - MASKS:
        if kind.startswith("dates"):  # these need a second photograph
            continue
        file = exported(events, session, kind=kind, pane="esrt", name="left arm").file
        assert file.startswith("left-arm_lesion-1_x5-y6-16x12_")
        assert "enhanced" in file


@pytest.mark.parametrize("kind", sorted(MASKS))
def test_a_mask_that_is_not_known_is_refused_in_its_sentence(events: Events, session: SessionState, kind: str) -> None:
    enhance(events, session)
    refused = events.export(session, sent(kind=kind, pane="esrt"))["exports"]["refused"]
    assert refused.startswith("Where to believe ESRT is not known")


def test_back_projection_corrects_says_so_and_is_taken_off(events: Events, session: SessionState) -> None:
    before = enhance(events, session)[-1]["panes"]["panes"]
    after = {
        pane["name"]: pane for pane in events.back_projection(session, sent(back_projection=True))["panes"]["panes"]
    }
    plain = expected(CROP, "esrt").refined
    wanted = back_project(plain, CROP)
    assert low_resolution_consistency(wanted, CROP) > low_resolution_consistency(plain, CROP)
    np.testing.assert_array_equal(pixels(session, after["esrt"]), wanted)
    assert after["esrt"]["back_projected"] in (strings.CORRECTED, strings.SHORT)
    label = read_xmp(exported(events, session, kind="png", pane="esrt").data)
    assert label.back_projected
    corrected = events.back_projection(session, sent(back_projection=False))["panes"]["panes"]
    assert [pane["db"] for pane in corrected] == [pane["db"] for pane in before]
    assert all("back_projected" not in pane for pane in corrected)
    assert not read_xmp(exported(events, session, kind="png", pane="esrt").data).back_projected


def test_back_projection_that_changes_nothing_says_so(
    events: Events, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.photo = np.full_like(PHOTO, 90)
    enhance(events, session)
    after = {
        pane["name"]: pane for pane in events.back_projection(session, sent(back_projection=True))["panes"]["panes"]
    }
    assert after["bicubic"]["back_projected"] == strings.UNCHANGED  # a flat crop repeated is its own shrunk picture
    assert after["esrt"]["back_projected"] == strings.CORRECTED
    assert not read_xmp(exported(events, session, kind="png", pane="bicubic").data).back_projected
    monkeypatch.setattr(FakeEnhancer, "reconstruct", None)
    events.detail(session, sent(detail=0.5))  # the slider keeps the switch
    assert "back_projected" in session.panes["cf-esrt"]


@pytest.mark.parametrize("data", [{}, {"agree": 1}, {"agree": None}])
def test_the_switch_ignores_nonsense(events: Events, session: SessionState, data: dict[str, Any]) -> None:
    enhance(events, session)
    assert events.back_projection(session, sent(**data)) == {}
    assert not session.back_project


def test_agreement_has_a_word_for_every_result() -> None:
    messages = {strings.agreement(unchanged, reached) for unchanged in (True, False) for reached in (True, False)}
    assert len(messages) == 4
