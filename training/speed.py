"""Where the time of a recipe's steps goes: images/s of the loader alone, of the whole step and of a discriminator's
step in it, phase by phase.

    python -m training.speed training/recipes/cf-esrt.yaml [--steps 10] [--profile] [--set phases.0.batch=4 …]

Nothing is trained on or written but the cache of decoded photographs. ``--profile`` adds torch's own table of the
costliest operations.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from training.arguments import add_recipe, read_recipe
from training.config import ConfigError
from training.hardware import hardware, make_accelerator
from training.state import StateError
from training.train import Run


def images_per_second(work: Callable[[], object], batch: int, steps: int, device: torch.device) -> float:
    """Crops a second over ``steps`` calls, after one that is not timed."""
    work()
    _synchronize(device)
    began = time.perf_counter()
    for _ in range(steps):
        work()
    _synchronize(device)
    return steps * batch / (time.perf_counter() - began)


def _synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measure(run: Run, steps: int, profiled: bool) -> list[str]:
    """One line of Markdown a phase; under it, where asked for, the profile of its steps."""
    heads = ["phase", "crops a step", "loader, images/s", "whole step, images/s", "loader / step"]
    lines = [f"| {' | '.join([*heads, 'discriminator alone, images/s', 'peak GPU memory'])} |", "|---" * 7 + "|"]
    tables = []
    while not run.finished:
        batch = run.phase.batch
        loader = images_per_second(run.draw, batch, steps, run.device)
        whole = images_per_second(run.train_step, batch, steps, run.device)
        judge = _discriminator(run, steps)
        peak = f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if run.device.type == "cuda" else "–"
        lines.append(
            f"| {run.phase.name} | {batch} | {loader:.1f} | {whole:.1f} | ×{loader / whole:.1f} | {judge} | {peak} |"
        )
        if profiled:
            tables.append(_profile(run))
        run.next_phase()
    return lines + tables


def _discriminator(run: Run, steps: int) -> str:
    """How fast the discriminator's own step is, where the phase has one."""
    adversary = run.adversary
    if adversary is None:
        return "–"
    truth = run.draw().truth
    size = run.phase.micro_batch or len(truth)
    parts = [(part, part, len(part) / len(truth)) for part in truth.split(size)]
    return f"{images_per_second(lambda: adversary.step(parts, 0.0), run.phase.batch, steps, run.device):.1f}"


def _profile(run: Run) -> str:
    on_gpu = run.device.type == "cuda"
    with profile(activities=[ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]) as recorded:
        run.train_step()
    order = "self_cuda_time_total" if on_gpu else "self_cpu_time_total"
    return f"\n{run.phase.name}\n" + recorded.key_averages().table(sort_by=order, row_limit=15)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.speed", description="Time the loader and the step.")
    add_recipe(parser)
    parser.add_argument("--steps", type=int, default=10, help="timed steps a phase")
    parser.add_argument("--profile", action="store_true", help="print the costliest operations of a step")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        config = read_recipe(options)
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, validate=None))
        with tempfile.TemporaryDirectory() as folder:
            run = Run(config, Path(folder), make_accelerator(options.device, config.precision))
            print(f"{config.name} on {hardware(run.accelerator)}, {run.accelerator.mixed_precision} autocast\n")
            print("\n".join(measure(run, options.steps, options.profile)))
    except (ConfigError, StateError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
