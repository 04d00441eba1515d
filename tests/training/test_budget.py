"""A phase that is given minutes instead of steps."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest

from tests.training.helpers import new_run
from training.budget import Budget
from training.command import main
from training.config import Config
from training.release.export import phases_done
from training.state import load
from training.train import train


def test_the_steps_are_those_that_fit_and_the_rate_ends_with_them(config: Config, tmp_path: Path) -> None:
    phase = dataclasses.replace(config.phases[0], steps=7, schedule="cosine", learning_rate=1e-3)
    run = new_run(dataclasses.replace(config, phases=(phase,)), tmp_path / "run")
    ticks = itertools.count()
    rates: list[float] = []
    step = run.train_step

    def recorded() -> dict[str, float]:
        terms = step()
        rates.append(terms["rate"])
        return terms

    run.train_step = recorded  # type: ignore[method-assign]
    train(run, budget=Budget(0.4, clock=lambda: 1.5 * next(ticks)))  # each step takes a second and a half
    assert len(rates) == 16  # those of 24 seconds
    assert rates[-1] < 0.02 * rates[0]
    state = load(tmp_path / "run" / "one.pt", run.device)
    assert [(phase.name, steps) for phase, steps in phases_done(config, state["where"])] == [("one", 16)]


def test_a_speed_that_falls_ends_the_phase_in_time(config: Config, tmp_path: Path) -> None:
    run = new_run(dataclasses.replace(config, phases=config.phases[:1]), tmp_path / "run")
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.5 if now < 6 else 2.0
        return now

    train(run, budget=Budget(0.4, clock=clock))
    assert run.samples == 2 * (12 + 9)
    assert now <= 26


@pytest.mark.parametrize("arguments", [["--minutes", "1"], ["--minutes", "-1", "--phases", "pretrain"]])
def test_minutes_are_for_one_phase(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["training/recipes/srgan.yaml", "--device", "cpu", *arguments]) == 2
    assert "--minutes are more than 0 and for one phase" in capsys.readouterr().err
