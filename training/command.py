"""The command line of `training.train`: opens a recipe's run, new or resumed, and trains it."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path

import torch

from cf_esrt import terminal
from cf_esrt.engine.allocator import keep_freed_memory
from training.arguments import add_recipe, read_recipe
from training.budget import Budget
from training.config import Config, ConfigError
from training.config_file import write
from training.hardware import make_accelerator
from training.metrics import FeaturesMissing
from training.plan import Estimate, dry_run, estimate, plan
from training.preflight import check
from training.processes import end_together
from training.state import StateError
from training.train import Run, train

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0, or 2 after a sentence that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description="Train ESRT, CF-ESRT or a baseline.")
    add_recipe(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the plan with estimated hours, and train nothing")
    parser.add_argument("--fresh", action="store_true", help="start over instead of resuming")
    parser.add_argument("--steps", type=int, help="stop after this many further steps (resumable)")
    parser.add_argument("--minutes", type=float, help="fit the steps of the one phase to so many minutes")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    keep_freed_memory()
    try:
        config = read_recipe(options)
        if options.device == "cuda" and not torch.cuda.is_available():
            raise ConfigError("There is no CUDA device here: give --device cpu.")
        if options.minutes is not None and (options.minutes <= 0 or len(config.phases) != 1):
            raise ConfigError("--minutes are more than 0 and for one phase: name it with --phases.")
        if options.dry_run:
            dry_run(config, options.device)
            return 0
        run = open_run(config, options)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: setattr(run, "stop_signalled", True))
        train(run, steps=options.steps, budget=None if options.minutes is None else Budget(options.minutes))
        end_together(run.accelerator)
    except (ConfigError, StateError, FeaturesMissing, FileNotFoundError, FloatingPointError) as error:
        terminal.complain(str(error))
        return 2
    return 0


def open_run(config: Config, options: argparse.Namespace) -> Run:
    """The run of that name, resumed if it exists; logs its plan. ConfigError, StateError in one sentence."""
    folder = options.runs / config.name
    last = folder / "last.pt"
    resumed = last.exists() and not options.fresh
    accelerator = make_accelerator(options.device, config.precision)
    alone = accelerator.num_processes == 1
    if options.minutes is not None and not alone:
        raise ConfigError("--minutes is for one process: others would fit other steps. Give the phase its steps.")
    check(config, accelerator.num_processes)
    times: Estimate | None = None
    if not resumed and options.steps is None and options.minutes is None and alone:
        times = estimate(config, options.device)
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(config, folder, accelerator)
    if accelerator.is_main_process:
        write(config, folder / "recipe.yaml")
        log.info(plan(config, times))
    if resumed:
        run.resume(last)
        log.info("resumed at phase %d, step %d", run.phase_index + 1, run.step)
    return run
