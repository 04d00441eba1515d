"""Grain is noise of the brightness alone, and a method that is grain gains nothing over grain of equal LPIPS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import training.analyses.noise_control as command
import training.evaluation.noise as noise
from tests.training.helpers import tiny_checkpoint, write_photographs
from training.analyses.noise_control import main
from training.evaluation.methods import load_rows, load_truth, pictures
from training.evaluation.noise import add_noise
from training.evaluation.protocols import PROTOCOLS


class Grain(torch.nn.Module):
    """In the place of LPIPS: ten times the difference in how much neighbouring pixels differ. Like it, and unlike LPIPS
    on random weights, it takes a smooth picture for worse than one with the photograph's grain."""

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(()))

    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        return 10 * (result.diff().std() - truth.diff().std()).abs()[None]


@pytest.fixture
def scored(
    tmp_path: Path, alexnet: Path, vgg16: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """The command on two photographs, with a method that is bicubic's picture under noise of σ 3."""
    monkeypatch.setattr(command, "LPIPS", Grain)
    folder = write_photographs(tmp_path / "photos", [(132, 128), (128, 140)])[0].parent
    (tmp_path / "ready").mkdir()
    for number, path in enumerate(sorted(folder.iterdir())):
        truth = load_truth(path, PROTOCOLS["full"])
        assert truth is not None
        smooth = dict(pictures(load_rows(["bicubic"], "cpu"), truth.low))["bicubic"]
        Image.fromarray(add_noise(smooth, 3.0, number)).save(tmp_path / "ready" / f"{path.stem}.png")
    tiny = tiny_checkpoint(tmp_path / "tiny.safetensors")
    monkeypatch.setattr(noise, "LARGEST", 4.0)
    arguments = ["--data", str(folder), "--protocol", "full", "--smooth", "bicubic", "--device", "cpu"]
    arguments += ["--models", f"noisy={tmp_path / 'ready'}", f"mine={tiny}", "--levels", "1"]
    arguments += ["--lpips-weights", str(alexnet)]
    assert main([*arguments, "--vgg-weights", str(vgg16), "--out", str(tmp_path / "out")]) == 0
    return capsys.readouterr().out, json.loads((tmp_path / "out.json").read_text()), tmp_path


def test_a_method_that_is_noise_is_found_out(scored: Any) -> None:
    """The σ of its noise comes out, and no advantage in anything; every row has every score."""
    printed, document, folder = scored
    assert (folder / "out.md").read_text() == printed
    (one,) = document["results"]["sets"]
    noisy, mine = document["controls"]
    assert (noisy["method"], noisy["equal"], mine["method"]) == ("noisy", True, "mine")
    assert noisy["level"] == pytest.approx(3, abs=0.1)
    assert set(one["scores"]) == {"bicubic", "noisy", "mine", "bicubic + noise of σ 1", noisy["noise"], mine["noise"]}
    for label, row in one["scores"].items():
        assert {len(row[name]) for name in ("psnr", "lpips", "dists")} == {2}
        assert np.mean(row["frechet_vgg16"]) >= 0, label
    assert noisy["psnr"]["value"] == pytest.approx(0, abs=0.3)
    assert noisy["psnr"]["low"] <= noisy["psnr"]["value"] <= noisy["psnr"]["high"]
    assert noisy["lpips"]["value"] == pytest.approx(1, abs=2e-3)
    assert noisy["dists"]["value"] == pytest.approx(1, abs=0.05)
    assert noisy["frechet_vgg16"]["value"] == pytest.approx(1, abs=0.2)
    difference = np.subtract(one["scores"]["noisy"]["psnr"], one["scores"][noisy["noise"]]["psnr"]).mean()
    assert noisy["psnr"]["value"] == pytest.approx(difference)
    assert f"| noisy | {noisy['noise']} | " in printed


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
