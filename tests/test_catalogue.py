"""Checkpoints under names of one's own, beside the project's models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from cf_esrt import checkpoints, commands, models, photo
from cf_esrt.catalogue import Catalogue, CatalogueError
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.enhance import Enhancer
from cf_esrt.interface.preview.panes import available_panes
from cf_esrt.networks import SRCNN


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "run.safetensors"
    checkpoints.write(path, SRCNN().state_dict(), CheckpointInfo("SRCNN", licence="CC0-1.0"))
    return path


def test_a_checkpoint_is_a_model_of_the_given_name(checkpoint: Path) -> None:
    catalogue = Catalogue.of([f"mine={checkpoint}", f" other.2 = {checkpoint} "])
    assert catalogue.names() == (*models.names(), "mine", "other.2")
    mine = catalogue.describe("mine")
    assert (mine.name, mine.title, mine.licence, mine.checkpoint) == ("mine", "mine", "CC0-1.0", checkpoint)
    assert mine.summary == "SRCNN, from run.safetensors."
    assert catalogue.describe("bicubic") == models.describe("bicubic")
    with pytest.raises(models.UnknownModel, match=r"no model 'yours'; there are bicubic, .*mine, other\.2"):
        catalogue.describe("yours")
    assert Enhancer.of(mine, "cpu")(np.zeros((8, 8, 3), np.uint8)).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (["{file}"], "write NAME=FILE.safetensors"),
        (["mine="], "write NAME=FILE.safetensors"),
        (["my own={file}"], "write NAME=FILE.safetensors"),
        (["../mine={file}"], "write NAME=FILE.safetensors"),
        (["esrt={file}"], "a model esrt already"),
        (["mine={file}", "mine={file}"], "a model mine already"),
        (["mine=gone.safetensors"], "mine cannot be added: There is no checkpoint at gone.safetensors"),
        (["mine={damaged}"], "mine cannot be added: The checkpoint damaged.safetensors is damaged"),
        (["mine={foreign}"], "mine cannot be added: The checkpoint foreign.safetensors is damaged or no safetensors"),
    ],
)
def test_what_cannot_be_added_is_one_sentence(
    checkpoint: Path, tmp_path: Path, written: list[str], message: str
) -> None:
    damaged, foreign = tmp_path / "damaged.safetensors", tmp_path / "foreign.safetensors"
    content = bytearray(checkpoint.read_bytes())
    content[-100] ^= 1
    damaged.write_bytes(content)
    foreign.write_bytes(b"no weights")
    with pytest.raises(CatalogueError) as caught:
        Catalogue.of([one.format(file=checkpoint, damaged=damaged, foreign=foreign) for one in written])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_takes_a_file_for_a_model(checkpoint: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(photo.png_bytes(pixels))
    options = {"detail": None, "device": "cpu", "tile": None}
    assert commands.enhance([tmp_path / "a.png"], tmp_path / "out", model=str(checkpoint), **options) == 0
    result = photo.read(tmp_path / "out" / "a.png").pixels
    np.testing.assert_array_equal(result, Enhancer.load(str(checkpoint), "cpu")(pixels))
    with pytest.raises(commands.CommandError, match="There is no checkpoint at"):
        commands.enhance([tmp_path / "a.png"], tmp_path / "out", model="gone.safetensors", **options)


def test_the_page_has_a_pane_for_it(checkpoint: Path) -> None:
    catalogue = Catalogue.of([f"mine={checkpoint}"])
    panes, described = available_panes(catalogue.describe, catalogue.names())
    (pane,) = (pane for pane in panes if pane.name == "mine")
    assert (pane.title, pane.model, pane.note) == ("mine", "mine", "SRCNN, from run.safetensors.")
    assert "mine" in [model.name for model in described]
