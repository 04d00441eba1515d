"""The resumable state of a training run: written atomically, read back whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


class AveragedWeights:
    """Exponential moving average of all weights, its decay warmed up: min(decay, (1+n)/(10+n)) after n updates."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        current = network.state_dict()
        for name, value in current.items():
            self.values[name].lerp_(value, 1 - decay)

    def state_dict(self) -> dict[str, Any]:
        return {"updates": self.updates, "values": self.values}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.updates = state["updates"]
        for name, value in state["values"].items():
            self.values[name].copy_(value)


def save_atomically(value: Any, path: Path) -> None:
    """torch.save to a neighbour file, then rename: a kill or a full disk leaves the old file under the name."""
    partial = path.with_suffix(path.suffix + ".partial")
    with partial.open("wb") as out:
        torch.save(value, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(partial, path)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """What `save_atomically` wrote (tensors and plain values only: no code is run)."""
    return torch.load(path, map_location=device, weights_only=True)


def take_over(network: nn.Module, state: dict[str, Tensor]) -> int:
    """Copy the tensors whose name and shape fit; returns how many."""
    own = network.state_dict()
    fitting = {n: t for n, t in state.items() if n in own and own[n].shape == t.shape}
    network.load_state_dict(own | fitting)
    return len(fitting)
