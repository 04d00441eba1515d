"""Training logs as a table and as a curve over the crops seen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.training.helpers import write_log
from training.analyses.logbook import join_logs, main, read_log


def test_runs_are_reported_against_bicubic_on_their_own_photographs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write_log(tmp_path / "first.jsonl", (35.1, 0.30, True), (35.5, 0.155, True))
    other = write_log(tmp_path / "other.jsonl", (33.75, 0.31, False), bicubic=34.0)
    assert main([str(first), str(other)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("| run |") == 2
    assert "| first | refined | 16 | 0.02 | +0.50 dB | ×0.500 |" in printed
    assert "bicubic has 34.00 dB and LPIPS 0.3100" in printed
    assert "| other | refined | 8 | 0.01 | -0.25 dB | ×1.000 |" in printed


def test_the_picture_is_the_one_that_was_trained(tmp_path: Path) -> None:
    path = write_log(tmp_path / "log.jsonl", (30.0, 0.5, False))
    line = json.loads(path.read_text())
    line["terms"] = {"loss": 0.01, "coarse/l1": 0.01}
    path.write_text(json.dumps(line))
    (entry,) = read_log(path)
    assert (entry.picture, entry.gain) == ("coarse", pytest.approx(1.0))


def test_runs_are_joined_where_the_one_before_ended(tmp_path: Path) -> None:
    first = write_log(tmp_path / "first.jsonl", (35.1, 0.30, True), (35.5, 0.28, True))
    second = write_log(tmp_path / "second.jsonl", (35.6, 0.27, True))
    assert [(place.run, place.samples) for place in join_logs("net", [first, second])] == [
        ("first", 8), ("first", 16), ("second", 24),
    ]  # fmt: skip
    assert main(["--curve", f"net={first},{second}", f"other={second}", "-o", str(tmp_path / "curve")]) == 0
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["network"], row["psnr_over_bicubic"]) for row in rows] == [
        ("net", "0.1000"), ("net", "0.5000"), ("net", "0.6000"), ("other", "0.6000"),
    ]  # fmt: skip
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "curve.pdf").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl"], "cannot be read"),
        (["broken.jsonl"], "damaged"),
        (["empty.jsonl"], "no validation"),
        (["--curve", "a.jsonl", "-o", "out"], "NETWORK=LOG,LOG"),
        (["--curve", "net=empty.jsonl", "-o", "out"], "nothing to draw"),
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
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "broken.jsonl").write_text('{"best": true}\n')
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize("arguments", [[], ["a.jsonl", "--curve", "net=a.jsonl", "-o", "out"], ["--curve", "net=a"]])
def test_a_table_or_a_curve_with_its_place(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
