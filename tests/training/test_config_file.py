"""Settings are typed, and a wrong one is named before any time is spent."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from training import config as settings
from training.config import ConfigError
from training.config_file import _SECTIONS, read

FOLDER = Path(__file__).parents[2] / "training" / "recipes"
RECIPES = sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("paper/*.yaml")])
PHASES = ["pretrain", "fine-tune", "perceptual"]
GOOD = "name: x\nphases: [{name: one, steps: 2, crop: 32}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_committed_recipe_reads_and_names_its_run(path: Path) -> None:
    """Lineage finds the recipe of a run by that name; a released model's has phases in the field's words."""
    config, names = read(path), [phase.name for phase in read(path).phases]
    if path.parent == FOLDER:
        assert config.name == path.stem
        assert names == [name for name in PHASES if name in names]
    else:
        assert config.name == f"{path.stem}-paper"


def test_every_kind_of_section_is_known() -> None:
    kinds = {kind for kind in vars(settings).values() if dataclasses.is_dataclass(kind)}
    assert set(_SECTIONS.values()) == kinds - {settings.Config}


def test_defaults_are_the_papers(tmp_path: Path) -> None:
    phase = read(written(tmp_path, GOOD)).phases[0]
    assert (phase.learning_rate, phase.schedule, phase.whole) == (2e-4, "halving", 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nphases: []", "no phases"),
        ("name: x", "phases is missing"),
        (GOOD + "sped: 1", "Unknown setting sped"),
        ("name: x\nphases: [{name: a, steps: 1, croop: 4}]", r"Unknown setting phases\[0\].croop"),
        ("name: x\nphases: [{name: a, steps: 1, crop: 30}]", "multiple of 4"),
        ("name: x\nphases: [{name: a, steps: 1, crop: 60, losses: {lpips: 0.1}}]", "crops of 64 pixels or more"),
        ("name: x\nphases: [{name: a, steps: 1, crop: 80, losses: {border: 1.0}}]", "crops of 84 pixels or more"),
        (
            "name: x\nnetwork: {name: esrt}\nphases: [{name: a, steps: 1, losses: {lattice: 1.0}}]",
            "lattice is about a refinement, and esrt has none",
        ),
        (
            "name: x\nnetwork: {name: live}\nphases: [{name: a, steps: 1, opening: 0.5}]",
            "opening is about a refinement, and live has none",
        ),
        ("name: x\nphases: [{name: a, steps: many}]", r"phases\[0\].steps is 'many': it must be of type int"),
        (GOOD + "network: {name: edsr}", "esrt, cf-esrt"),
        (GOOD + "network: 3", "must be a mapping"),
        (GOOD + "data: {train: here}", "must be a list"),
        (GOOD + "network: {name: edsr}", "'edsr': it must be one of"),
        ("name: x\nphases: [{name: a, steps: 1, losses: {coarsely: 4}}]", r"losses\.coarsely: known are l1, l2, "),
        ("name: x\nphases: [{name: a, steps: 1, zoom: [1, 1, 1]}]", r"phases\[0\].zoom must be a list of 2"),
        ("name: x\nphases: [{name: a, steps: '1'}]", r"phases\[0\].steps is '1': it must be of type int"),
        ("name: x\nphases: [{name: a, steps: 1}, {name: a, steps: 1}]", "two phases of the name a"),
        (GOOD + "seed: true", "seed is True: it must be of type int"),
        ("a: &a [*a]", "not YAML"),
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
    changes = ["name=y", "phases.0.losses.perceptual=0.04", "network.rounded=false", "phases.0.zoom=[0.5, 1]"]
    config = read(written(tmp_path, GOOD), changes)
    phase = config.phases[0]
    assert (config.name, config.network.rounded, phase.steps) == ("y", False, 2)
    assert (phase.losses.perceptual, phase.zoom) == (0.04, (0.5, 1.0))


TWO = """
name: x
phases:
  - &first {name: first, steps: 2, crop: 32, losses: {l1: 2.0}}
  - {<<: *first, name: second}
"""


def test_phases_are_changed_by_name_and_share_nothing(tmp_path: Path) -> None:
    config = read(written(tmp_path, TWO), ["phases.second.steps=9", "phases.second.losses.l1=3.0"])
    assert [(p.name, p.steps, p.losses.l1) for p in config.phases] == [("first", 2, 2.0), ("second", 9, 3.0)]


def test_chosen_phases_are_the_recipe(tmp_path: Path) -> None:
    path = written(tmp_path, TWO)
    assert [p.name for p in read(path, phases=["second", "first"]).phases] == ["second", "first"]
    with pytest.raises(ConfigError, match="no phase of the name third: it has first, second"):
        read(path, phases=["third"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("seed", "'seed' cannot be made"),
        ("phases.1.steps=3", r"'phases\.1\.steps=3' cannot be made"),
        ("phases.two.steps=3", "cannot be made"),
        ("name.x=3", "cannot be made"),
        ("seed=[", "cannot be made"),
        ("phases.0.sped=3", r"Unknown setting phases\[0\]\.sped"),
        ("seed=many", "seed is 'many': it must be of type int"),
    ],
)
def test_changes_that_cannot_be_made_are_named(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(written(tmp_path, GOOD), [change])
