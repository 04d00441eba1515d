"""The paper's experiment on ISIC 2019, from the unpacked data set to the checkpoints of its Table 1, in one command.

    python -m training.paper data/ISIC_2019                  # the split, four trainings in turn, four checkpoints
    python -m training.paper data/ISIC_2019 --dry-run        # the split and the plans; says what is missing
    python -m training.paper data/ISIC_2019 --rehearse       # every step on a few crops, into a folder of its own
    python -m training.paper data/ISIC_2019 --processes 8    # on eight GPUs

The same command goes on where it was stopped. All that the four recipes need is looked for before the first photograph
is decoded. It ends with the command that prints Table 1.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from cf_esrt import terminal
from training.config import Config, ConfigError
from training.config_file import read
from training.data import make_split, read_split, write_split
from training.plan import plan
from training.preflight import check

RECIPES = ("srcnn", "srgan", "esrt", "cf-esrt")
"""Rows of Table 1, below bicubic interpolation."""
FOLDER = Path(__file__).parent / "recipes" / "paper"
REHEARSED_CROPS, REHEARSED_STEPS, REHEARSED_PHOTOGRAPHS = 2, 2, 2
MEASURED_PHOTOGRAPHS = 64
"""On which an export measures the scores of its card; Table 1 is measured on all."""


@dataclass(frozen=True)
class Training:
    """One row of Table 1: its recipe as it is run here."""

    row: str
    recipe: Path
    changes: list[str]
    """Settings that replace the recipe's, as `training.train --set` takes them."""
    config: Config

    @property
    def arguments(self) -> list[str]:
        """Recipe and changes, for the programs that take both."""
        return [str(self.recipe), "--set", *self.changes]

    def state(self, runs: Path) -> Path:
        """What is exported: the end of the last phase."""
        return runs / self.config.name / f"{self.config.phases[-1].name}.pt"


def trainings(split: Path, settings: Sequence[str] = (), *, rehearsal: bool = False) -> list[Training]:
    """The four recipes on a split's sides. ConfigError where a setting cannot be made."""
    found = []
    for row in RECIPES:
        recipe = FOLDER / f"{row}.yaml"
        changes = [f"data.train=[{split.as_posix()}#train]", f"data.validate={split.as_posix()}#held_out", *settings]
        if rehearsal:
            changes += _rehearsed(read(recipe, changes))
        found.append(Training(row, recipe, changes, read(recipe, changes)))
    return found


def _rehearsed(config: Config) -> list[str]:
    changes = [f"name={config.name}-rehearsal"]
    for phase in config.phases:
        small = {"steps": REHEARSED_STEPS, "batch": REHEARSED_CROPS, "micro_batch": 0}
        changes += [f"phases.{phase.name}.{name}={value}" for name, value in small.items()]
    return changes


def prepare_split(folder: Path, split: Path) -> None:
    """Make the split, or check that the one that is there is of this folder and whole. ConfigError in one sentence."""
    if not split.exists():
        split.parent.mkdir(parents=True, exist_ok=True)
        write_split(make_split(folder), split)
    found = read_split(split, verify=())
    if found.folder.resolve() != folder.resolve():
        raise ConfigError(f"The split {split} is of {found.folder}, not of {folder}: give --split another name.")


def table_command(checkpoints: Path, split: Path, config: Config) -> list[str]:
    """The command that prints Table 1 with all its rows."""
    rows = ["bicubic", *(f"{row}={(checkpoints / row).as_posix()}.safetensors" for row in RECIPES)]
    command = ["python", "-m", "training.evaluation.evaluate", "--models", *rows]
    command += ["--data", f"{split.as_posix()}#held_out", "--protocol", "whole256"]
    weights = [("--lpips-weights", config.lpips_weights), ("--vgg-weights", config.vgg16_weights)]
    for option, file in weights:
        command += [] if file is None else [option, file.as_posix()]
    return [*command, "--out", (checkpoints / "table1").as_posix()]


def run(options: argparse.Namespace) -> None:
    """All of it; ConfigError in one sentence where something is missing or a program fails."""
    prepare_split(options.folder, options.split)
    found = trainings(options.split, options.set, rehearsal=options.rehearse)
    for one in found:
        check(one.config, options.processes)
    if options.dry_run:
        for one in found:
            print(plan(one.config), end="\n\n")
        print("Hours: python -m training.train RECIPE --dry-run times each of these recipes here.")
        return
    checkpoints = options.runs / ("paper-rehearsal" if options.rehearse else "paper")
    for one in found:
        _call(_train(options), [*one.arguments, "--device", options.device, "--runs", str(options.runs)])
        target = checkpoints / f"{one.row}.safetensors"
        limit = REHEARSED_PHOTOGRAPHS if options.rehearse else MEASURED_PHOTOGRAPHS
        exported = [str(one.state(options.runs)), str(target), "--limit", str(limit)]
        _call(["training.release.export"], [str(one.recipe), *exported, "--model", one.row, "--set", *one.changes])
    print(f"Table 1: {shlex.join(table_command(checkpoints, options.split, found[0].config))}")


def _train(options: argparse.Namespace) -> list[str]:
    if options.processes == 1:
        return ["training.train"]
    launch = ["torch.distributed.run", "--standalone", f"--nproc-per-node={options.processes}"]
    return [*launch, "-m", "training.train"]


def _call(module: Sequence[str], arguments: Sequence[str]) -> None:
    """Run one of our programs; it has said in a sentence what failed."""
    command = ["-m", *module, *arguments]
    code = subprocess.run([sys.executable, *command], check=False).returncode
    if code:
        raise ConfigError(f"Stopped at python {shlex.join(command)}: give the same command again to go on.")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.paper", description="The paper's experiment, whole.")
    parser.add_argument("folder", type=Path, help="where ISIC 2019 lies, unpacked as published")
    parser.add_argument("--split", type=Path, default=Path("data/isic2019.json"), metavar="FILE",
                        help="who is held out; made where it is missing (default: %(default)s)")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="make the split, print the plans, and train nothing")
    parser.add_argument("--rehearse", action="store_true", help="two steps of two crops a phase, to see that all works")
    parser.add_argument("--set", nargs="+", default=[], metavar="SETTING=VALUE", help="settings for all four recipes")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--processes", type=int, default=max(1, torch.cuda.device_count()), metavar="N",
                        help="that share each step (default: a process a GPU)")  # fmt: skip
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        run(options)
    except (ConfigError, OSError) as error:
        terminal.complain(str(error))
        return 2
    except KeyboardInterrupt:
        terminal.complain("Stopped: give the same command again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
