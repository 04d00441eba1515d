"""Uploads: read once, deleted always, and only where uploads lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cf_esrt.interface import intake
from cf_esrt.interface.desk import Desk
from cf_esrt.interface.pictures import Pictures
from cf_esrt.photo import PhotoError, png_bytes, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "uploads"
    made.mkdir()
    return made


def upload(folder: Path, data: bytes) -> Path:
    """As Gradio leaves it: in a folder named by hash."""
    file = folder / "0a1b" / "photograph"
    file.parent.mkdir()
    file.write_bytes(data)
    return file


def test_take_reads_and_deletes(folder: Path) -> None:
    file = upload(folder, b"bytes")
    assert intake.take({"path": str(file)}, folder) == b"bytes"
    assert list(folder.iterdir()) == []


def test_take_deletes_also_when_reading_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = upload(folder, b"bytes")

    def fail(self: Path) -> bytes:
        raise OSError("disk")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(intake.IntakeError):
        intake.take({"path": str(file)}, folder)
    assert not file.exists()


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "", "nothing", "a\0b", ".", 3, None])
def test_take_touches_nothing_outside(folder: Path, path: object) -> None:
    secret = folder.parent / "secret"
    secret.write_text("kept")
    sent = str(folder / path) if isinstance(path, str) and "\0" not in path else path
    with pytest.raises(intake.IntakeError):
        intake.take({"path": sent}, folder)
    assert secret.read_text() == "kept"


def test_take_does_not_follow_a_link_outside(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_text("kept")
    link = folder / "link"
    link.symlink_to(secret)
    with pytest.raises(intake.IntakeError):
        intake.take({"path": str(link)}, folder)
    assert secret.exists()


@pytest.mark.parametrize("payload", [None, {}, [], "path"])
def test_take_without_a_path(folder: Path, payload: object) -> None:
    with pytest.raises(intake.IntakeError):
        intake.take(payload, folder)


@pytest.mark.parametrize("index", [-1, 10_000, "0", None])
def test_example_by_a_wrong_index(index: object) -> None:
    with pytest.raises(intake.IntakeError):
        intake.example({"index": index})


def test_examples_are_photographs_that_can_be_read() -> None:
    for index, _ in enumerate(intake.examples()):
        assert read(intake.example({"index": index})).pixels.shape[2] == 3


def test_place_keeps_the_pixels_and_shows_a_preview() -> None:
    pictures = Pictures()
    desk = Desk(pictures)
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    shown = intake.place(desk, png_bytes(pixels))
    assert desk.photo is not None
    np.testing.assert_array_equal(desk.photo, pixels)
    assert (shown["width"], shown["height"], shown["photo"]) == (50, 40, 1)
    assert shown["box"] == {"x": 0, "y": 0, "width": 50, "height": 40}
    assert shown["facts"].startswith("50 × 40 px · PNG")
    held = pictures.get(shown["url"].split("/")[-1].removesuffix(".png"))
    assert held is not None
    np.testing.assert_array_equal(read(held).pixels, pixels)


def test_bad_bytes_leave_the_desk_as_it_was() -> None:
    desk = Desk(Pictures())
    intake.place(desk, png_bytes(np.zeros((20, 20, 3), np.uint8)))
    kept = desk.photo
    with pytest.raises(PhotoError):
        intake.place(desk, b"no picture")
    assert desk.photo is kept
    assert desk.number == 1


def test_preview_is_shrunk_only_when_large() -> None:
    small = np.zeros((30, 40, 3), np.uint8)
    assert intake.preview(small) is small
    assert intake.preview(np.zeros((600, 2400, 3), np.uint8)).shape == (300, 1200, 3)
    assert intake.preview(np.zeros((1, 5000, 3), np.uint8)).shape == (1, 1200, 3)
