"""The speed command times both halves of a step and names what it cannot do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.training.helpers import write_photographs
from training.speed import main


@pytest.mark.usefixtures("narrow_discriminator")
def test_loader_and_step_are_reported_for_every_phase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_photographs(tmp_path / "photos", [(60, 70), (64, 80)])
    config = tmp_path / "config.yaml"
    document = {
        "name": "tiny",
        "network": {"width": 8},
        "data": {"train": [str(tmp_path / "photos")], "cache": str(tmp_path / "cache")},
        "phases": [
            {"name": "one", "steps": 9, "crop": 32, "batch": 2},
            {"name": "two", "steps": 9, "part": "refinement", "crop": 32, "batch": 2, "losses": {"adversarial": 0.01}},
        ],
    }
    config.write_text(json.dumps(document))
    assert main([str(config), "--steps", "1", "--device", "cpu", "--profile", "--set", "phases.1.batch=3"]) == 0
    printed = capsys.readouterr().out
    pattern = r"^\| (one|two) \| ([23]) \| [\d.]+ \| [\d.]+ \| ×[\d.]+ \| (–|[\d.]+) \|"
    rows = re.findall(pattern, printed, re.MULTILINE)
    assert [row[:2] for row in rows] == [("one", "2"), ("two", "3")]
    assert rows[0][2] == "–"  # no discriminator
    assert float(rows[1][2]) > 0
    assert "convolution" in printed  # the profile


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
