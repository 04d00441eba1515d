"""Another system's pictures in a row of their own, matched by name and never resized."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cf_esrt.fidelity import shrink
from tests.training.helpers import lpips_of, picture, write_photographs
from training.analyses import figures
from training.evaluation import evaluate as command
from training.evaluation.methods import Method, load_rows
from training.evaluation.ready_made import ReadyMade, ReadyMadeError


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building LPIPS takes a second: torchvision draws all of AlexNet's weights before ours are read."""
    for module in (command, figures):
        monkeypatch.setattr(module, "LPIPS", lpips_of)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    write_photographs(tmp_path / "set" / "test", [(256, 260), (300, 280)])
    return tmp_path / "set" / "test"


@pytest.fixture
def ready(tmp_path: Path, photographs: Path) -> Path:
    """Bicubic's pictures of the central patches, as another program would have left them."""
    folder = tmp_path / "other"
    folder.mkdir()
    for path in photographs.iterdir():
        image = np.array(Image.open(path))
        top, left = (image.shape[0] - 256) // 2, (image.shape[1] - 256) // 2
        low = shrink(np.ascontiguousarray(image[top : top + 256, left : left + 256]))
        Image.fromarray(low).resize((256, 256), Image.Resampling.BICUBIC).save(folder / path.name)
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(photographs: Path, alexnet: Path, *models: str, more: tuple[str, ...] = ()) -> int:
    arguments = ["--models", *models, "--data", str(photographs), "--protocol", "patch256"]
    return command.main([*arguments, "--lpips-weights", str(alexnet), "--device", "cpu", *more])


def test_ready_made_pictures_score_as_the_models_own_would(
    photographs: Path, ready: Path, alexnet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "table"
    assert run(photographs, alexnet, "bicubic", f"other={ready}", more=("--out", str(out))) == 0
    document = json.loads(out.with_suffix(".json").read_text())
    scores = document["sets"][0]["scores"]
    assert scores["other"] == scores["bicubic"]
    entry = document["origins"][0]["models"]["other"]
    assert (entry["name"], entry["sha256"]) == ("ready-made pictures in other", None)


def test_they_may_be_the_only_row(photographs: Path, ready: Path, alexnet: Path) -> None:
    assert run(photographs, alexnet, f"other={ready}") == 0


def test_a_figure_shows_them(photographs: Path, ready: Path, alexnet: Path, tmp_path: Path) -> None:
    arguments = ["--models", "bicubic", f"other={ready}", "--data", str(photographs), "--protocol", "patch256"]
    arguments += ["--photo", "photo1", "--device", "cpu", "--lpips-weights", str(alexnet)]
    assert figures.main([*arguments, "-o", str(tmp_path / "figure")]) == 0
    panels = json.loads((tmp_path / "figure.json").read_text())["rows"][0]["panels"]
    assert panels["other"] == panels["Bicubic"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "photo1.png").unlink(), "holds no picture named photo1"),
        (lambda folder: Image.new("RGB", (256, 256)).save(folder / "photo1.tif"), "holds 2 pictures named photo1"),
        (lambda folder: Image.new("RGB", (256, 200)).save(folder / "photo1.png"), "is 256 × 200 pixels"),
        (lambda folder: (folder / "photo1.png").write_bytes(b"no picture"), "damaged"),
    ],
)
def test_what_is_missing_or_wrong_is_one_sentence_before_anything_is_scored(
    photographs: Path,
    ready: Path,
    alexnet: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], object],
    message: str,
) -> None:
    spoil(ready)
    assert run(photographs, alexnet, "bicubic", f"other={ready}") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("other: ")
    assert message in captured.err


def test_pixels_that_cannot_be_read_or_do_not_fit_are_reported_when_their_turn_comes(ready: Path) -> None:
    row = ReadyMade("other", ready)
    np.testing.assert_array_equal(row.picture("photo0", (256, 256)), np.array(Image.open(ready / "photo0.png")))
    with pytest.raises(ReadyMadeError, match="where its ground truth is 260 × 256"):
        row.picture("photo0", (256, 260))
    (ready / "photo0.png").write_bytes((ready / "photo0.png").read_bytes()[:99])
    with pytest.raises(ReadyMadeError, match="cannot be used"):
        row.picture("photo0", (256, 256))


def test_a_models_name_stays_a_model_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bicubic").mkdir()
    rows = load_rows(["bicubic", "plain=bicubic", "folder=./bicubic"], "cpu")
    assert [type(row) for row in rows] == [Method, Method, ReadyMade]
    with pytest.raises(ValueError, match="gone"):
        load_rows(["other=gone"], "cpu")
    with pytest.raises(ValueError, match="Two methods are called a"):
        load_rows(["a=bicubic", "a=./bicubic"], "cpu")


def test_other_pictures_change_no_models_row(photographs: Path, ready: Path) -> None:
    from training.evaluation.methods import pictures

    low = picture(64, 64)
    rows = load_rows(["bicubic", f"other={ready}"], "cpu")
    assert list(dict(pictures(rows, low, "photo0"))) == ["bicubic", "other"]
