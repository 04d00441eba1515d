"""``enhance --trust-mask``: a mask beside each result, with what it promises, or one sentence on why there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt.__main__ import main
from cf_esrt.fidelity import properties
from cf_esrt.fidelity.trust import unveiled

EXAMPLE = Path(__file__).resolve().parents[1] / "assets" / "examples" / "synthetic-1.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photograph of 96×80 pixels, and one whose name is that of a mask."""
    with Image.open(EXAMPLE) as image:
        image.crop((150, 100, 246, 180)).save(tmp_path / "a.png")
    shutil.copy(tmp_path / "a.png", tmp_path / "a-believe.png")
    return tmp_path


def enhance(folder: Path, *names: str, level: str = "6") -> int:
    photographs = [str(folder / name) for name in names]
    return main(["enhance", *photographs, "-o", str(folder / "out"), "--model", "bicubic", "--trust-mask", level])


def test_a_mask_is_written_beside_the_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enhance(folder, "a.png") == 0
    with Image.open(folder / "out" / "a-believe.png") as image:
        text, mask = image.info, np.asarray(image)
    assert mask.shape == (320, 384, 3)
    assert set(np.unique(mask)) <= {0, 255}
    said = text["Where to believe the result"]
    assert said.startswith(f"{unveiled((mask[..., 0] == 255).mean())} In 9 of 10 photographs like yours")
    assert f"note: a-believe.png: {said}" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["bicubic", "srcnn"])
def test_a_photograph_is_measured_once(folder: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    measured, counted = [], properties.Properties
    monkeypatch.setattr(properties, "Properties", lambda **found: measured.append(found) or counted(**found))
    arguments = ["enhance", str(folder / "a.png"), "-o", str(folder / "out"), "--model", model, "--trust-mask"]
    assert main(arguments) == 0
    assert (folder / "out" / "a-believe.png").exists()
    assert len(measured) == 1


def test_a_mask_replaces_no_result(folder: Path) -> None:
    assert enhance(folder, "a.png", "a-believe.png") == 0
    names = sorted(path.name for path in (folder / "out").iterdir())
    assert names == ["a-believe-2.png", "a-believe-believe.png", "a-believe.png", "a.png"]
    with Image.open(folder / "out" / "a-believe.png") as image:
        assert len(np.unique(np.asarray(image))) > 2  # a result


def test_a_photograph_unlike_the_calibrating_ones_has_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Image.open(folder / "a.png") as image:
        image.convert("L").convert("RGB").save(folder / "grey.png")
    assert enhance(folder, "grey.png") == 0
    assert not (folder / "out" / "grey-believe.png").exists()
    assert "unlike those that the promise was tested on" in capsys.readouterr().err


@pytest.mark.parametrize("level", ["7.5", "much"])
def test_a_level_that_was_not_calibrated_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        enhance(folder, "a.png", level=level)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "give one of 4, 5, 6" in line
