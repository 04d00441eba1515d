"""Live in both engines, and in tiles: one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cf_esrt import checkpoints, commands, models
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.engine import choice
from cf_esrt.enhance import Cancelled, Enhancer
from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.models import LIVE_TILE, ModelDescriptor
from cf_esrt.networks import Live

CPU = torch.device("cpu")
ARGUMENTS = {"channels": 16, "convolutions": 5}


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def live(tmp_path: Path) -> ModelDescriptor:
    """A checkpoint of random weights that add up to some thirty levels; nobody releases it."""
    torch.manual_seed(0)
    network = Live(**ARGUMENTS)
    nn.init.normal_(network.convolutions[-1].weight, std=0.02)  # type: ignore[arg-type]
    checkpoints.write(tmp_path / "live.safetensors", network.state_dict(), CheckpointInfo("Live", ARGUMENTS))
    return models.from_checkpoint(tmp_path / "live.safetensors")


def whole(model: ModelDescriptor, image: np.ndarray) -> np.ndarray:
    """Torch's picture, in levels, from one run of the network."""
    assert model.checkpoint is not None
    network = checkpoints.build(*checkpoints.read(model.checkpoint), "live")
    with torch.no_grad():
        made = network(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
    return made.clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255


@pytest.mark.parametrize("engine", ["torch", "openvino"])
@pytest.mark.parametrize("size", [(50, 70), (1, 2), (2, 9)])
def test_in_tiles_it_is_the_networks_picture(engine: str, size: tuple[int, int], live: ModelDescriptor) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    image = noise(*size)
    made = Enhancer.of(live, "cpu", engine=engine, precision="float32", tile=16).reconstruct(image)
    assert (made.engine, made.tile) == (engine, 16)
    assert np.abs(made.refined - whole(live, image)).max() < 0.51
    assert np.abs(made.refined - Enhancer.load("bicubic")(image)).max() > 5


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_the_enlargement_stays_in_float32(precision: str, tmp_path: Path) -> None:
    """An untrained network adds nothing, so what bfloat16 would leave of a level shows."""
    pytest.importorskip("openvino")
    checkpoints.write(tmp_path / "live.safetensors", Live(**ARGUMENTS).state_dict(), CheckpointInfo("Live", ARGUMENTS))
    untrained = models.from_checkpoint(tmp_path / "live.safetensors")
    image = noise(50, 70)
    made = Enhancer.of(untrained, "cpu", engine="openvino", precision=precision).reconstruct(image).refined
    assert np.abs(made - whole(untrained, image)).max() < 0.51


def test_a_batch_is_its_pictures(live: ModelDescriptor) -> None:
    """Two at once, a flat one among them, in either engine's levels and in 0..1."""
    pytest.importorskip("openvino")
    pictures = np.stack([noise(24, 20), np.full((24, 20, 3), 9, np.uint8), noise(20, 24).transpose(1, 0, 2)])
    wanted = np.stack([whole(live, picture) for picture in pictures])
    for engine in ("torch", "openvino"):
        network = Enhancer.of(live, "cpu", engine=engine, precision="float32")._engine
        assert network is not None
        assert np.abs(network.levels(pictures) - wanted).max() < 0.51
        assert np.abs(network.first(pictures) * 255 - wanted).max() < 0.51


def test_bands_are_the_picture_and_no_more_at_once(live: ModelDescriptor) -> None:
    image, reported = noise(50, 37), []
    enhancer = Enhancer.of(live, "cpu", engine="torch", tile=16)
    bands = list(enhancer.bands(image, progress=lambda *steps: reported.append(steps)))
    assert [band.shape for band in bands] == [(64, 148, 3)] * 3 + [(8, 148, 3)]
    np.testing.assert_array_equal(np.concatenate(bands), enhancer(image))
    assert reported[-1] == (12, 12)
    with pytest.raises(Cancelled):
        next(enhancer.bands(image, cancelled=lambda: True))


def test_what_is_not_run_in_exact_tiles_has_no_bands(live: ModelDescriptor) -> None:
    for enhancer in (Enhancer.load("bicubic"), Enhancer.of(live, "cpu", engine="torch", self_ensemble=True)):
        assert not enhancer.in_bands
        with pytest.raises(ValueError, match="not run in exact tiles"):
            next(enhancer.bands(noise(8, 8)))


def test_the_command_line_writes_bands(
    live: ModelDescriptor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = noise(45, 60)
    Image.fromarray(image).save(tmp_path / "mole.png")
    assert live.checkpoint is not None
    how = {"model": str(live.checkpoint), "detail": None, "device": "cpu", "tile": 16, "engine": "torch"}
    assert commands.enhance([tmp_path / "mole.png"], tmp_path / "out", **how) == 0  # type: ignore[arg-type]
    with Image.open(tmp_path / "out" / "mole.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), Enhancer.of(live, "cpu", engine="torch")(image))
        assert picture.text["Checkpoint SHA-256"] == live.sha256  # type: ignore[attr-defined]
        assert picture.text["Engine"] == "torch, float32"  # type: ignore[attr-defined]
    low = low_resolution_consistency(Enhancer.of(live, "cpu", engine="torch")(image), image)
    assert f"{low:.0f}"[:1] in capsys.readouterr().err  # noise under random weights: said to agree less than usual


def test_its_context_keeps_the_grid_and_its_tiles_are_larger(live: ModelDescriptor) -> None:
    assert (live.architecture, live.context, live.tile) == ("Live", 8, LIVE_TILE)


def test_openvino_runs_it_on_a_cpu(live: ModelDescriptor) -> None:
    pytest.importorskip("openvino")
    enhancer = Enhancer.of(live, "cpu")
    assert choice.outlook(live, CPU) == (enhancer.engine, enhancer.precision)
    assert enhancer.engine == "openvino"
