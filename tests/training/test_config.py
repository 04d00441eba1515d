"""Settings are typed, and a wrong one is named before any time is spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import ConfigError, read

CONFIGS = sorted((Path(__file__).parents[2] / "training" / "configs").glob("*.yaml"))
GOOD = "name: x\nphases: [{name: one, steps: 2, crop: 32}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_committed_configuration_reads(path: Path) -> None:
    assert read(path).name == path.stem


def test_defaults_are_the_papers(tmp_path: Path) -> None:
    phase = read(written(tmp_path, GOOD)).phases[0]
    assert (phase.learning_rate, phase.schedule, phase.halve_every, phase.whole) == (2e-4, "halving", 20, 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nphases: []", "no phases"),
        ("name: x", "phases is missing"),
        (GOOD + "sped: 1", "Unknown setting sped"),
        ("name: x\nphases: [{name: a, steps: 1, croop: 4}]", r"Unknown setting phases\[0\].croop"),
        ("name: x\nphases: [{name: a, steps: 1, crop: 30}]", "multiple of 4"),
        ("name: x\nphases: [{name: a, steps: many}]", r"phases\[0\].steps is 'many': it must be of type int"),
        (GOOD + "network: {name: edsr}", "esrt, cf-esrt"),
        (GOOD + "network: 3", "must be a mapping"),
        (GOOD + "data: {train: here}", "must be a list"),
        ("- a\n- b", "must be a mapping"),
        ("a: [", "not YAML"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read"):
        read(tmp_path / "none.yaml")


def test_changes_replace_settings(tmp_path: Path) -> None:
    changes = ["name=y", "phases.0.losses.refined_perceptual=0.04", "network.skips=false", "phases.0.zoom=[0.5, 1]"]
    config = read(written(tmp_path, GOOD), changes)
    phase = config.phases[0]
    assert (config.name, config.network.skips, phase.steps) == ("y", False, 2)
    assert (phase.losses.refined_perceptual, phase.zoom) == (0.04, (0.5, 1.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", "'seed' cannot be made"),
        ("phases.1.steps=3", r"'phases\.1\.steps=3' cannot be made"),
        ("phases.one.steps=3", "cannot be made"),
        ("name.x=3", "cannot be made"),
        ("seed=[", "cannot be made"),
        ("phases.0.sped=3", r"Unknown setting phases\[0\]\.sped"),
        ("seed=many", "seed is 'many': it must be of type int"),
    ],
)
def test_changes_that_cannot_be_made_are_named(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(written(tmp_path, GOOD), [change])
