from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.analyses import lattice_chance


def test_pictures_without_a_lattice_are_told_beside_their_protocol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png"):
        Image.fromarray(rng.integers(0, 255, (256, 256, 3), dtype=np.uint8)).save(tmp_path / name)
    assert lattice_chance.main(["--data", str(tmp_path), "--protocol", "whole256"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(lattice_chance.PICTURES)
    for line, name in zip(lines[2:], lattice_chance.PICTURES, strict=True):
        _, photographs, picture, mean, median, _ = (cell.strip() for cell in line.split("|"))
        assert photographs.endswith(f"{tmp_path.name}, whole256")
        assert picture == name
        assert 1 < float(mean) < 6  # the strongest of seven frequencies, by chance
        assert 1 < float(median) < 6
