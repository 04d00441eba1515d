"""What a run started from: the runs whose states its configuration takes over, and theirs before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from training.config import Config, Take, read
from training.state import load


@dataclass(frozen=True)
class Leg:
    """One earlier run of which tensors were taken over."""

    run: str
    state: str
    """Name of the state that was taken: a phase, or ``last``."""
    part: str
    """Beginning of the names of what was taken; empty for all of it."""
    config: str
    """File name of its configuration; empty where none of its name lies beside the later run's."""
    samples: int | None
    """Crops that it saw itself; None where the state is not there any more."""
    hours: float | None


def legs(config: Config, configs: Path) -> list[Leg]:
    """All of them, in the order they have to be run; ``configs`` is the folder of configurations.

    StateError where a state that is there cannot be read, ConfigError where a configuration cannot.
    """
    found: dict[tuple[str, str, str], Leg] = {}
    for take in config.take:
        file = configs / f"{take.path.parent.name}.yaml"
        if take.path.suffix == ".pt" and file.is_file():
            for leg in legs(read(file), configs):
                found.setdefault((leg.run, leg.state, leg.part), leg)
        leg = _leg(take, file)
        found.setdefault((leg.run, leg.state, leg.part), leg)
    return list(found.values())


def _leg(take: Take, file: Path) -> Leg:
    samples = hours = None
    if take.path.suffix == ".pt" and take.path.is_file():
        where = load(take.path, torch.device("cpu"))["where"]
        samples, hours = where["samples"], round(where["seconds"] / 3600, 2)
    return Leg(take.path.parent.name, take.path.stem, take.only, file.name if file.is_file() else "", samples, hours)
