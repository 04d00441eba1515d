"""The comparison sheet, as PNG and as PDF."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt.photo import NOTICE
from cf_esrt.provenance import Box, LabelledResult, read_xmp, sheet_pdf, sheet_png
from cf_esrt.provenance.sheet import MAX_PANES, RESOLUTION, WIDTH, draw_sheet
from cf_esrt.provenance.strings import calibration
from tests.provenance.samples import panes


def contains(sheet: np.ndarray, part: np.ndarray) -> bool:
    """Whether the part lies somewhere in the sheet, pixel for pixel."""
    height, width = part.shape[:2]
    corners = np.argwhere((sheet[: 1 - height, : 1 - width] == part[0, 0]).all(axis=2))
    return any(np.array_equal(sheet[y : y + height, x : x + width], part) for y, x in corners)


def test_every_pane_shows_the_same_detail_in_its_own_pixels() -> None:
    crop, results = panes()
    sheet = np.asarray(draw_sheet(crop, results, Box(10, 8, 30, 20)))
    assert sheet.shape[1] == WIDTH
    for picture in (crop.repeat(4, 0).repeat(4, 1), *(pane.pixels for pane in results)):
        assert contains(sheet, picture[8:28, 10:40].repeat(3, 0).repeat(3, 1))


@settings(max_examples=4)
@given(st.integers(8, 300), st.integers(8, 60), st.integers(1, 3))
def test_any_size_of_crop(width: int, height: int, count: int) -> None:
    crop, results = panes(width, height)
    sheet = draw_sheet(crop, results[:count])
    assert sheet.width == WIDTH
    assert sheet.height < 6 * WIDTH


def test_the_same_bytes_and_no_time() -> None:
    crop, results = panes()
    png, pdf = sheet_png(crop, results), sheet_pdf(crop, results)
    assert (sheet_png(crop, results), sheet_pdf(crop, results)) == (png, pdf)
    assert not re.search(rb"CreationDate|ModDate|/ID", pdf)
    label = read_xmp(png)
    assert label.enhanced
    assert label.model == "bicubic, esrt, cf-esrt"
    assert label.notice == NOTICE


def test_the_pdf_is_one_page_as_wide_as_a4_lying_and_close_to_the_png() -> None:
    crop, results = panes()
    pdf = sheet_pdf(crop, results)
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.count(b"/Type /Page\n") == 1
    assert abs(WIDTH / RESOLUTION * 25.4 - 297) < 0.5  # mm
    start = pdf.index(b"\xff\xd8\xff")
    with Image.open(io.BytesIO(pdf[start : pdf.index(b"endstream", start)])) as image:
        shown = np.asarray(image).astype(int)
    drawn = np.asarray(draw_sheet(crop, results)).astype(int)
    assert np.abs(shown - drawn).max() <= 8
    assert np.abs(shown - drawn).mean() < 0.2


def test_what_does_not_fit_is_refused() -> None:
    crop, results = panes()
    with pytest.raises(ValueError, match="outside"):
        sheet_png(crop, results, detail=Box(96, 0, 4, 4))
    with pytest.raises(ValueError, match="at most"):
        sheet_png(crop, results * MAX_PANES)
    with pytest.raises(ValueError, match="does not belong"):
        sheet_pdf(crop, [LabelledResult(results[1].pixels, results[0].provenance)])


def test_the_foot_tells_the_calibration() -> None:
    crop, results = panes()
    assert sheet_png(crop, results) != sheet_png(crop, results, millimetres=0.05)
    assert "0.05 mm" in calibration(0.05)
    assert calibration(None).startswith("Uncalibrated")
