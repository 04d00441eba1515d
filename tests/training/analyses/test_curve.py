"""The perception–distortion curve and the sweep: their points are the means that the files say."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.helpers import lpips_of, write_log, write_photographs
from training.analyses import curve as command
from training.analyses.curve import details, main, points_of
from training.analyses.perception_distortion import Point, plot
from training.evaluation import results


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building LPIPS takes a second: torchvision draws all of AlexNet's weights before ours are read."""
    monkeypatch.setattr(command, "LPIPS", lpips_of)


def read(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_models_detail_is_drawn_against_the_baselines(tmp_path: Path, alexnet: Path, checkpoint: Path) -> None:
    write_photographs(tmp_path / "set" / "val", [(48, 60), (52, 48)])
    arguments = ["--model", str(checkpoint), "--baselines", "bicubic", "--steps", "3", "--protocol", "full"]
    arguments += ["--data", str(tmp_path / "set" / "val"), "--lpips-weights", str(alexnet), "--device", "cpu"]
    assert main([*arguments, "-o", str(tmp_path / "curve")]) == 0
    rows = read(tmp_path / "curve.csv")
    assert [(row["label"], row["curve"]) for row in rows] == [
        ("bicubic", ""), ("0", "tiny"), ("0.5", "tiny"), ("1", "tiny"),
    ]  # fmt: skip
    scores = results.read(tmp_path / "curve.json").sets[0].scores
    assert float(rows[3]["psnr"]) == pytest.approx(np.mean(scores[f"{checkpoint}@1"]["psnr"]), rel=1e-5)
    assert float(rows[0]["lpips"]) == pytest.approx(np.mean(scores["bicubic"]["lpips"]), rel=1e-5)
    assert len({row["psnr"] for row in rows}) == 4
    assert Image.open(tmp_path / "curve.png").size[0] > 500
    assert (tmp_path / "curve.pdf").read_bytes().startswith(b"%PDF")
    before = (tmp_path / "curve.png").read_bytes()
    assert main(["--from", str(tmp_path / "curve.json"), "-o", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again.png").read_bytes() == before


def test_details_go_from_0_to_1() -> None:
    assert details(5) == ["0", "0.25", "0.5", "0.75", "1"]
    assert len(set(details(101))) == 101


@pytest.mark.parametrize(("at", "expected"), [("last", "34.8"), ("best", "35.9")])
def test_a_sweep_of_logs(tmp_path: Path, at: str, expected: str) -> None:
    first = write_log(tmp_path / "a.jsonl", (35.9, 0.20, True), (34.8, 0.15, False))
    second = write_log(tmp_path / "b.jsonl", (36.0, 0.25, True))
    sweep = [f"λ 0.1={first}", f"λ 0.01={second}"]
    assert main(["--sweep", *sweep, "--at", at, "-o", str(tmp_path / "sweep")]) == 0
    rows = read(tmp_path / "sweep.csv")
    assert [(row["label"], row["psnr"]) for row in rows] == [("λ 0.1", expected), ("λ 0.01", "36"), ("bicubic", "35")]
    assert (tmp_path / "sweep.png").exists()


def test_a_sweep_of_checkpoints(tmp_path: Path, alexnet: Path, checkpoint: Path) -> None:
    write_photographs(tmp_path / "val", [(40, 40)])
    arguments = ["--baselines", "bicubic", "--data", str(tmp_path / "val"), "--protocol", "full", "--device", "cpu"]
    arguments += ["--lpips-weights", str(alexnet), "-o", str(tmp_path / "sweep")]
    assert main(["--sweep", f"0.1={checkpoint}", f"0.2={checkpoint}", *arguments]) == 0
    points = points_of(results.read(tmp_path / "sweep.json"))
    assert [point.label for point in points] == ["bicubic", "0.1", "0.2"]
    assert {point.curve for point in points} == {""}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sweep", "a.jsonl"], "LABEL=FILE"),
        (["--sweep", "x=a.jsonl", "x=b.jsonl"], "each label once"),
        (["--sweep", "x=a.jsonl", "y=c.safetensors"], "logs or of checkpoints"),
        (["--sweep", "x=a.jsonl", "y=other.jsonl"], "other photographs"),
        (["--sweep", "x=nowhere.jsonl"], "nowhere.jsonl"),
        (["--sweep", "x=broken.jsonl"], "damaged"),
        (["--sweep", "x=empty.jsonl"], "no validation"),
        (["--sweep", "x=never.jsonl", "--at", "best"], "PSNR floor"),
        (["--from", "broken.jsonl"], "damaged"),
        (["--model", "bicubic", "--data", "set"], "one picture only"),
        (["--model", "dalle", "--data", "set"], "dalle"),
        (["--steps", "1", "--data", "set"], "--steps"),
        (["--model", "cf-esrt"], "--data"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_photographs(tmp_path / "set", [(40, 40)])
    write_log(tmp_path / "a.jsonl", (35.9, 0.20, True))
    write_log(tmp_path / "b.jsonl", (35.9, 0.20, True))
    write_log(tmp_path / "never.jsonl", (35.9, 0.20, False))
    write_log(tmp_path / "other.jsonl", (35.9, 0.20, True), bicubic=34.0)
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "broken.jsonl").write_text('{"best": true}\n')
    assert main([*arguments, "-o", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error
    assert not (tmp_path / "out.png").exists()


def test_places_are_drawn_side_by_side() -> None:
    points = [Point(place, "m", "", 30.0 + n, 0.3) for n, place in enumerate(("one", "two", "one"))]
    figure = plot(points)
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
