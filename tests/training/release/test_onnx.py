"""ONNX files: torch's picture, what is known of the model, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from torch import nn

from cf_esrt import checkpoints, models, photo
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.models import ModelDescriptor
from cf_esrt.networks import CFESRT, ESRT, SRCNN, Live, SRResNet, start_from_interpolation
from training.release import onnx_files
from training.release.export import main
from training.release.onnx_networks import NoFormat, whole
from training.release.onnx_translation import to_onnx

LIVE = {"channels": 8, "convolutions": 4}


def live() -> Live:
    network = Live(**LIVE)
    nn.init.normal_(network.convolutions[-1].weight, std=0.02)  # type: ignore[arg-type]
    return network


@pytest.mark.parametrize(
    "build",
    [live, SRCNN, ESRT, lambda: CFESRT(width=8, skip_padding="replicate"), lambda: CFESRT(width=8, skips=False)],
    ids=["live", "srcnn", "esrt", "cf-replicate", "cf-plain"],
)
def test_a_file_gives_torchs_picture(build: Callable[[], nn.Module]) -> None:
    """On even, odd and the least sides; with weights that use the whole network."""
    torch.manual_seed(0)
    network = build().eval().requires_grad_(False)
    if not isinstance(network, Live):
        start_from_interpolation(network, residual_gain=1.0)
    found = onnx_files.compare(network, to_onnx(whole(network)).SerializeToString(), ((12, 16), (17, 31), (2, 2)))
    assert found.levels <= 1
    assert found.differing < 1e-3


@pytest.fixture
def model(tmp_path: Path) -> ModelDescriptor:
    torch.manual_seed(0)
    info = CheckpointInfo("Live", LIVE, licence="CC0-1.0", metrics={"live": {"psnr": 1.0}})
    checkpoints.write(tmp_path / "live.safetensors", live().state_dict(), info)
    return models.from_checkpoint(tmp_path / "live.safetensors")


def test_the_file_says_what_the_checkpoint_says(
    model: ModelDescriptor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--onnx", str(tmp_path / "new" / "folder"), str(model.checkpoint)]) == 0
    assert capsys.readouterr().out.startswith(
        ("live.onnx: within 0 of 255 levels", "live.onnx: within 1 of 255 levels")
    )
    made = onnx.load(tmp_path / "new" / "folder" / "live.onnx")
    said = {entry.key: entry.value for entry in made.metadata_props}
    assert (said["name"], said["checkpoint_sha256"], said["licence"]) == ("live", model.sha256, "CC0-1.0")
    assert (said["scale"], said["context"], said["notice"]) == ("4", "4", photo.NOTICE)
    assert json.loads(said["metrics"]) == {"psnr": 1.0}
    assert [one.name for one in (*made.graph.input, *made.graph.output)] == ["image", "enlarged"]


def test_a_file_that_differs_is_not_written(
    model: ModelDescriptor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_files, "to_onnx", lambda _: to_onnx(whole(Live(**LIVE))))  # bicubic: other weights
    with pytest.raises(onnx_files.OnnxError, match=r"^x.onnx differs from torch by up to \d+ levels in"):
        onnx_files.write(model, tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NoFormat, match="SRResNet cannot be written as ONNX"):
        whole(SRResNet(blocks=1, width=8))
    assert main(["--onnx", str(tmp_path), "nothing"]) == 2
    assert capsys.readouterr().err.startswith("There is no model 'nothing'")


def test_every_released_model_is_one_of_them() -> None:
    listed = {model.name for model in onnx_files.released()}
    assert listed == set(models.names()) - {"bicubic"}
