"""The crop box."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_esrt.interface.preview.crop import DEFAULT_SIDE, MAX_PIXELS, CropError, crop_pixels, default_box
from cf_esrt.provenance import Box

PHOTO = np.arange(60 * 80 * 3, dtype=np.int64).reshape(60, 80, 3).astype(np.uint8)


def sent(x: object, y: object, width: object, height: object) -> dict[str, object]:
    return {"url": "x", "box": {"x": x, "y": y, "width": width, "height": height}}


def test_cut_gives_exactly_the_box_in_its_own_memory() -> None:
    box, cut = crop_pixels(PHOTO, sent(10, 20.0, "30", 8))
    assert box == Box(10, 20, 30, 8)
    np.testing.assert_array_equal(cut, PHOTO[20:28, 10:40])
    assert not np.shares_memory(cut, PHOTO)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((0, 0, 7, 30), "at least 8 px"),
        ((0, 0, 30, -4), "at least 8 px"),
        ((-1, 0, 30, 30), "outside"),
        ((60, 0, 30, 30), "outside"),
        ((0, 40, 30, 30), "outside"),
        ((0, 0, 2048, 1024), "1024 × 1024 px"),
    ],
)
def test_cut_refuses_in_one_sentence(box: tuple[int, int, int, int], words: str) -> None:
    with pytest.raises(CropError, match=words) as refused:
        crop_pixels(PHOTO, sent(*box))
    assert str(refused.value).endswith(".")


def test_largest_crop_is_admitted() -> None:
    photo = np.zeros((1024, 1024, 3), np.uint8)
    assert crop_pixels(photo, sent(0, 0, 1024, 1024))[1].size == MAX_PIXELS * 3


@pytest.mark.parametrize(
    "value",
    [None, {}, {"box": None}, {"box": {"x": 1}}, sent("wide", "wide", "wide", "wide"), "box"]
    + [sent(bad, bad, bad, bad) for bad in (float("nan"), float("inf"), None, [])],
)
def test_what_is_no_box_is_refused(value: object) -> None:
    with pytest.raises(CropError):
        crop_pixels(PHOTO, value)


@given(st.integers(8, 6000), st.integers(8, 6000))
def test_first_box_lies_inside_and_can_be_enhanced(width: int, height: int) -> None:
    box = default_box(width, height)
    assert box.x >= 0
    assert box.y >= 0
    assert box.x + box.width <= width
    assert box.y + box.height <= height
    assert min(box.width, box.height) >= 8
    assert box.width * box.height <= MAX_PIXELS
    if max(width, height) > 2 * DEFAULT_SIDE:
        assert max(box.width, box.height) <= DEFAULT_SIDE
