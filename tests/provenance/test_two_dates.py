"""One sheet of one lesion on two photographs."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cf_esrt.photo import read
from cf_esrt.provenance import Box, ProvenanceError, TwoDates, read_xmp, two_dates_pdf, two_dates_png
from cf_esrt.provenance.sheet import WIDTH, under_veil
from cf_esrt.provenance.text_drawing import draw_lines, wrap
from cf_esrt.provenance.two_dates import draw_two_dates
from tests.provenance.samples import labelled, picture, setting
from tests.provenance.test_belief import belief_of, middle
from tests.provenance.test_sheet import contains

HOW = "Aligned by 214 spots (half within 0.8 px): turned 3° left, 1.02 times as large. Sizes matched."


def dates() -> TwoDates:
    first, second = picture(44, 36), picture(50, 40, seed=4)
    box, other = Box(4, 5, 24, 18), Box(9, 7, 24, 18)
    results = labelled(first, box, setting()), labelled(second, other, setting())
    crops = box.crop_from(first), other.crop_from(second)
    return TwoDates(*crops, *results, crops[1], results[1].pixels, HOW)


def test_the_sheet_shows_both_and_is_labelled() -> None:
    both = dates()
    sheet = two_dates_png(both)
    assert sheet == two_dates_png(both)
    assert read(sheet).pixels.shape[1] == WIDTH
    label = read_xmp(sheet)
    assert label.enhanced
    assert label.photograph_sha256 == both.first.provenance.photograph.sha256
    pdf = two_dates_pdf(both, millimetres=0.05)
    assert pdf.startswith(b"%PDF-")
    assert "One lesion on two photographs".encode("utf-16-be") in pdf
    shown = np.asarray(draw_two_dates(both))
    other = np.asarray(draw_two_dates(replace(both, moved=255 - both.moved)))
    assert (shown != other).any()


def test_how_it_was_aligned_is_written_in_signs_that_the_font_has() -> None:
    assert "turned 3° left" in " ".join(wrap(HOW, 20, WIDTH))
    assert drawn("°") != drawn("\u0378")  # which is no sign of any font


def drawn(sign: str) -> bytes:
    image = Image.new("RGB", (40, 40))
    draw_lines(ImageDraw.Draw(image), (0, 0), [sign], 20, "#ffffff")
    return image.tobytes()


def test_what_may_be_believed_has_a_page_of_its_own() -> None:
    both = dates()
    first, second = (replace(pane, belief=belief_of(pane.pixels)) for pane in (both.first, both.second))
    veiled = replace(both, first=first, second=second, moved_under_veil=under_veil(second))
    sheets = [
        two_dates_pdf(one) for one in (both, replace(both, first=first), replace(veiled, first=both.first), veiled)
    ]
    assert [len(re.findall(rb"/Type /Page\b", sheet)) for sheet in sheets] == [1, 2, 2, 2]
    page = np.asarray(draw_two_dates(veiled, veil=True))
    for pane in (first, second):
        assert pane.belief is not None
        assert contains(page, middle(pane.pixels, pane.belief.mask()))
        assert not contains(np.asarray(draw_two_dates(veiled)), middle(pane.pixels, pane.belief.mask()))


def test_what_does_not_belong_together_is_refused() -> None:
    both = dates()
    with pytest.raises(ValueError, match="lie over"):
        two_dates_png(replace(both, moved=both.moved[:-4]))
    with pytest.raises(ValueError, match="does not belong"):
        two_dates_png(replace(both, second=replace(both.second, pixels=255 - both.second.pixels)))
    with pytest.raises(ProvenanceError):
        two_dates_png(replace(both, second_crop=255 - both.second_crop))
