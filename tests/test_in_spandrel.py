"""Spandrel, from PyPI, loads this project's checkpoints once the architectures are registered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cf_esrt import checkpoints, models
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.networks import CFESRT, SRCNN, Live
from training import torchvision_shim  # noqa: F401  (spandrel imports torchvision)

spandrel: Any = pytest.importorskip("spandrel")
in_spandrel: Any = pytest.importorskip("cf_esrt.in_spandrel")


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A loader that knows spandrel's own architectures and ours; the main registry stays as it was."""
    registry = spandrel.MAIN_REGISTRY.copy()
    monkeypatch.setattr(in_spandrel, "MAIN_REGISTRY", registry)
    in_spandrel.register()
    in_spandrel.register()
    assert len(registry) == len(spandrel.MAIN_REGISTRY) + 3
    return spandrel.ModelLoader(registry=registry)


def last(made: Tensor | tuple[Tensor, ...]) -> Tensor:
    return made[-1] if isinstance(made, tuple) else made


def same_picture(loaded: Any, network: nn.Module) -> bool:
    image = torch.rand(1, 3, 10, 13)
    with torch.no_grad():
        return torch.allclose(loaded(image), last(network(image)).clamp(0, 1), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "architecture"),
    [("esrt", "ESRT"), ("cf-esrt", "CF-ESRT"), ("cf-esrt-camera", "CF-ESRT"), ("live", "Live")],
)
def test_released_checkpoints_are_loaded_from_their_files(name: str, architecture: str, loader: Any) -> None:
    path = models.describe(name).checkpoint
    assert path is not None
    loaded = loader.load_from_file(path)
    assert (loaded.architecture.name, loaded.scale, loaded.purpose) == (architecture, 4, "SR")
    assert same_picture(loaded, checkpoints.build(*checkpoints.read(path), path.name))


@pytest.mark.parametrize(
    ("build", "arguments", "tags"),
    [
        (Live, {"channels": 12, "convolutions": 11}, ["12nf", "11nb"]),
        (CFESRT, {"width": 8, "skip_padding": "replicate"}, ["8nf"]),
        (CFESRT, {"width": 8, "sharpen": 1.7, "skip_padding": "replicate"}, ["8nf"]),
    ],
)
def test_sizes_are_found_from_the_tensors(
    build: Callable[..., nn.Module], arguments: dict[str, Any], tags: list[str], loader: Any, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    network = build(**arguments).eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.03)
    checkpoints.write(
        tmp_path / "x.safetensors", network.state_dict(), CheckpointInfo(type(network).__name__, arguments)
    )
    loaded = loader.load_from_file(tmp_path / "x.safetensors")
    assert loaded.tags == tags
    assert same_picture(loaded, network)


def test_other_files_are_left_to_others(loader: Any) -> None:
    with pytest.raises(spandrel.UnsupportedModelError):
        loader.load_from_state_dict(SRCNN().state_dict())
