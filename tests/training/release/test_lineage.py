"""Released weights can be made again: from frozen files, by recipes that are there and that train."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from cf_esrt import checkpoints, models
from cf_esrt.checkpoints import read_info
from tests.training.helpers import new_run, write_photographs
from training.config import Config, ConfigError
from training.config_file import read, write
from training.networks import check_weights
from training.release import lineage as lineages
from training.release.lineage import RECIPES, ROOT, earlier_runs, lineage, made
from training.train import train

RELEASED = sorted(path.stem for path in models.CHECKPOINTS.glob("*.safetensors"))


@pytest.mark.parametrize("name", RELEASED)
def test_every_card_leads_to_files_and_recipes_that_exist(name: str) -> None:
    found = lineage(name)  # checks the frozen files' hashes
    assert found is not None
    card = (models.CHECKPOINTS / f"{name}.md").read_text("utf-8")
    assert found.recipe.as_posix() in card
    for start in found.starts:
        assert (ROOT / start).is_file()
    assert made(found, read_info(models.CHECKPOINTS / f"{name}.safetensors"))
    assert all(command in card for command in found.commands(f"assets/checkpoints/{name}.safetensors"))
    assert all(start.name in card for start in found.starts)


def test_a_recipe_is_told_from_others(tmp_path: Path) -> None:
    found = lineage("esrt")
    assert found is not None
    assert lineage("bicubic") is None
    info = read_info(models.CHECKPOINTS / "esrt.safetensors")
    assert made(found, info)
    assert not made(found, read_info(models.CHECKPOINTS / "esrt-camera.safetensors"))
    assert not made(found, dataclasses.replace(info, history={}))


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("assets/checkpoints/esrt.safetensors", "the next release may overwrite: freeze a copy"),
        ("runs/esrt/nowhere.pt", "no recipe makes it"),
        ("runs/nothing/fine-tune.pt", "no recipe makes it"),
        ("assets/checkpoints/starts/gone-0123456789ab.safetensors", "are not there"),
    ],
)
def test_a_start_that_nobody_can_make_again_is_named(monkeypatch: pytest.MonkeyPatch, start: str, message: str) -> None:
    monkeypatch.setattr(lineages, "read", lambda path: _starting(path, start) if path.stem == "live" else read(path))
    with pytest.raises(ConfigError, match=message):
        lineage("live")


def _starting(path: Path, start: str) -> Config:
    return dataclasses.replace(read(path), init_from=(Path(start),))


def test_a_recipe_that_starts_from_another_ones_end_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    start = "runs/live/pretrain.pt"
    monkeypatch.setattr(lineages, "read", lambda path: _starting(path, start) if path.stem == "srcnn" else read(path))
    found = lineage("srcnn")
    assert found is not None
    assert [line.split()[3] for line in found.commands("x.safetensors")] == [
        "training/recipes/live.yaml",
        "training/recipes/srcnn.yaml",
        "training/recipes/srcnn.yaml",
    ]


def test_a_later_run_of_the_same_name_is_told_apart(tmp_path: Path) -> None:
    before = {"run": "srcnn", "state": "one", "part": "", "config": "", "samples": 10, "hours": 0.1}
    history = {
        "run": "srcnn",
        "phase": "one",
        "phases": [{"part": "all"}],
        "samples": 20,
        "hours": 0.2,
        "legs": [before],
    }
    released = models.find("srcnn").checkpoint
    assert released is not None
    state, info = checkpoints.read(released)
    checkpoints.write(tmp_path / "again.safetensors", state, dataclasses.replace(info, history=history))
    recipe = _starting(ROOT / RECIPES / "srcnn.yaml", str(tmp_path / "again.safetensors"))
    assert [run.samples for run in earlier_runs(recipe, tmp_path)] == [10, 20]


def test_a_frozen_file_that_changed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "esrt-0123456789ab.safetensors"
    file.write_bytes(b"other weights")
    with pytest.raises(ConfigError, match="not those of its name"):
        check_weights([file])


def test_the_resolved_recipe_is_the_recipe(tmp_path: Path) -> None:
    for path in [*(ROOT / RECIPES).glob("*.yaml"), *(ROOT / RECIPES).glob("paper/*.yaml")]:
        config = read(path)
        write(config, tmp_path / "recipe.yaml")
        assert read(tmp_path / "recipe.yaml") == config


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((ROOT / RECIPES).glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_trains_two_steps(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vgg16: Path
) -> None:
    """Of each phase, from its start, on two made-up photographs; what another recipe makes is its released file."""
    monkeypatch.chdir(ROOT)
    write_photographs(tmp_path / "photos", [(700, 700), (720, 710)])
    changes = [f"data.train=[{tmp_path}/photos]", "data.validate=null", f"data.cache={tmp_path}/cache"]
    changes += [f"backbones={vgg16.parent}"]
    starts = [_released(start) for start in read(path).init_from]
    changes.append(f"init_from=[{', '.join(map(str, starts))}]")
    for phase in read(path).phases:
        small = {"steps": 2, "batch": 2, "cached_crops": min(2, phase.cached_crops)}
        changes += [f"phases.{phase.name}.{name}={value}" for name, value in small.items()]
    run = new_run(read(path, changes), tmp_path / "run")
    before = {name: tensor.clone() for name, tensor in run.network.state_dict().items()}
    train(run)
    assert run.finished
    assert any(not torch.equal(before[name], tensor) for name, tensor in run.network.state_dict().items())


def _released(start: Path) -> Path:
    """A run's last state is no file of a clone: the weights that were released of it."""
    return models.CHECKPOINTS / f"{start.parts[1]}.safetensors" if start.parts[0] == "runs" else start
