"""Every precision has its row, float32's is exact, and bad input costs one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

import training.analyses.precision as command
from tests.training.helpers import lpips_of, tiny_checkpoint, write_photographs
from training.analyses.precision import main


def test_every_precision_is_reported(
    tmp_path: Path, alexnet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "LPIPS", lpips_of)
    monkeypatch.setattr(command, "PROTOCOL", "full")  # smaller than 256×256
    write_photographs(tmp_path / "photos", [(132, 128), (128, 128)])
    tiny = tiny_checkpoint(tmp_path / "tiny.safetensors")
    arguments = ["--data", str(tmp_path / "photos"), "--model", f"mine={tiny}", "--lpips-weights", str(alexnet)]
    assert main(arguments) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows] == ["| precision", "| float32", "| float16", "| bfloat16", "| openvino"]
    assert "(+0.000)" in rows[1][1]
    float16, bfloat16, openvino = (float(row[3].rstrip(" |")) for row in rows[2:])
    assert float16 > bfloat16 > 30
    assert openvino > bfloat16


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
