"""The resumable state of a training run: written atomically, read back whole."""

# torch's own averages are made of torch._foreach_lerp_, whose name begins so all the same:
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cf_esrt.files import saving


class StateError(RuntimeError):
    """A training state cannot be written or read; one sentence says why and what is left."""


class AveragedWeights:
    """Exponential moving average of all weights, its decay warmed up: min(decay, (1+n)/(10+n)) after n updates.

    Counters (batch norm's) are copied as they are.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        state = network.state_dict()
        averaged = [name for name, value in state.items() if value.is_floating_point()]
        torch._foreach_lerp_([self.values[n] for n in averaged], [state[n] for n in averaged], 1 - decay)
        for name in state.keys() - set(averaged):
            self.values[name].copy_(state[name])

    def state_dict(self) -> dict[str, Any]:
        return {"updates": self.updates, "values": self.values}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.updates = state["updates"]
        for name, value in state["values"].items():
            self.values[name].copy_(value)


def save_atomically(value: Any, path: Path) -> None:
    """torch.save to a neighbour file, then rename: a kill or a full disk leaves the old file under the name.

    StateError where the disk does not take it.
    """
    try:
        with saving(path) as out:
            torch.save(value, out)
    except (OSError, RuntimeError) as error:  # torch's zip writer turns a full disk into a RuntimeError
        kept = "the one before it is kept whole" if path.exists() else "nothing was written"
        raise StateError(f"The training state {path} could not be written ({_reason(error)}); {kept}.") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).splitlines()[0]


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """What `save_atomically` wrote (tensors and plain values only: no code is run). StateError for any other file."""
    place = "cpu" if device.type == "cpu" else device  # torch.load knows no cpu:1, as a second process's is called
    try:
        state = torch.load(path, map_location=place, weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise StateError(f"{path} cannot be read as a training state: it is damaged, or something else.") from error
    if not isinstance(state, dict) or "network" not in state or "ema" not in state:
        raise StateError(f"{path} is not a training state of this project.")
    return state


def check_disk_space(folder: Path, needed: int) -> None:
    """StateError where the disk of ``folder`` has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StateError(
            f"The disk of {folder} has {free / 1e6:.0f} MB free, and this run's states need {needed / 1e6:.0f} MB: "
            "make room, or give --runs another disk."
        )


def load_matching(network: nn.Module, state: dict[str, Tensor]) -> int:
    """Copy the tensors whose name and shape fit; returns how many."""
    own = network.state_dict()
    fitting = {n: t for n, t in state.items() if n in own and own[n].shape == t.shape}
    network.load_state_dict(own | fitting)
    return len(fitting)
