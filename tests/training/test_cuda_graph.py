"""Recorded steps on a GPU against plain ones; the tests of what a CPU can show are in test_train."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from training.config import Config
from training.hardware import make_accelerator
from training.muon import Muon
from training.train import Run

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_recorded_steps_are_the_plain_ones(config: Config, tmp_path: Path, optimizer: str) -> None:
    phases = (dataclasses.replace(config.phases[0], steps=20, optimizer=optimizer),)  # type: ignore[arg-type]
    losses: dict[bool, list[float]] = {}
    for recorded in (False, True):
        folder = tmp_path / str(recorded)
        folder.mkdir()
        settings = dataclasses.replace(config, phases=phases, precision="float32" if recorded else "auto")
        run = Run(settings, folder, make_accelerator("cuda", "float32"))
        losses[recorded] = [run.train_step()["loss"] for _ in range(8)]
        assert (run.recorded is not None) == recorded
    assert losses[True] == pytest.approx(losses[False], rel=2e-3)
    assert len(set(losses[True])) == 8


def test_muon_turns_the_same_way(tmp_path: Path) -> None:
    weights = {
        device: [torch.nn.Parameter(torch.ones(8, 5, 3, 3, device=device)) for _ in range(3)]
        for device in ("cpu", "cuda")
    }
    optimizers = {
        device: Muon(parameters, lr=1e-2, recorded=device == "cuda") for device, parameters in weights.items()
    }
    generator = torch.Generator().manual_seed(0)
    for _ in range(4):
        for one, other in zip(weights["cpu"], weights["cuda"], strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.cuda()
        for optimizer in optimizers.values():
            optimizer.step()
    for one, other in zip(weights["cpu"], weights["cuda"], strict=True):
        assert torch.allclose(one, other.cpu(), atol=1e-4)
