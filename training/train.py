"""Train the networks, in one loop that reads top to bottom.

    python -m training.train training/recipes/esrt.yaml                # starts, or resumes where it stopped
    python -m training.train training/recipes/esrt.yaml --dry-run      # its phases, with the hours they take here
    python -m training.train training/recipes/esrt.yaml --fresh        # starts over
    python -m training.train training/recipes/srgan.yaml --phases pretrain --set name=other phases.pretrain.steps=50
    python -m training.train training/recipes/esrt.yaml --minutes 5    # as many steps as fit, its schedule too
    torchrun --nproc-per-node 8 -m training.train training/recipes/paper/cf-esrt.yaml    # the same on eight GPUs
    accelerate launch -m training.train training/recipes/paper/cf-esrt.yaml              # or as accelerate is set up

A run's files are in ``runs/<name>/``: ``recipe.yaml`` (every setting as it was resolved), ``last.pt`` (resumable, also
on another number of processes; written every ``save_every`` steps, at the end of a phase and on SIGTERM or Ctrl-C),
``best.pt`` (least validation LPIPS over a PSNR floor), ``<phase>.pt`` (the end of each phase), TensorBoard
logs and ``log.jsonl`` (one line per validation). ``python -m training.release.export`` makes an inference file from any
state.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
from pathlib import Path

import torch
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from cf_esrt import terminal
from cf_esrt.engine.allocator import keep_freed_memory
from training.arguments import add_recipe, read_recipe
from training.budget import Budget
from training.config import Config, ConfigError
from training.config_file import write
from training.metrics import FeaturesMissing
from training.plan import Estimate, estimate, plan
from training.preflight import check
from training.run import Run, make_accelerator
from training.state import StateError

log = logging.getLogger(__name__)


def train(run: Run, *, steps: int | None = None, budget: Budget | None = None) -> None:
    """Loop until every phase is done, or `steps` more steps, or a stop is requested. Saves the state when it ends.

    A `budget` fits the phase's steps to its time.
    """
    config, left = run.config, steps
    writer = SummaryWriter(str(run.folder / "tensorboard")) if run.accelerator.is_main_process else None
    try:
        while not run.finished and not run.stop_requested and left != 0:
            phase = run.phase
            with tqdm(
                desc=phase.name, total=phase.steps, initial=run.step, unit="step", mininterval=5, disable=writer is None
            ) as bar:
                while run.step < run.phase.steps and not run.stop_requested and left != 0:
                    began = time.perf_counter()
                    terms = run.train_step()
                    run.seconds += time.perf_counter() - began
                    left = None if left is None else left - 1
                    if budget is not None:
                        budget.fit(run)
                        bar.total = run.phase.steps
                    bar.update()
                    if writer is not None and run.step % 10 == 0:
                        speed = phase.batch * (bar.format_dict["rate"] or 0)
                        bar.set_postfix({"images_s": f"{speed:.1f}"} | {k: f"{v:.4g}" for k, v in terms.items()})
                        for name, value in terms.items():
                            writer.add_scalar(name, value, run.samples)
                    due = run.step % (phase.validate_every or config.validate_every) == 0 or run.step == run.phase.steps
                    if writer is not None and run.validation is not None and due:
                        report(run, run.validate(), terms, writer)
                    if run.step % config.save_every == 0:
                        run.save("last.pt")
                    if config.keep_every and run.step % config.keep_every == 0:
                        run.save(f"{phase.name}-{run.step}.pt")
            if run.step >= run.phase.steps:
                run.save(f"{phase.name}.pt")
                run.next_phase()
    finally:
        run.save("last.pt")
        if writer is not None:
            writer.close()


def report(run: Run, scores: dict[str, dict[str, float]], terms: dict[str, float], writer: SummaryWriter) -> None:
    """Write a validation's scores to the log files; keep the weights if they are the best."""
    best = run.update_best(scores)
    if best:
        run.save("best.pt")
    line = {
        "phase": run.phase.name,
        "step": run.step,
        "samples": run.samples,
        "seconds": round(run.seconds),
        "best": best,
        "scores": {n: {m: round(v, 4) for m, v in s.items()} for n, s in scores.items()},
        "terms": {n: round(v, 6) for n, v in terms.items()},
    }
    with (run.folder / "log.jsonl").open("a") as out:
        out.write(json.dumps(line) + "\n")
    for name, score in scores.items():
        for metric, value in score.items():
            writer.add_scalar(f"validation/{name}/{metric}", value, run.samples)
    bicubic = scores["bicubic"]
    summary = "; ".join(
        f"{n}: {s['psnr'] - bicubic['psnr']:+.2f} dB, SSIM {s['ssim'] - bicubic['ssim']:+.4f}, "
        f"LPIPS x{s['lpips'] / bicubic['lpips']:.3f}"
        for n, s in scores.items()
        if n != "bicubic"
    )
    tqdm.write(f"{run.phase.name} {run.step}: {summary}{' (best)' if best else ''}")


def main(arguments: list[str] | None = None) -> int:
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
    except (ConfigError, StateError, FeaturesMissing, FileNotFoundError, FloatingPointError) as error:
        terminal.complain(str(error))
        return 2
    return 0


def dry_run(config: Config, device: str) -> None:
    """Print the plan with estimated hours; where a file is missing, print it without hours and raise."""
    try:
        check(config)
        times = estimate(config, device)
    except (ConfigError, FileNotFoundError, FeaturesMissing):
        print(plan(config))
        raise
    print(plan(config, times))


def open_run(config: Config, options: argparse.Namespace) -> Run:
    """The run of that name, resumed if it exists; logs its plan. ConfigError, StateError in one sentence."""
    folder = options.runs / config.name
    last = folder / "last.pt"
    resumed = last.exists() and not options.fresh
    accelerator = make_accelerator(options.device, config.precision)
    if options.minutes is not None and accelerator.num_processes > 1:
        raise ConfigError("--minutes is for one process: others would fit other steps. Give the phase its steps.")
    times: Estimate | None = None
    check(config, accelerator.num_processes)
    if not resumed and options.steps is None and options.minutes is None and accelerator.num_processes == 1:
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


if __name__ == "__main__":
    sys.exit(main())
