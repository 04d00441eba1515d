"""What a file is, by its content: names count for nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cf_esrt import photo
from tests.photo.files import dicom, heic, jpeg, png, tiff, webp
from tests.photo.test_refusals import checked

_NAMES = {
    "IM00001": (dicom, "DICOM"),
    "1.2.840.1.5": (dicom, "DICOM"),
    "a.jfif": (jpeg, "JPEG"),
    "b.jpe": (jpeg, "JPEG"),
    "c.hif": (heic, "HEIC"),
    "no suffix at all": (png, "PNG"),
    "wrong.png": (webp, "WebP"),
    "notes.txt": (tiff, "TIFF"),
}


@pytest.mark.parametrize("name", _NAMES)
def test_content_decides(tmp_path, name):
    make, kind = _NAMES[name]
    (tmp_path / name).write_bytes(make())
    assert photo.identify(tmp_path / name) == kind
    assert photo.identify(make()) == kind


def test_the_shared_cases(shared_data):
    folder = shared_data.parent / "cases" / "folder-names"
    if not folder.is_dir():
        pytest.skip(f"the cases are not here: {folder}")
    kinds = {path.name: photo.identify(path) for path in folder.iterdir()}
    assert kinds["IM00001"] == kinds["1.2.840.1.5"] == kinds["e.dicom"] == "DICOM"
    assert (kinds["a.jfif"], kinds["c.hif"], kinds["d.mpo"]) == ("JPEG", "HEIC", "JPEG")


def _refused(source: bytes | Path, kind: type[photo.PhotoError]) -> str:
    with pytest.raises(photo.PhotoError) as caught:
        photo.identify(source)
    return checked(caught.value, kind)


def test_what_is_no_photograph_is_said_by_kind(tmp_path):
    (tmp_path / "._photo 1.png").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")
    _refused(tmp_path / "._photo 1.png", photo.NotAnImage)
    _refused(b"", photo.NotAnImage)
    _refused(b"name;age\n", photo.NotAnImage)
    assert "GIF" in _refused(b"GIF89a" + bytes(90), photo.Unsupported)
    assert "DICOMDIR" in _refused(dicom(SOPClassUID="1.2.840.10008.1.3.10"), photo.Unsupported)
    _refused(tmp_path / "absent.png", photo.PhotoError)
    _refused(tmp_path, photo.PhotoError)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
        _refused(tmp_path / "pipe", photo.PhotoError)


def test_only_the_beginning_is_read(tmp_path, monkeypatch):
    from cf_esrt.photo import reader

    (tmp_path / "a.png").write_bytes(png())
    asked = []
    monkeypatch.setattr(reader, "sniff", lambda data: asked.append(len(data)))
    with open(tmp_path / "a.png", "ab") as file:
        file.truncate(10_000_000)
    photo.identify(tmp_path / "a.png")
    photo.identify(bytes(10_000_000))
    assert max(asked) <= 4096
