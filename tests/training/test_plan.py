"""The plan says what a recipe trains, and how long that takes here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.helpers import write_photographs
from training.command import main
from training.config import Config, Losses, Network, Phase
from training.plan import Estimate, loss_in_words, plan


def test_losses_are_said_in_words() -> None:
    refinement = Phase("a", 1, part="refinement", losses=Losses(perceptual=0.02, gradient=1.0))
    assert loss_in_words(refinement, True) == "refined: l1 + 0.02 perceptual + gradient"
    both = Losses(l1=2.0, coarse_perceptual=0.5)
    assert loss_in_words(Phase("a", 1, losses=both), True) == "coarse: 2 l1 + 0.5 perceptual; refined: 2 l1"
    assert loss_in_words(Phase("a", 1, part="coarse"), True) == "coarse: l1"
    adversarial = Losses(l1=0.0, content=1.0, adversarial=1e-3)
    assert loss_in_words(Phase("a", 1, losses=adversarial), False) == "content + 0.001 adversarial"


def test_the_plan_adds_up() -> None:
    phases = (Phase("one", 1000, batch=8), Phase("two", 20, batch=2, optimizer="muon", learning_rate=1e-3))
    printed = plan(Config("tiny", phases, network=Network("esrt")), Estimate((1.5, 0.25), "CPU, 2 threads"))
    assert printed.startswith("tiny: 2 phases, 1,020 steps, 8,040 crops, about 1.8 hours (CPU, 2 threads;")
    assert "| two | all | 20 | 40 | 256 | muon, 0.001 | l1 | 0.25 |" in printed
    assert "hours" not in plan(Config("tiny", phases))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "photos", [(60, 70), (64, 80)])
    document = {
        "name": "tiny",
        "network": {"width": 8},
        "data": {"train": [str(tmp_path / "photos")], "cache": str(tmp_path / "cache")},
        "phases": [
            {"name": "one", "steps": 36_000, "crop": 32, "batch": 2, "part": "coarse"},
            {
                "name": "two",
                "steps": 36_000,
                "crop": 32,
                "batch": 2,
                "part": "refinement",
                "cached_crops": 4,
            },
        ],
    }
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(document))
    return path


def test_a_dry_run_tells_the_hours_and_leaves_nothing(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(recipe), "--dry-run", "--device", "cpu", "--runs", str(tmp_path / "runs")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny: 2 phases, 72,000 steps, 144,000 crops, about ")
    hours = [float(line.split("|")[-2]) for line in lines[-2:]]
    assert all(value > 0 for value in hours)
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_names_weights_that_are_not_there(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(recipe), "--dry-run", "--device", "cpu", "--set", "init_from=[none.pt]"]) == 2
    printed = capsys.readouterr()
    assert "| two | refinement |" in printed.out
    assert printed.err.count("\n") == 1
    assert "none.pt" in printed.err
