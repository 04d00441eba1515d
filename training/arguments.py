"""What several of training's programs ask for and write down in the same words."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cf_esrt.engine import NAMES
from training.config import Config
from training.config_file import read


def add_engine(parser: argparse.ArgumentParser, default: str = "torch") -> None:
    """``--engine``, for what can be made with any of them."""
    parser.add_argument(
        "--engine", choices=NAMES, default=default, help="what runs the networks (default: %(default)s)"
    )


def add_scoring(parser: argparse.ArgumentParser, *, limit: bool = True) -> None:
    """``--lpips-weights``, ``--device`` and, where asked for, ``--limit``."""
    parser.add_argument("--lpips-weights", type=Path, metavar="FILE", help="safetensors of AlexNet; else torchvision's")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    if limit:
        parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """A recipe, and what of it is changed: for `read_recipe`."""
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--phases", nargs="+", default=[], metavar="NAME", help="only these phases, in this order")
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="SETTING=VALUE", help="settings that replace the recipe's"
    )


def read_recipe(options: argparse.Namespace) -> Config:
    """The recipe that the command line names, changed as it says. ConfigError in one sentence."""
    return read(options.recipe, options.set, options.phases)


def recipe_changes(options: argparse.Namespace) -> list[str]:
    """What of the recipe is changed, as arguments to write down."""
    phases = ["--phases", *options.phases] if options.phases else []
    return [*phases, "--set", *options.set] if options.set else phases


def command_line(module: str, arguments: Sequence[str] | None) -> list[str]:
    """The program and its arguments as they were written: ``main``'s own, or the process's where it was given none."""
    return [module, *(sys.argv[1:] if arguments is None else arguments)]


def set_name(source: str | Path) -> str:
    """A folder of photographs, or a split's side, by its last two names: ``isic_cc0/val``."""
    return "/".join(Path(source).resolve().parts[-2:])
