"""Grain is noise of the brightness alone, of the level asked for; the table holds every row of every photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import training.analyses.noise_control as command
from tests.training.helpers import lpips_of, tiny_checkpoint, write_photographs
from training.analyses.noise_control import add_noise, main


@pytest.mark.parametrize("level", [1.0, 4.0])
def test_noise_is_in_the_brightness_and_has_its_level(level: float) -> None:
    flat = np.full((200, 200, 3), 128, np.uint8)
    noise = add_noise(flat, level, 0).astype(float) - 128
    assert np.array_equal(noise[..., 0], noise[..., 1])
    assert noise.std() == pytest.approx(np.hypot(level, np.sqrt(1 / 12)), rel=0.05)  # rounding adds a twelfth
    assert noise.mean() == pytest.approx(0, abs=0.05 * level)
    assert np.array_equal(add_noise(flat, level, 0), add_noise(flat, level, 0))


def test_every_row_is_reported(
    tmp_path: Path, alexnet: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "LPIPS", lpips_of)
    write_photographs(tmp_path / "photos", [(64, 64), (72, 68)])
    tiny = tiny_checkpoint(tmp_path / "tiny.safetensors")
    arguments = ["--data", str(tmp_path / "photos"), "--smooth", "bicubic", "--against", f"mine={tiny}"]
    arguments = [*arguments, "--protocol", "full", "--levels", "1", "--lpips-weights", str(alexnet)]
    with pytest.raises(SystemExit):
        main(["--data"])
    assert main([*arguments, "--smooth", "cf-esrt-coarse"]) == 0
    printed = capsys.readouterr().out
    assert "2 photographs" in printed
    for row in ("| bicubic |", "| cf-esrt-coarse |", "| mine |", "| cf-esrt-coarse + noise of σ 1 |"):
        assert printed.count(row) == 1


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
