"""Where to believe a result, in records, XMP and every export."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from cf_esrt import provenance
from cf_esrt.fidelity.trust import Belief, Unknown, trust_text, veiled
from cf_esrt.fidelity.trust.calibrated import Calibration
from cf_esrt.fidelity.trust.scores import BLOCK, Head
from cf_esrt.provenance import LabelledResult, dicom_bytes, mask_png, read_picture, read_xmp
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.sheet import draw_sheet
from cf_esrt.provenance.strings import MASK
from tests.provenance.samples import panes
from tests.provenance.test_sheet import contains

ROWS = {"area": ((1.5, 2.5),)}
ONE = Calibration("cf-esrt", None, "bicubic", {}, (1.0,), 16.0, {"area": (4.0, 8.0)}, ROWS, Head.single("added"))  # type: ignore[arg-type]


def belief_of(pixels: np.ndarray) -> Belief:
    """The left half may be believed to 8 levels, nothing to 4."""
    height, width = pixels.shape[:2]
    scores = np.full((-(-height // BLOCK), -(-width // BLOCK)), 3.0, np.float32)
    scores[:, : scores.shape[1] // 2] = 2.0
    return Belief(scores, ONE, 1.0, 0.1, 0.05, (height, width), "CF-ESRT")


@pytest.fixture(scope="module")
def shown() -> tuple[np.ndarray, LabelledResult, Belief]:
    """A crop, a result whose record says where to believe it, and that."""
    crop, made = panes()
    pane = made[-1]
    belief = belief_of(pane.pixels)
    record = replace(pane.provenance, fidelity={**pane.provenance.fidelity, "trust": belief.as_json()})
    return crop, LabelledResult(pane.pixels, record, belief), belief


def test_the_record_and_xmp_say_what_is_promised(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    _, pane, belief = shown
    (back,) = provenance.from_json(provenance.to_json([pane.provenance]))
    assert back.fidelity["trust"] == belief.as_json()
    label = read_xmp(provenance.result_png(pane.pixels, back))
    assert label.believed == trust_text(belief)
    assert label.believed == (
        "50% is unveiled. In 9 of 10 photographs like yours, 95% of the unveiled part is right to within 8 grey levels."
    )
    assert label.believed in label.lines


def test_the_label_of_a_record_at_another_level_says_that_level(
    shown: tuple[np.ndarray, LabelledResult, Belief],
) -> None:
    _, pane, belief = shown
    stricter = replace(belief, scores=np.where(np.arange(belief.scores.shape[1]) == 0, 1.0, belief.scores))
    for level in (4.0, 8.0):
        record = replace(pane.provenance, fidelity={**pane.provenance.fidelity, "trust": stricter.as_json(level)})
        assert Label.of(record).believed == trust_text(stricter, level)


def test_a_mask_that_is_off_says_why(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    _, pane, _ = shown
    off = Unknown("It is unlike those that the promise was tested on.")
    record = replace(pane.provenance, fidelity={**pane.provenance.fidelity, "trust": off.as_json()})
    assert Label.of(record).believed == off.sentence


def test_records_without_it_have_no_such_line(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    _, pane, _ = shown
    fidelity = {key: value for key, value in pane.provenance.fidelity.items() if key != "trust"}
    assert Label.of(replace(pane.provenance, fidelity=fidelity)).believed is None


def test_the_mask_is_a_labelled_picture_of_the_results_size(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    _, pane, belief = shown
    png = mask_png(belief, pane.provenance)
    mask = read_picture(png)
    assert mask.shape == pane.pixels.shape
    assert ((mask == 255).all(axis=2) == belief.mask()).all()
    assert ((mask == 0).all(axis=2) != belief.mask()).all()
    assert MASK in read_xmp(png).description
    assert png == mask_png(belief, pane.provenance)


def test_the_zip_holds_the_mask(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    crop, pane, belief = shown
    bare = replace(pane, belief=None)
    with zipfile.ZipFile(io.BytesIO(provenance.zip_bytes(crop, [pane, bare]))) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("believe/")]
        assert name == "believe/cf-esrt-detail-0.70.png"
        assert archive.read(name) == mask_png(belief, pane.provenance)


def test_the_sheet_has_a_page_with_the_veil(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    crop, pane, _ = shown
    sheets = [provenance.sheet_pdf(crop, [one]) for one in (pane, replace(pane, belief=None))]
    assert [len(re.findall(rb"/Type /Page\b", sheet)) for sheet in sheets] == [2, 1]


def test_masks_and_veils_are_of_the_level_that_was_chosen(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    crop, pane, belief = shown
    stricter = replace(pane, level=4.0)
    assert stricter.believed == trust_text(belief, 4.0) != pane.believed
    usual, strict = (np.asarray(draw_sheet(crop, [one], veil=True)) for one in (pane, stricter))
    assert contains(usual, middle(pane.pixels, belief.mask()))
    assert contains(strict, middle(pane.pixels, belief.mask(4.0)))
    assert not contains(strict, middle(pane.pixels, belief.mask()))
    with zipfile.ZipFile(io.BytesIO(provenance.zip_bytes(crop, [stricter]))) as archive:
        assert archive.read("believe/cf-esrt-detail-0.70.png") == mask_png(belief, pane.provenance, 4.0)


def middle(pixels: np.ndarray, believed: np.ndarray) -> np.ndarray:
    """The middle of a result under its veil, as a sheet magnifies it."""
    height, width = believed.shape
    part = veiled(pixels, believed)[height // 2 - 8 : height // 2 + 8, width // 2 - 12 : width // 2 + 12]
    return part.repeat(3, 0).repeat(3, 1)


def test_the_second_dicom_object_is_of_the_same_series(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    from pydicom import dcmread

    _, pane, belief = shown
    first, second = (
        dcmread(io.BytesIO(dicom_bytes(pane.pixels, pane.provenance, belief=each))) for each in (None, belief)
    )
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert "hatched" in second.ImageComments
    height, width = pane.pixels.shape[:2]
    picture = second.pixel_array[:height, :width]
    believed = belief.mask()
    assert (picture[believed] == pane.pixels[believed]).all()
    hidden = picture[~believed]
    assert (hidden == hidden[:, :1]).all()


def test_the_page_of_a_mask_belongs_to_its_result(shown: tuple[np.ndarray, LabelledResult, Belief]) -> None:
    _, pane, belief = shown
    smaller = pane.pixels[:-4]
    with pytest.raises(ValueError, match="one size"):
        dicom_bytes(smaller, pane.provenance, belief=belief)
