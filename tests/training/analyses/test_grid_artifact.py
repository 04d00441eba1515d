"""The command finds a grid artifact that was put on ready-made pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.helpers import write_photographs
from training.analyses.grid_artifact import main
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS


def test_an_artifact_on_pictures_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write_photographs(tmp_path / "photos", [(256, 256), (260, 256)])
    columns = np.tile([6, -6, 6, -6], 64)[None, :, None]
    for name, added in (("plain", 0), ("artifact", columns)):
        (tmp_path / name).mkdir()
        for file in files:
            truth = load_truth(file, PROTOCOLS["patch256"])
            assert truth is not None
            picture = np.clip(truth.image.astype(int) + added, 0, 255).astype(np.uint8)
            Image.fromarray(picture).save(tmp_path / name / f"{file.stem}.png")
    rows = [f"{name}={tmp_path / name}" for name in ("plain", "artifact")]
    assert main(["--models", *rows, "--smooth", rows[0], "--data", str(files[0].parent)]) == 0
    lines = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    found = {cells[1]: (float(cells[2]), float(cells[3].rstrip(" |"))) for cells in lines}
    assert found["plain"] == (0, 0)
    assert found["artifact"] == pytest.approx((6, 6), abs=0.2)


def test_a_photograph_that_is_too_small_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_photographs(tmp_path / "photos", [(100, 256)])[0].parent
    assert main(["--models", "bicubic", "--smooth", "bicubic", "--data", str(folder)]) == 2
    assert "photo0.png" in capsys.readouterr().err
