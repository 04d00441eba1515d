"""Checkpoints tell what they hold, and damaged or foreign files are refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cf_esrt import checkpoints, models
from cf_esrt.checkpoints import CheckpointError, CheckpointInfo
from cf_esrt.networks import CFESRT, ESRT


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "small.safetensors"
    info = CheckpointInfo("CFESRT", {"width": 8}, licence="CC0-1.0", metrics={"small": {"whole256": {"psnr": 1.0}}})
    checkpoints.write(path, CFESRT(width=8).state_dict(), info)
    return path


def test_weights_and_metadata_come_back(checkpoint: Path) -> None:
    state, info = checkpoints.read(checkpoint)
    torch.manual_seed(0)
    for name, tensor in CFESRT(width=8).state_dict().items():
        assert torch.equal(state[name], tensor)
    assert (info.architecture, info.configuration, info.licence) == ("CFESRT", {"width": 8}, "CC0-1.0")
    assert info.sha256 == checkpoints.digest(state)
    assert isinstance(checkpoints.build(state, info, "small"), CFESRT)
    assert [p.name for p in checkpoint.parent.iterdir()] == ["small.safetensors"]


def test_a_descriptor_is_completed_from_the_metadata(checkpoint: Path) -> None:
    both = models.from_checkpoint(checkpoint)
    coarse = models.from_checkpoint(checkpoint, stage="coarse")
    assert both.licence == "CC0-1.0"
    assert both.metrics["whole256"]["psnr"] == 1.0
    assert both.parameters == sum(p.numel() for p in CFESRT(width=8).parameters())
    assert coarse.parameters == sum(p.numel() for p in CFESRT(width=8).coarse.parameters())


def test_every_listed_model_describes_itself() -> None:
    assert models.names() == ("bicubic", "esrt", "cf-esrt", "cf-esrt-coarse")
    for name in models.names():
        model = models.describe(name)
        assert model.scale == 4
        if name != "bicubic":
            assert model.parameters > 700_000
            assert model.sha256 is not None
            assert len(model.sha256) == 64
            assert model.licence
            assert model.training_data
    with pytest.raises(models.UnknownModel, match="bicubic, esrt, cf-esrt, cf-esrt-coarse"):
        models.describe("ESRGAN")


def flip_a_weight(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_found(checkpoint: Path) -> None:
    flip_a_weight(checkpoint)
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoints.read(checkpoint)


@pytest.mark.parametrize("length", [0, 5, 1000, 100_000])
def test_a_file_cut_short_is_refused(checkpoint: Path, length: int) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"small\.safetensors is damaged"):
        checkpoints.read(checkpoint)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(2)}, foreign)
    with pytest.raises(CheckpointError, match="not a checkpoint of this project"):
        checkpoints.read(foreign)
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        checkpoints.read_info(tmp_path / "none.safetensors")


def test_an_unknown_architecture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoints.write(path, {"a": torch.zeros(2)}, CheckpointInfo("EDSR"))
    with pytest.raises(CheckpointError, match=r"EDSR.*ESRT, CFESRT"):
        checkpoints.read(path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    info = checkpoints.write(path, ESRT().state_dict(), CheckpointInfo("CFESRT", {"width": 8}))
    with pytest.raises(CheckpointError, match="does not fit the network CFESRT"):
        checkpoints.build(*checkpoints.read(path), path.name)
    assert info.sha256
