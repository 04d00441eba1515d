"""How far good results agree with their input, by degradation, and the notice on those that agree less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cf_esrt.fidelity import ThresholdsError
from cf_esrt.fidelity.agreement import AGREEMENT, disagreement, limits, read_limits
from tests.training.helpers import write_photographs
from training.analyses import agreement
from training.evaluation.methods import Method, Photographs, load_methods


def test_a_notice_below_the_degradations_own_limit() -> None:
    known = {"bicubic": 50.0, "camera": 34.0}
    assert disagreement("ESRT", 50.0, "bicubic", known) is None  # type: ignore[arg-type]
    assert disagreement("ESRT camera", 40.0, "camera", known) is None  # type: ignore[arg-type]
    sentence = disagreement("ESRT", 40.0, "bicubic", known)  # type: ignore[arg-type]
    assert sentence == (
        "ESRT agrees less with the photograph than good results do: 40.0 dB, where 0.5% of good results of its kind "
        "are below 50.0 dB."
    )
    assert disagreement("ESRT", 40.0, "bicubic", {}) is None  # not measured


def test_the_committed_limits_are_of_both_degradations() -> None:
    found = limits()
    assert 25 < found["camera"] < found["bicubic"] < 60
    document = json.loads(AGREEMENT.read_text("utf-8"))
    for degradation, entry in document.items():
        assert f"--degradation {degradation} " in entry["command"]
        assert "/work" not in entry["command"]
        assert entry["good"] > 0.5 * entry["results"]


@pytest.mark.parametrize("content", ["", "[1]", '{"bicubic": {}}', '{"bicubic": {"least_db": "much"}}'])
def test_files_that_hold_no_limits(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine.json").write_text(content)
    with pytest.raises(ThresholdsError, match=r"^mine\.json .*\.$"):
        read_limits(tmp_path / "mine.json")


def test_the_command_keeps_the_other_degradations_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_photographs(tmp_path / "set", [(256, 256)])
    asked: list[str] = []

    def consistencies(methods: list[Method], photographs: Photographs, protocol: str) -> dict[str, Any]:
        asked.append(protocol)
        return {"mine": [(True, 44.0), (True, 41.0), (False, 20.0), (True, float("inf"))]}

    monkeypatch.setattr(agreement, "consistencies", consistencies)
    target = tmp_path / "agreement.json"
    target.write_text('{"camera": {"least_db": 33.0}}')
    arguments = [
        "--degradation",
        "bicubic",
        "--models",
        "mine=srcnn",
        "--data",
        str(tmp_path / "set"),
        "-o",
        str(target),
    ]
    assert agreement.main([*arguments, "--device", "cpu"]) == 0
    assert asked == ["whole256", "patch256"]
    assert read_limits(target) == {"bicubic": pytest.approx(41.0, abs=0.1), "camera": 33.0}
    assert "from 6 good of 8 results" in capsys.readouterr().out
    monkeypatch.setattr(agreement, "consistencies", lambda *_: {"mine": [(False, 44.0)]})
    assert agreement.main([*arguments, "--device", "cpu"]) == 2
    assert capsys.readouterr().err.startswith("No result is better than bicubic")


def test_a_result_is_good_where_it_beats_bicubic(tmp_path: Path) -> None:
    write_photographs(tmp_path / "set", [(256, 256)])
    methods = load_methods(["bicubic", "again=bicubic", "srcnn"], "cpu")
    found = agreement.consistencies(methods, Photographs.of(str(tmp_path / "set")), "patch256")
    assert list(found) == ["again", "srcnn"]
    ((good, consistency),) = found["again"]
    assert not good  # equal is not better
    assert 20 < consistency < 80
