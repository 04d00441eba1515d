"""Agreement of segmentations: drawn lesions and hairs with known masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from training.analyses.next_step import dice, hairs, lesion, main


def drawn(*, hair: bool) -> np.ndarray:
    picture = np.full((256, 256, 3), (222, 178, 156), np.uint8)
    cv2.circle(picture, (128, 120), 50, (120, 76, 60), -1)
    if hair:
        for x in range(20, 240, 40):
            cv2.line(picture, (x, 10), (x + 14, 245), (40, 30, 30), 2)
    return picture


def test_segmentations_find_what_is_drawn() -> None:
    rows, columns = np.mgrid[:256, :256]
    disc = np.hypot(rows - 120, columns - 128) <= 50
    assert dice(lesion(drawn(hair=False)), disc) > 0.97
    assert hairs(drawn(hair=False)).mean() < 0.01
    lines = (drawn(hair=True) != drawn(hair=False)).any(2)
    assert dice(hairs(drawn(hair=True)), lines) > 0.9


def test_dice_of_masks_that_share_half() -> None:
    wanted = np.zeros((10, 10), bool)
    wanted[:4] = True
    found = np.zeros((10, 10), bool)
    found[2:6] = True
    assert dice(found, wanted) == 0.5
    assert np.isnan(dice(found, np.zeros((10, 10), bool)))


def test_a_table_of_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        Image.fromarray(drawn(hair=True)).save(tmp_path / f"photo{number}.png")
    assert main(["--models", "bicubic", "srcnn", "--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "2 photographs with lesion, 2 photographs with hairs" in lines[0]
    assert [line.split(" | ")[0] for line in lines[4:6]] == ["| bicubic", "| srcnn"]
    assert main(["--models", "bicubic", "--data", str(tmp_path / "absent")]) == 2
