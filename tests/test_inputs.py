"""Folders and names: what a photograph is, its content says; nothing is left out without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cf_esrt import photo
from cf_esrt.inputs import find, plan, stem
from tests.photo.files import PICTURE, dicom, heic, jpeg, png

NAMES = {
    "a.jfif": jpeg,
    "b.jpe": jpeg,
    "c.hif": heic,
    "d.mpo": jpeg,
    "e.dicom": dicom,
    "IM00001": dicom,
    "1.2.840.1.5": dicom,
    "1.2.840.1.6": dicom,
    "lesion 3.5 mm": png,
    "scan.part1": png,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, make in NAMES.items():
        (tmp_path / name).write_bytes(make())
    return tmp_path


def test_every_photograph_of_a_folder_is_found_whatever_it_is_called(folder: Path) -> None:
    found = find([folder])
    assert {path.name for path in found.photographs} == set(NAMES)
    assert found.failures == found.notes == []


def test_the_shared_cases(shared_data: Path) -> None:
    cases = shared_data.parent / "cases"
    if not cases.is_dir():
        pytest.skip(f"the cases are not here: {cases}")
    found = find([cases / "folder-names"])
    assert (len(found.photographs), found.failures) == (8, [])
    found = find([cases / "appledouble"])
    assert [path.name for path in found.photographs] == [f"photo {number}.png" for number in range(4)]


def test_only_a_photographs_suffix_is_cut_off(folder: Path) -> None:
    jobs, _ = plan([folder], Path("out"))
    targets = {job.source.name: job.target.name for job in jobs}
    assert targets["1.2.840.1.5"] == "1.2.840.1.5.png"
    assert targets["1.2.840.1.6"] == "1.2.840.1.6.png"
    assert targets["lesion 3.5 mm"] == "lesion 3.5 mm.png"
    assert (targets["a.jfif"], targets["IM00001"], targets["scan.part1"]) == ("a.png", "IM00001.png", "scan.part1.png")
    assert len(set(targets.values())) == len(NAMES)
    assert stem(Path("x/photo.JPEG")) == "photo"


def test_what_is_left_out_is_said(folder: Path) -> None:
    for number in range(7):
        (folder / f"notes{number}.txt").write_text("words")
    (folder / "moving").write_bytes(b"GIF89a" + bytes(20))
    (folder / "broken.jpg").write_text("no picture at all")
    (folder / "empty.png").touch()
    (folder / "._a.jfif").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".thumbnail.png").write_bytes(png())
    (folder / "deeper").mkdir()
    found = find([folder])
    assert len(found.photographs) == len(NAMES)
    said = "\n".join(found.failures)
    assert len(found.failures) == 4
    assert f"{folder / 'moving'}: GIF files are unsupported" in said
    assert f"{folder / 'broken.jpg'}: " in said
    assert f"{folder / 'empty.png'}: The file is empty." in said
    assert "7 files are no photographs (notes0.txt, notes1.txt, notes2.txt, notes3.txt, notes4.txt, …)" in said
    assert found.notes == [f"{folder}: note: Folders in it were not looked into (1); give them too."]


def test_a_folder_without_any_photograph(tmp_path: Path) -> None:
    assert find([tmp_path]).failures == [f"{tmp_path}: The folder holds no {photo.READ} files."]
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    assert find([tmp_path]).failures == [f"{tmp_path}: Left out, since it is no photograph: Thumbs.db."]


def test_results_are_not_enhanced_again(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    text = photo.labels(model="cf-esrt", sha256=None, detail=None)
    (tmp_path / "a.png").write_bytes(photo.png_bytes(np.repeat(PICTURE, 4, 0), text=text))
    (tmp_path / "crop.png").write_bytes(photo.png_bytes(PICTURE, text={"Software": "CF-ESRT 1"}))  # not enlarged
    jobs, found = plan([tmp_path], tmp_path)
    assert [(job.source.name, job.target.name) for job in jobs] == [("a.jpg", "a.png")]
    assert found.notes == [f"{tmp_path}: note: Results of this program are not enhanced again (1)."]
    assert [line for line in found.failures if "crop.png: The result would replace" in line]
    assert find([tmp_path / "a.png"]).photographs == [tmp_path / "a.png"]  # asked for by its name
