"""Paths as Windows writes them: drives are no addresses, backslashes separate, no name has a forbidden character."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest

from cf_esrt.archive.places import Place
from cf_esrt.catalogue import Catalogue, CatalogueError
from cf_esrt.inputs import stem
from cf_esrt.interface.common.settings import read
from cf_esrt.interface.preview.export import file_part
from cf_esrt.provenance import file_names
from tests.provenance.samples import panes

FORBIDDEN = '<>:"/\\|?*'
CHECKPOINT = "C:\\models\\my own.safetensors"


@pytest.mark.parametrize("folder", ["C:\\photographs", "C:/photographs", "\\\\server\\share\\photographs"])
def test_a_drive_is_a_folder_and_no_storage(folder: str) -> None:
    assert Place(folder).local
    assert not Place("s3://bucket/photographs").local


def test_a_photographs_name_without_its_folder_and_suffix() -> None:
    assert stem(PureWindowsPath("C:\\Users\\Ada\\lesion 1.JPG")) == "lesion 1"
    assert stem(PureWindowsPath("D:\\dicom\\1.2.840.10008")) == "1.2.840.10008"


def test_a_checkpoint_on_a_drive() -> None:
    with pytest.raises(CatalogueError, match="mine") as refused:
        Catalogue.of([f"mine={CHECKPOINT}"])
    assert "my own.safetensors" in str(refused.value)
    assert read({"CF_ESRT_MODELS": f"mine={CHECKPOINT}"}).models == (f"mine={CHECKPOINT}",)


@pytest.mark.parametrize("name", ["C:\\fakepath\\lesion.jpg", "a:b|c?.png", "..\\..\\x.png", "CON.png"])
def test_a_download_is_called_by_letters_digits_and_dashes(name: str) -> None:
    assert not set(file_part(name)) & set(FORBIDDEN + ".")


def test_files_of_a_zip_have_names_for_every_disk() -> None:
    _, results = panes()
    for name in file_names([result.provenance for result in results]):
        assert not set(name) & set(FORBIDDEN)
