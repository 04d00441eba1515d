"""What a run started from: the runs whose states its recipe takes over, and theirs before them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cf_esrt.checkpoints import CheckpointError, read_info
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

    A checkpoint of this project tells its own, of which those count that may have made what was taken from it.

    StateError where a state that is there cannot be read, ConfigError where a recipe cannot.
    """
    found: dict[tuple[str, str, str], EarlierRun] = {}
    for source in recipe.init_files:
        file = recipe_file(source.path.parent.name, folder)
        before = earlier_runs(read(file), folder) if source.path.suffix == ".pt" and file is not None else []
        for leg in _legs_of_checkpoint(source, folder) or [*before, _earlier_run(source, file)]:
            found.setdefault((leg.run, leg.state, leg.part), leg)
    return list(found.values())


def recipe_file(run: str, folder: Path) -> Path | None:
    """The recipe of a run: ``cpu/esrt.yaml`` of esrt-cpu; None where the folder holds none."""
    for name in (run.removesuffix(f"-{folder.resolve().name}"), run):
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    return None


PARTS = {"all": "", "coarse": "coarse.", "refinement": "refine."}
"""What phases call a network's parts, and how the names of their tensors begin."""


def _legs_of_checkpoint(source: InitFrom, folder: Path) -> list[EarlierRun]:
    """The runs that a checkpoint names as its history, its own last, as far as they may have made what is taken of it;
    none for other files, and for checkpoints that tell no history."""
    try:
        history = read_info(source.path).history
    except CheckpointError:  # a training state, another project's weights, or not there any more
        return []
    if not history:
        return []
    trained = {PARTS[phase["part"]] for phase in history["phases"]}
    own = EarlierRun(
        history["run"],
        history["phase"],
        trained.pop() if len(trained) == 1 else "",
        "",
        history["samples"],
        history["hours"],
    )
    return [
        replace(leg, config=leg.config if (folder / leg.config).is_file() else "")
        for leg in (*(EarlierRun(**leg) for leg in history["legs"]), own)
        if leg.part.startswith(source.prefix) or source.prefix.startswith(leg.part)
    ]


def _earlier_run(source: InitFrom, file: Path | None) -> EarlierRun:
    samples = hours = None
    if source.path.suffix == ".pt" and source.path.is_file():
        where = load(source.path, torch.device("cpu"))["where"]
        samples, hours = where["samples"], round(where["seconds"] / 3600, 2)
    return EarlierRun(
        source.path.parent.name, source.path.stem, source.prefix, "" if file is None else file.name, samples, hours
    )
