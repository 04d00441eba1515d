"""Ranges are the largest activations, the table has its rows, and only what loses little is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cf_esrt import checkpoints
from cf_esrt.checkpoints import CheckpointInfo
from cf_esrt.engine.ranges import read_ranges
from cf_esrt.networks import Live
from tests.training.helpers import write_photographs

pytest.importorskip("openvino")

import training.analyses.int8 as command
from training.analyses.int8 import main, ranges_of

ARGUMENTS = {"channels": 16, "convolutions": 4}


def small_live(path: Path, seed: int) -> CheckpointInfo:
    torch.manual_seed(seed)
    network = Live(**ARGUMENTS)
    nn.init.normal_(network.convolutions[-1].weight, std=0.01)  # type: ignore[arg-type]
    return checkpoints.write(path, network.state_dict(), CheckpointInfo("Live", ARGUMENTS))


def test_the_largest_of_all_pictures_counts() -> None:
    network = Live(channels=3, convolutions=3)
    for convolve, weight in zip(network.convolutions, (2.0, -0.5, 1.0), strict=True):
        nn.init.dirac_(convolve.weight)  # type: ignore[arg-type]
        convolve.weight.data *= weight  # type: ignore[operator]
        nn.init.constant_(convolve.bias, 0.25 if weight < 0 else 0)  # type: ignore[arg-type]
    dark, bright = (np.full((4, 5, 3), level, np.uint8) for level in (51, 204))
    # 0.2 and 0.8 times 2; then 0.25 − half of that, which is above 0 only for the dark one
    assert ranges_of(network, [dark, bright]) == pytest.approx((1.6, 0.05), abs=1e-4)


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(command, "RANGES", tmp_path / "ranges.json")
    monkeypatch.setattr(command, "ROUNDS", 1)
    monkeypatch.setattr(command, "LIMIT_DB", 1.0)  # random weights lose more or less
    write_photographs(tmp_path / "photos", [(260, 256), (256, 256)])
    photos = str(tmp_path / "photos")
    return ["--data", photos, "--calibrate", photos, "--side", "16"]


def test_each_precision_has_its_row_and_the_ranges_are_kept_by_model(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "live.safetensors"
    small_live(file, 0)
    assert main([*given, "--model", str(file)]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows if row[0] != "| bfloat16"] == ["| float32", "| int8"]
    assert "(+0.000)" in rows[0][1]
    assert not (tmp_path / "ranges.json").exists()

    digests = []
    for seed in (0, 1):  # the weights change; another model's entry stays
        digests.append(small_live(file, seed).sha256)
        assert main([*given, "--model", str(file), "--write"]) == 0
        assert list(read_ranges(tmp_path / "ranges.json")) == [digests[-1]]
    other = small_live(tmp_path / "other.safetensors", 2)
    assert main([*given, "--model", str(tmp_path / "other.safetensors"), "--write"]) == 0
    found = read_ranges(tmp_path / "ranges.json")
    assert list(found) == [digests[1], other.sha256]
    assert all(len(largest) == 3 and min(largest) > 0 for largest in found.values())
    entry = json.loads((tmp_path / "ranges.json").read_text())[other.sha256]
    assert (entry["model"], entry["photographs"], entry["protocol"]) == ("other", 2, "whole256")
    assert abs(entry["loss_db"]) < command.LIMIT_DB


def test_what_loses_too_much_is_not_written(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small_live(tmp_path / "live.safetensors", 0)
    monkeypatch.setattr(command, "LIMIT_DB", -1.0)
    assert main([*given, "--model", str(tmp_path / "live.safetensors"), "--write"]) == 1
    assert "not written" in capsys.readouterr().err
    assert not (tmp_path / "ranges.json").exists()


@pytest.mark.parametrize("changed", [["--model", "esrt"], ["--data", "nowhere"], ["--model", "nothing"]])
def test_bad_input_is_one_sentence(changed: list[str], given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*given, *changed]) == 2
    assert capsys.readouterr().err.count("\n") == 1
