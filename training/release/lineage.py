"""What a run started from: the runs whose states its recipe takes over, and theirs before them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from training.config import Config, InitFrom
from training.config_file import read
from training.state import load


@dataclass(frozen=True)
class EarlierRun:
    """One earlier run of which tensors were taken over."""

    run: str
    state: str
    """Name of the state that was taken: a phase, or ``last``."""
    part: str
    """Beginning of the names of what was taken; empty for all of it."""
    config: str
    """File name of its recipe; empty where none lies beside the later run's."""
    samples: int | None
    """Crops that it saw itself; None where the state is not there any more."""
    hours: float | None


def earlier_runs(recipe: Config, folder: Path) -> list[EarlierRun]:
    """All of them, in the order they have to be run; ``folder`` holds the recipes.

    StateError where a state that is there cannot be read, ConfigError where a recipe cannot.
    """
    found: dict[tuple[str, str, str], EarlierRun] = {}
    for source in recipe.init_files:
        file = recipe_file(source.path.parent.name, folder)
        if source.path.suffix == ".pt" and file is not None:
            for leg in earlier_runs(read(file), folder):
                found.setdefault((leg.run, leg.state, leg.part), leg)
        leg = _earlier_run(source, file)
        found.setdefault((leg.run, leg.state, leg.part), leg)
    return list(found.values())


def recipe_file(run: str, folder: Path) -> Path | None:
    """The recipe of a run: ``cpu/esrt.yaml`` of esrt-cpu; None where the folder holds none."""
    for name in (run.removesuffix(f"-{folder.resolve().name}"), run):
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    return None


def _earlier_run(source: InitFrom, file: Path | None) -> EarlierRun:
    samples = hours = None
    if source.path.suffix == ".pt" and source.path.is_file():
        where = load(source.path, torch.device("cpu"))["where"]
        samples, hours = where["samples"], round(where["seconds"] / 3600, 2)
    return EarlierRun(
        source.path.parent.name, source.path.stem, source.prefix, "" if file is None else file.name, samples, hours
    )
