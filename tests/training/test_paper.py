"""The paper's experiment on a made-up ISIC 2019: what is missing is said before anything is cached, and it reaches the
end."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.training.data.trees import isic_2019
from tests.training.helpers import picture
from training.command import main as train
from training.evaluation.results import read
from training.evaluation.sharpening import plain_rows
from training.paper import main

ROOT = Path(__file__).parents[2]
VGG16, ALEXNET = "runs/backbones/vgg16_features.safetensors", "runs/backbones/alexnet_features.safetensors"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vgg16: Path, alexnet: Path) -> Path:
    """A working folder with a data set and backbones where README puts them."""
    monkeypatch.chdir(tmp_path)
    folder = isic_2019(Path("data/ISIC_2019"), {f"ISIC_{number:07}": f"IL_{number // 2}" for number in range(20)})
    for number, path in enumerate(sorted(folder.rglob("*.jpg"))):
        cv2.imwrite(str(path), picture(260, 280, number))
    Path("runs/backbones").mkdir(parents=True)
    Path(VGG16).symlink_to(vgg16)
    Path(ALEXNET).symlink_to(alexnet)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What stands on standard error, the same with --dry-run; nothing is cached."""
    said = []
    for arguments in ([*more, "--dry-run"], list(more)):
        assert main(["data/ISIC_2019", "--device", "cpu", *arguments]) == 2
        said.append(capsys.readouterr().err)
        assert said[-1].count("\n") == 1
        assert not Path("runs/cache").exists()
    assert said[0] == said[1]
    return said[0]


def test_the_plan_of_all_four(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data/ISIC_2019", "--dry-run", "--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    for row in ("srcnn", "srgan", "esrt", "cf-esrt"):
        assert f"{row}-paper: " in printed
    split = json.loads(Path("data/isic2019.json").read_text())
    assert split["counts"]["held_out"]["photographs"] == 4
    assert not Path("runs/cache").exists()


@pytest.mark.parametrize("missing", [VGG16, ALEXNET])
def test_a_missing_backbone(tree: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    Path(missing).unlink()
    said = refused(capsys)
    assert missing in said
    assert "get_backbones.py" in said


def test_a_missing_data_set(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/ISIC_2019").rename("data/elsewhere")
    assert "data/ISIC_2019 is not there" in refused(capsys)


def test_a_missing_table(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/ISIC_2019/ISIC_2019_Training_Metadata.csv").unlink()
    assert "ISIC_2019_Training_Metadata.csv cannot be read" in refused(capsys)


@pytest.mark.parametrize("side", ["train", "held_out"])
def test_a_missing_photograph(tree: Path, capsys: pytest.CaptureFixture[str], side: str) -> None:
    assert main(["data/ISIC_2019", "--dry-run", "--device", "cpu"]) == 0
    capsys.readouterr()
    entries = json.loads(Path("data/isic2019.json").read_text())["files"]
    path = next(entry["path"] for entry in entries if entry["side"] == side)
    Path("data/ISIC_2019", path).unlink()
    assert f"{path} of the split data/isic2019.json is missing" in refused(capsys)


def test_photographs_that_are_too_small(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sorted(Path("data/ISIC_2019").rglob("*.jpg"))[3]
    cv2.imwrite(str(path), picture(200, 300))
    said = refused(capsys)
    assert "cuts squares of up to 256 pixels, and 1 training images are smaller" in said
    assert path.name in said


def test_a_split_of_another_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    isic_2019(Path("data/other"), {"ISIC_1": "IL_1", "ISIC_2": "IL_2"})
    assert main(["data/other", "--dry-run", "--device", "cpu"]) == 2  # too small, but the split is there
    capsys.readouterr()
    assert "not of data/ISIC_2019: give --split another name" in refused(capsys)


def test_a_wrong_setting(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Unknown setting lerning_rate" in refused(capsys, "--set", "lerning_rate=1")


@pytest.mark.parametrize("dry", [True, False])
def test_a_single_recipe_refuses_before_it_caches(tree: Path, capsys: pytest.CaptureFixture[str], dry: bool) -> None:
    assert main(["data/ISIC_2019", "--dry-run", "--device", "cpu"]) == 0
    capsys.readouterr()
    arguments = [str(ROOT / "training/recipes/paper/esrt.yaml"), "--device", "cpu", *(["--dry-run"] if dry else [])]
    for change, words in (
        ("data.validate=nowhere", "nowhere is not there"),
        ("data.validate=data/none.json#held_out", "data/none.json cannot be read"),
        ("backbones=none", "none/alexnet_features.safetensors is not there"),
    ):
        assert train([*arguments, "--set", change]) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
        assert not Path("runs/cache").exists()


@pytest.mark.slow
def test_readmes_commands_reach_the_end(tree: Path) -> None:
    """From README's own text, with --rehearse."""
    readme = (ROOT / "training/README.md").read_text()
    (command,) = [
        line.split("  #")[0].strip() for line in readme.splitlines() if line.startswith("python -m training.paper data")
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def call(words: list[str]) -> str:
        assert words[0] == "python"
        done = subprocess.run(
            [sys.executable, *words[1:]], env=environment, capture_output=True, text=True, timeout=3600
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    printed = call([*shlex.split(command), "--rehearse", "--device", "cpu"])
    (table,) = [line.removeprefix("Table 1: ") for line in printed.splitlines() if line.startswith("Table 1: ")]
    documented = readme.split("python -m training.evaluation.evaluate --models bicubic srcnn=")[1].split("```")[0]
    assert shlex.split(table.replace("runs/paper-rehearsal/", "runs/paper/"))[5:] == shlex.split(
        "srcnn=" + documented.replace("\\\n", " ")
    )
    printed = call(shlex.split(table))
    rows = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("| ")]
    assert rows[1:6] == ["bicubic", "srcnn", "srgan", "esrt", "cf-esrt"]
    (scores,) = read(Path("runs/paper-rehearsal/table1.json")).sets
    assert len(scores.files) == 4
    assert plain_rows(scores.scores) == ["bicubic", "srcnn", "srgan", "esrt", "cf-esrt"]
