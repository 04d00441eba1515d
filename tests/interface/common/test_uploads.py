"""Uploads: read once, deleted always, and only where uploads lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from cf_esrt.interface.common.uploads import UploadError, read_upload


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return uploads


def upload(folder: Path, data: bytes) -> Path:
    """As Gradio leaves it: in a folder named by hash."""
    file = folder / "0a1b" / "photograph"
    file.parent.mkdir()
    file.write_bytes(data)
    return file


def test_it_reads_and_deletes(folder: Path) -> None:
    file = upload(folder, b"bytes")
    assert read_upload({"path": str(file)}, folder) == b"bytes"
    assert list(folder.iterdir()) == []


def test_it_deletes_also_when_reading_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = upload(folder, b"bytes")

    def fail(self: Path) -> bytes:
        raise OSError("disk")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(UploadError):
        read_upload({"path": str(file)}, folder)
    assert not file.exists()


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", "", "nothing", "a\0b", ".", 3, None])
def test_it_touches_nothing_outside(folder: Path, path: object) -> None:
    secret = folder.parent / "secret"
    secret.write_text("kept")
    sent = str(folder / path) if isinstance(path, str) and "\0" not in path else path
    with pytest.raises(UploadError):
        read_upload({"path": sent}, folder)
    assert secret.read_text() == "kept"


def test_it_does_not_follow_a_link_outside(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_text("kept")
    link = folder / "link"
    link.symlink_to(secret)
    with pytest.raises(UploadError):
        read_upload({"path": str(link)}, folder)
    assert secret.exists()


@pytest.mark.parametrize("payload", [None, {}, [], "path"])
def test_a_path_is_needed(folder: Path, payload: object) -> None:
    with pytest.raises(UploadError):
        read_upload(payload, folder)
