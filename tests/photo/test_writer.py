"""Lossless PNG with text, and files that are whole or not there."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

import cf_esrt
from cf_esrt import photo
from tests.photo.files import PICTURE, RNG


def test_png_keeps_pixels_and_text():
    pixels = RNG.integers(0, 256, (13, 7, 3), dtype=np.uint8)
    body = photo.png_bytes(pixels, text={"Software": "CF-ESRT", "Model": "×4 – ü", "Empty": ""})
    with Image.open(io.BytesIO(body)) as picture:
        assert np.array_equal(np.array(picture), pixels)
        assert isinstance(picture, PngImagePlugin.PngImageFile)
        assert picture.text == {"Software": "CF-ESRT", "Model": "×4 – ü", "Empty": ""}
        assert picture.info["srgb"] == 0
    assert np.array_equal(photo.read(photo.png_bytes(PICTURE[::2, ::-1])).pixels, PICTURE[::2, ::-1])


def test_labels_say_what_a_result_is():
    labels = photo.labels(model="cf-esrt", sha256="ab", detail=0.5)
    assert labels == {
        "Software": f"CF-ESRT {cf_esrt.__version__}",
        "Model": "cf-esrt",
        "Checkpoint SHA-256": "ab",
        "Detail": "0.5",
        "Disclaimer": "Research demonstration. Not a medical device. Not for diagnosis or treatment. "
        "Added detail may be false.",
    }
    assert photo.labels(model="bicubic", sha256=None, detail=None)["Checkpoint SHA-256"] == "none"
    assert photo.png_bytes(PICTURE, text=labels)


@pytest.mark.parametrize(
    "pixels",
    [PICTURE[..., 0], PICTURE.astype(float), np.dstack([PICTURE, PICTURE[..., :1]]), PICTURE[:0]],
    ids=["grey", "float", "alpha", "empty"],
)
def test_other_arrays_are_refused(pixels):
    with pytest.raises(ValueError, match="uint8 H×W×3"):
        photo.png_bytes(pixels)


@pytest.mark.parametrize("key", ["", "k" * 80, "naïve\n", "模型"])
def test_bad_keys_are_refused(key):
    with pytest.raises(ValueError, match="text key"):
        photo.png_bytes(PICTURE, text={key: "value"})


def test_save_is_whole_or_absent(tmp_path, monkeypatch):
    photo.save(tmp_path / "a.png", b"old")
    photo.save(tmp_path / "a.png", b"new")
    assert (tmp_path / "a.png").read_bytes() == b"new"
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o666 & ~umask

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        photo.save(tmp_path / "a.png", b"half")
    assert (tmp_path / "a.png").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
