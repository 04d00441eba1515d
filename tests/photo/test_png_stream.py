"""PNGs written band by band: any reader gets the same pixels and strings, whatever the bands."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt import photo
from cf_esrt.photo import png_stream
from cf_esrt.photo.png_stream import PngStream

TEXT = {"Model": "live", "Disclaimer": "No diagnosis · не диагноз"}


def written(pixels: np.ndarray, edges: list[int], text: dict[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    height, width, _ = pixels.shape
    with PngStream(file, height, width, TEXT if text is None else text) as png:
        for start, stop in zip([0, *edges], [*edges, len(pixels)], strict=True):
            png.write(pixels[start:stop])
    return file.getvalue()


def smooth(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows + 3 * columns], 2).astype(np.uint8)


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 9),
    edges=st.lists(st.integers(0, 40), max_size=4),
    noise=st.booleans(),
    run=st.integers(1, 50),
)
def test_every_reader_gets_the_pixels(height: int, width: int, edges: list[int], noise: bool, run: int) -> None:
    pixels = smooth(height, width)
    if noise:
        pixels = np.random.default_rng(0).integers(0, 256, pixels.shape, np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png_stream, "ROWS", run)
        data = written(pixels, sorted(edge for edge in edges if edge <= height))
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(picture), pixels)
        assert {key: str(picture.text[key]) for key in TEXT} == TEXT  # type: ignore[attr-defined]
        assert picture.info["srgb"] == 0


def test_a_smooth_picture_is_packed() -> None:
    assert len(written(smooth(300, 200), [])) < 300 * 200 * 3 / 20


def test_its_text_makes_it_a_result(tmp_path: Path) -> None:
    text = photo.labels(model="live", sha256=None, detail=None)
    (tmp_path / "x.png").write_bytes(written(smooth(5, 6), [], text))
    assert photo.is_result(tmp_path / "x.png")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([smooth(5, 7)], r"uint8 n×6×3, not uint8 \(5, 7, 3\)"),
        ([smooth(9, 6).astype(np.int16)], "not int16"),
        ([smooth(6, 6), smooth(4, 6)], "has 9 rows; 10 were given"),
        ([smooth(6, 6)], "has 9 rows; only 6 were given"),
    ],
)
def test_other_rows_are_one_sentence(rows: list[np.ndarray], sentence: str) -> None:
    def write() -> None:
        with PngStream(io.BytesIO(), 9, 6, {}) as png:
            for one in rows:
                png.write(one)

    with pytest.raises(ValueError, match=sentence):
        write()


def test_a_file_that_is_not_finished_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "x.png"
    target.write_text("old")
    with pytest.raises(ValueError, match="only 0 were given"), photo.saving(target) as file, PngStream(file, 4, 4, {}):
        pass
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
