"""What went into a checkpoint is counted over all runs before it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cf_esrt import checkpoints
from cf_esrt.networks import CFESRT
from training.release.effort import main


def test_runs_before_it_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    path = tmp_path / "mine.safetensors"
    before = [{"samples": 1000, "hours": 1.5}, {"samples": None, "hours": None}]
    info = checkpoints.CheckpointInfo(
        "CFESRT", {"width": 8}, licence="CC0-1.0", history={"samples": 500, "hours": 0.25, "legs": before}
    )
    checkpoints.write(path, CFESRT(width=8).state_dict(), info)
    assert main([str(path)]) == 0
    row = capsys.readouterr().out.splitlines()[2].split(" | ")
    assert row[0] == "| mine"
    assert row[2:] == ["3 (1 not recorded)", "1,500", "1.8 |"]
    assert main([str(tmp_path / "nowhere.safetensors")]) == 2
