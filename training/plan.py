"""A recipe's plan: its phases as a table, with estimated hours on this machine."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.config import Config, ConfigError, Losses, Phase
from training.hardware import hardware, make_accelerator
from training.losses.table import weights_of
from training.metrics import FeaturesMissing
from training.preflight import check
from training.speed import images_per_second
from training.train import Run

TIMED_STEPS = 2
CPU_CROPS = 8
"""Most crops of a timed step on a CPU, where time is proportional to their number."""


@dataclass(frozen=True)
class Estimate:
    """How long each phase would take."""

    hours: tuple[float, ...]
    hardware: str


def estimate(config: Config, device: str) -> Estimate:
    """Time a few steps of each kind of phase on a separate network; validation is not counted.

    ConfigError, FileNotFoundError or FeaturesMissing where data, also validation's, or feature networks are missing.
    """
    kinds = {kind: None for phase in config.phases for kind in _kinds(phase, device)}
    trial = dataclasses.replace(config, phases=tuple(kinds), init_from=())
    speeds: dict[Phase, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        run = Run(trial, Path(folder), make_accelerator(device, config.precision))
        for kind in kinds:
            speeds[kind] = images_per_second(run.train_step, kind.batch, TIMED_STEPS, run.device)
            run.next_phase()
        run.accelerator.free_memory()
    hours = []
    for phase in config.phases:
        fresh, cached = (speeds[kind] for kind in _kinds(phase, device))
        crops = phase.steps * phase.batch
        computed = min(crops, phase.cached_crops) if phase.cached_crops else crops
        hours.append((computed / fresh + (crops - computed) / cached) / 3600)
    return Estimate(tuple(hours), hardware(run.accelerator))


def _kinds(phase: Phase, device: str) -> tuple[Phase, Phase]:
    """Trial phases as costly as this one, equal for equal kinds: with fresh crops, and with cached ones."""
    batch = min(phase.batch, CPU_CROPS) if device == "cpu" else phase.batch
    losses = Losses(**{name: float(weight > 0) for name, weight in vars(phase.losses).items()})
    fresh = Phase(
        "trial",
        steps=1,
        part=phase.part,
        whole=phase.whole,
        crop=phase.crop,
        zoom=phase.zoom,
        batch=batch,
        micro_batch=phase.micro_batch,
        perceptual_crops=phase.perceptual_crops,
        opening=phase.opening,
        optimizer=phase.optimizer,
        learning_rate=1e-6,
        schedule="constant",
        losses=losses,
    )
    if phase.cached_crops:  # a teacher's pictures are cached ones
        own = dataclasses.replace(losses, teacher=0.0)
        return dataclasses.replace(fresh, losses=own), dataclasses.replace(fresh, cached_crops=1)
    return fresh, fresh


def plan(config: Config, times: Estimate | None = None) -> str:
    """The phases as a Markdown table, under a line with their totals."""
    crops = [phase.steps * phase.batch for phase in config.phases]
    total = f"{sum(phase.steps for phase in config.phases):,} steps, {sum(crops):,} crops"
    if times is None:
        length = ""
    else:
        length = f", about {sum(times.hours):.1f} hours ({times.hardware}; {TIMED_STEPS} steps of each kind timed)"
    lines = [f"{config.name}: {len(config.phases)} phases, {total}{length}"]
    heads = ["phase", "trained", "steps", "crops", "crop (pixels)", "optimiser", "loss"]
    lines += _row([*heads, *([] if times is None else ["hours"])]), "|---" * (7 + (times is not None)) + "|"
    for number, phase in enumerate(config.phases):
        cells = [
            phase.name,
            phase.part,
            f"{phase.steps:,}",
            f"{crops[number]:,}",
            str(phase.crop),
            f"{phase.optimizer}, {phase.learning_rate:g}",
            loss_in_words(phase, config.network.name == "cf-esrt"),
        ]
        lines.append(_row([*cells, *([] if times is None else [f"{times.hours[number]:.2f}"])]))
    return "\n".join(lines)


def loss_in_words(phase: Phase, two_stages: bool) -> str:
    """``refined: l1 + 0.02 perceptual + gradient``: what the phase minimises, stage by stage."""
    pictures = {"coarse": ["coarse"], "refinement": ["refined"]}.get(phase.part, ["coarse", "refined"])
    stages = []
    for picture in pictures if two_stages else ["image"]:
        weights = weights_of(picture, phase.losses)
        terms = " + ".join(name if weight == 1 else f"{weight:g} {name}" for name, weight in weights.items())
        stages.append(f"{picture}: {terms}" if two_stages else terms)
    return "; ".join(stages)


def dry_run(config: Config, device: str) -> None:
    """Print the plan with estimated hours; where a file is missing, print it without hours and raise."""
    try:
        check(config)
        times = estimate(config, device)
    except (ConfigError, FileNotFoundError, FeaturesMissing):
        print(plan(config))
        raise
    print(plan(config, times))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
