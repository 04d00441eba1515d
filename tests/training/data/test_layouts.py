"""Data sets in the layouts in which they are published, in small; each is found and read into the same records."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.training.data.trees import isic_2019, isic_cli, pad_ufes_20, photograph
from training.config import ConfigError
from training.data import list_images, read_layout, resolve


def test_isic_2019_has_lesions_and_diagnoses(tmp_path: Path) -> None:
    name, records = read_layout(
        isic_2019(tmp_path, {"ISIC_0000000": "A", "ISIC_0000001_downsampled": "", "ISIC_2": "A"})
    )
    assert name == "isic2019"
    assert [record.path.name for record in records] == [
        "ISIC_0000000.jpg",
        "ISIC_0000001_downsampled.jpg",
        "ISIC_2.jpg",
    ]
    assert [record.lesion for record in records] == ["A", None, "A"]
    assert [record.diagnosis for record in records] == ["NV", "MEL", "NV"]
    assert {record.patient for record in records} == {None}


def test_isic_2019_is_found_where_its_archive_was_unpacked_into_a_folder_of_its_name(tmp_path: Path) -> None:
    isic_2019(tmp_path, {"ISIC_1": "A"}, inner="ISIC_2019_Training_Input")
    assert [record.lesion for record in read_layout(tmp_path)[1]] == ["A"]


def test_isic_cli_has_lesions_patients_and_the_finest_diagnosis(tmp_path: Path) -> None:
    name, records = read_layout(isic_cli(tmp_path))
    assert name == "isic-cli"
    assert [(r.path.name, r.lesion, r.patient, r.diagnosis) for r in records] == [
        ("ISIC_0000001.jpg", "IL_1", "IP_1", "Melanoma Invasive"),
        ("ISIC_0000002.jpg", "IL_1", None, "Benign"),
        ("ISIC_0000003.JPG", None, "IP_1", None),
    ]
    assert resolve([tmp_path]) == [record.path for record in records]


@pytest.mark.parametrize(
    "folders", [("imgs_part_1", "imgs_part_2"), ("images", "images"), ("images/imgs_part_1", "."), (".", ".")]
)
def test_pad_ufes_20_is_read_however_its_archives_were_unpacked(tmp_path: Path, folders: tuple[str, str]) -> None:
    name, records = read_layout(pad_ufes_20(tmp_path, folders))
    assert name == "pad-ufes-20"
    found = {r.path.name: (r.patient, r.lesion, r.diagnosis) for r in records}
    assert found == {
        "PAT_1_10_100.png": ("PAT_1", "10", "NEV"),
        "PAT_1_11_101.png": ("PAT_1", "11", "BCC"),
        "PAT_2_12_102.png": ("PAT_2", "12", "ACK"),
    }


def test_images_and_rows_without_a_counterpart_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    isic_2019(tmp_path, {"ISIC_1": "A", "ISIC_2": "B"})
    inputs = tmp_path / "ISIC_2019_Training_Input"
    (inputs / "ISIC_2.jpg").rename(inputs / "ISIC_3.jpg")
    with caplog.at_level(logging.WARNING):
        assert len(read_layout(tmp_path)[1]) == 1
    assert "1 images without a row" in caplog.text
    assert "ISIC_3.jpg" in caplog.text
    assert "1 of 2 rows have no image (ISIC_2)" in caplog.text


def test_partial_downloads_are_no_images(tmp_path: Path) -> None:
    photograph(tmp_path / "1.jpg")
    (tmp_path / ".isic-partial.123.ISIC_0000000.jpg").write_bytes(b"half")
    assert [path.name for path in resolve([tmp_path])] == ["1.jpg"]


def test_a_tree_is_stated(tmp_path: Path) -> None:
    photograph(tmp_path / "top.png")
    photograph(tmp_path / "a" / "b" / "deep.png")
    assert [r.path.name for r in read_layout(tmp_path)[1]] == ["top.png"]
    assert resolve([f"{tmp_path}#tree"]) == [tmp_path / "a" / "b" / "deep.png", tmp_path / "top.png"]


def test_plain_folders_resolve_to_what_they_list(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.jpg", "a/3.webp"):
        photograph(tmp_path / name)
    folders = [tmp_path / "b", tmp_path / "a"]
    assert resolve(folders) == list_images(folders)


def test_a_sharp_in_a_folders_name_is_its_own(tmp_path: Path) -> None:
    photograph(tmp_path / "no#1" / "1.png")
    assert len(resolve([tmp_path / "no#1"])) == 1


def test_what_is_missing_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none is not there"):
        resolve([tmp_path / "none"])
    with pytest.raises(ConfigError, match=r"holds no images .* in the layout folder"):
        resolve([tmp_path])
    with pytest.raises(ConfigError, match=r"ends in #trian: known are train, held_out, isic2019"):
        resolve([f"{tmp_path}#trian"])
    with pytest.raises(ConfigError, match="No photographs are named"):
        resolve([])
    with pytest.raises(ConfigError, match="layout ham is unknown"):
        read_layout(tmp_path, "ham")


def test_tables_that_are_missing_or_of_another_kind_are_named(tmp_path: Path) -> None:
    isic_2019(tmp_path, {"ISIC_1": "A"})
    table = tmp_path / "ISIC_2019_Training_Metadata.csv"
    table.write_text("image,age_approx\nISIC_1,50\n")
    with pytest.raises(ConfigError, match=r"Metadata\.csv has no column lesion_id"):
        read_layout(tmp_path)
    table.write_bytes(b"\xff\xfe\x00image")
    with pytest.raises(ConfigError, match="is not CSV in UTF-8"):
        read_layout(tmp_path)
    table.unlink()
    with pytest.raises(ConfigError, match=r"Metadata.csv cannot be read .* state the layout"):
        read_layout(tmp_path)
    assert len(read_layout(tmp_path, "tree")[1]) == 1
