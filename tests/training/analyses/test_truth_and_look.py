"""The plane of truth and look says which detail a page should open with."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.analyses.truth_and_look import KEPT, Slider, main, openings, sliders
from training.evaluation import results
from training.evaluation.results import Model, Origin, Results, SetScores

TITLE = "isic/val, whole256"
PLACES = {  # LPIPS, ring correlation
    "bicubic": (0.36, 0.43),
    "esrt": (0.28, 0.67),
    "esrt + unsharp σ 1 × 0.5": (0.27, 0.67),
    "esrt + unsharp σ 1 × 1": (0.26, 0.67),
    "cf-esrt-coarse": (0.29, 0.60),
    "cf-esrt@0.5": (0.22, 0.59),
    "cf-esrt": (0.17, 0.57),
}


def made() -> Results:
    scores = {label: {"lpips": [a, a], "ring_correlation": [b, b]} for label, (a, b) in PLACES.items()}
    models = {label: Model(label.partition("@")[0], 1.0, label.partition("-")[0]) for label in PLACES}
    models |= {"bicubic": Model("bicubic", 1.0, None), "cf-esrt@0.5": Model("cf-esrt", 0.5, "cf")}
    origin = Origin("python", "", "bicubic", "cpu", {}, models)
    return Results((origin,), (SetScores("isic/val", "whole256", ("a.jpg", "b.jpg"), (), scores),))


def test_a_slider_runs_from_the_coarse_network_to_all_detail() -> None:
    found = made()
    (slider,) = sliders(found, found.sets[0])
    assert slider == Slider("cf-esrt", (0.0, 0.5, 1.0), (0.29, 0.22, 0.17), (0.60, 0.59, 0.57))


def test_the_page_opens_where_enough_truth_is_kept() -> None:
    """99% of 0.60 is 0.594: six tenths of the way from 0.60 at 0 to 0.59 at 0.5."""
    assert KEPT == 0.99
    found = made()
    assert sliders(found, found.sets[0])[0].opening() == pytest.approx(0.3)
    assert "cf-esrt opens with detail 0.3" in openings(found, [TITLE])
    assert Slider("any", (0.0, 1.0), (0.3, 0.2), (0.6, 0.6)).opening() == 1
    assert Slider("any", (0.0, 1.0), (0.3, 0.2), (0.6, 0.0)).opening() == 0.01


def test_the_figure_is_drawn_from_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results.write(made(), tmp_path / "scores.json")
    assert main(["--from", str(tmp_path / "scores.json"), "-o", str(tmp_path / "plane")]) == 0
    assert (tmp_path / "plane.png").stat().st_size > 10_000
    assert "opens with detail 0.3" in capsys.readouterr().out
    assert main(["--from", str(tmp_path / "scores.json"), "--sets", "other", "-o", str(tmp_path / "plane")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
