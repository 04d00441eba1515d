"""Figures of whether detail is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.metrics.fields import dots, grain, places, skin
from training.analyses.true_detail import curves, draw_marks, main
from training.evaluation.methods import Photographs, load_rows
from training.evaluation.protocols import PROTOCOLS


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "set" / "test"
    folder.mkdir(parents=True)
    for number in range(2):
        drawn = dots(256, places(256, 40, number)) + grain(256, 4, number)
        Image.fromarray(skin(drawn)).save(folder / f"photo{number}.png")
    return folder


def test_bicubics_curve_falls_at_the_end_of_its_input(photographs: Path) -> None:
    found = curves(load_rows(["bicubic"], "cpu"), Photographs.of(str(photographs)), PROTOCOLS["patch256"], None)
    curve = found["bicubic"]
    assert curve.band(0.02, 0.08) > 0.9
    assert curve.band(0.2, 0.4) < 0.1
    assert 0.08 < curve.falls_below(0.5) < 0.2


def test_marks_are_counted_in_the_title() -> None:
    at = places(128, 12, 0)
    figure = draw_marks(skin(dots(128, at[:8])), {"some": skin(dots(128, at[2:]))}, "drawn")
    assert figure.axes[1].get_title() == "some\n6 true, 4 false, 2 missed"


def test_the_command_draws_both(photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--models", "bicubic", "--data", str(photographs), "--protocol", "patch256"]
    assert main([*options, "-o", str(tmp_path / "rings")]) == 0
    assert "bicubic: below 1/2 at 0." in capsys.readouterr().out
    assert main([*options, "--photo", "photo1", "-o", str(tmp_path / "marks")]) == 0
    assert np.array(Image.open(tmp_path / "marks.png")).shape[2] >= 3
    assert main([*options, "--photo", "nowhere", "-o", str(tmp_path / "marks")]) == 2
    assert "nowhere" in capsys.readouterr().err
