"""Photographs and examples, decoded into the session."""

from __future__ import annotations

import numpy as np
import pytest

from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.interface.common.picture_store import PictureStore
from cf_esrt.interface.common.uploads import UploadError
from cf_esrt.interface.preview import photographs, strings
from cf_esrt.interface.preview.session_state import SessionState
from cf_esrt.photo import PhotoError, png_bytes, read


@pytest.mark.parametrize("index", [-1, 10_000, "0", None])
def test_example_by_a_wrong_index(index: object) -> None:
    with pytest.raises(UploadError):
        photographs.example({"index": index})


def test_examples_are_photographs_that_can_be_read() -> None:
    for index, _ in enumerate(photographs.examples()):
        assert read(photographs.example({"index": index})).pixels.shape[2] == 3


def test_place_keeps_the_pixels_and_shows_a_preview() -> None:
    pictures = PictureStore()
    session = SessionState(pictures)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    shown = photographs.open_photo(session, png_bytes(pixels))
    assert session.photo is not None
    np.testing.assert_array_equal(session.photo, pixels)
    assert (shown["width"], shown["height"], shown["photo"]) == (50, 40, 1)
    assert shown["box"] == {"x": 0, "y": 0, "width": 50, "height": 40}
    assert shown["summary"].startswith("50 × 40 px · PNG")
    held = pictures.get(shown["url"].split("/")[-1].removesuffix(".png"))
    assert held is not None
    np.testing.assert_array_equal(read(held).pixels, pixels)


def test_bad_bytes_leave_the_session_as_it_was() -> None:
    session = SessionState(PictureStore())
    photographs.open_photo(session, png_bytes(np.zeros((20, 20, 3), np.uint8)))
    kept = session.photo
    with pytest.raises(PhotoError):
        photographs.open_photo(session, b"no picture")
    assert session.photo is kept
    assert session.photo_number == 1


def test_preview_is_shrunk_only_when_large() -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    assert photographs.preview(small) is small
    assert photographs.preview(np.zeros((600, 2400, 3), np.uint8)).shape == (300, 1200, 3)
    assert photographs.preview(np.zeros((1, 5000, 3), np.uint8)).shape == (1, 1200, 3)


def test_how_sharp_a_photograph_is_is_said_only_where_it_can_be_told() -> None:
    sharp, soft = EffectiveResolution(1.2, 1.3), EffectiveResolution(2.5, 2.6)
    noisy, blocks = EffectiveResolution(1.2, 3.0), EffectiveResolution(1.4, 1.4, blocks=0.9)
    assert strings.resolution(sharp) == "Sharp down to about single pixels."
    assert strings.resolution(soft).startswith("Sharp to about 2.5 pixels (1.4 to 3.8): it holds no more detail than")
    assert strings.resolution(noisy) == (
        "How sharp it is cannot be told: noise hides its finest detail (1.0 to 4.3 pixels)."
    )
    assert "JPEG blocks" in strings.resolution(blocks)
    assert [strings.shrink(one) for one in (None, sharp, soft, noisy, blocks)] == [
        None, None, "Enhance at 40%", None, None]  # fmt: skip
