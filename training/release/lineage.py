"""Where weights come from: the recipe, the files it starts from, and the runs before those.

A released model has the recipe ``training/recipes/NAME.yaml``. What it starts from is a frozen file, whose name ends
with the first digits of its SHA-256 (`assets/checkpoints/starts`), or the end of a phase of another recipe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cf_esrt.checkpoints import CheckpointError, CheckpointInfo, read_info
from training.config import Config, ConfigError
from training.config_file import read
from training.networks import check_weights, is_frozen
from training.state import load

ROOT = Path(__file__).parents[2]
RECIPES = Path("training/recipes")


@dataclass(frozen=True)
class Lineage:
    """What makes a model's weights."""

    recipe: Path
    """Relative to the repository."""
    config: Config
    starts: tuple[Path, ...]
    """Frozen files."""
    before: tuple[Lineage, ...]
    """Recipes to be run first."""

    @property
    def state(self) -> str:
        """The end of the last phase."""
        return f"runs/{self.config.name}/{self.config.phases[-1].name}.pt"

    def commands(self, target: str) -> list[str]:
        """From the first training to the inference file."""
        recipes = [line for one in self.before for line in one.commands("")[:-1]]
        train = f"python -m training.train {self.recipe.as_posix()}"
        export = f"python -m training.release.export {self.recipe.as_posix()} {self.state} {target}"
        return [*dict.fromkeys(recipes), train, export]


def lineage(model: str) -> Lineage | None:
    """Of a released model; None where there is no recipe of that name. ConfigError in one sentence where what it starts
    from is neither a frozen file nor the end of a phase of another recipe."""
    recipe = RECIPES / f"{model}.yaml"
    if not (ROOT / recipe).is_file():
        return None
    config = read(ROOT / recipe)
    starts, before = [], []
    for path in config.init_from:
        if path.suffix == ".pt":
            before.append(_made_by(path, recipe))
        elif is_frozen(path):
            check_weights([ROOT / path])
            starts.append(path)
        else:
            raise ConfigError(f"{recipe} starts from {path}, which the next release may overwrite: freeze a copy.")
    return Lineage(recipe, config, tuple(starts), tuple(before))


def _made_by(state: Path, recipe: Path) -> Lineage:
    earlier = lineage(state.parent.name)
    if earlier is None or state.stem not in [phase.name for phase in earlier.config.phases]:
        raise ConfigError(f"{recipe} starts from {state}, and no recipe makes it.")
    return earlier


def made(found: Lineage, info: CheckpointInfo) -> bool:
    """Whether the weights' record is of this recipe: the same phases but for their names."""
    recorded = info.history.get("phases", [])
    last = found.config.phases[-len(recorded) :] if recorded else ()
    return [_shape(vars(phase)) for phase in last] == [_shape(phase) for phase in recorded] != []


def _shape(phase: dict) -> tuple:
    return phase["steps"], phase["batch"], phase["crop"], phase["part"], phase.get("optimizer", "adam")


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

    A checkpoint of this project tells its own.

    StateError where a state that is there cannot be read, ConfigError where a recipe cannot.
    """
    found: dict[tuple[str, str, str, int | None], EarlierRun] = {}  # a name's later run is another run
    for path in recipe.init_from:
        file = recipe_file(path.parent.name, folder)
        before = earlier_runs(read(file), folder) if path.suffix == ".pt" and file is not None else []
        for one in _history_of_checkpoint(path) or [*before, _earlier_run(path, file)]:
            found.setdefault((one.run, one.state, one.part, one.samples), one)
    return list(found.values())


def recipe_file(run: str, folder: Path) -> Path | None:
    """The recipe of a run; None where the folder holds none."""
    file = folder / f"{run}.yaml"
    return file if file.is_file() else None


PARTS = {"all": "", "coarse": "coarse.", "refinement": "refine."}
"""What phases call a network's parts, and how the names of their tensors begin."""


def _history_of_checkpoint(path: Path) -> list[EarlierRun]:
    """The runs that a checkpoint names as its history, its own last; none for other files, and for checkpoints that
    tell no history. Their recipes have ended with them."""
    try:
        history = read_info(path).history
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
    before = (EarlierRun(**run) for run in history.get("legs", []))
    return [replace(one, config="") for one in (*before, own)]


def _earlier_run(path: Path, file: Path | None) -> EarlierRun:
    samples = hours = None
    if path.suffix == ".pt" and path.is_file():
        where = load(path, torch.device("cpu"))["where"]
        samples, hours = where["samples"], round(where["seconds"] / 3600, 2)
    return EarlierRun(path.parent.name, path.stem, "", "" if file is None else file.name, samples, hours)
