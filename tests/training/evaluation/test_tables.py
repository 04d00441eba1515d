"""Tables say what the scores say; files of results come back as they were, or are refused in one sentence."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation import results
from training.evaluation.bootstrap import compare
from training.evaluation.headline import headline
from training.evaluation.results import Model, Origin, Results, ResultsError, SetScores
from training.evaluation.tables import (
    brief_markdown,
    markdown,
    mean_and_deviation,
    notes,
    set_markdown,
    table_csv,
)

SCORES = {
    "bicubic": {"psnr": [30.0, 34.0], "lpips": [0.40, 0.20]},
    "esrt": {"psnr": [31.0, 36.0], "lpips": [0.30, 0.18]},
    "cf-esrt": {"psnr": [30.5, 35.0], "lpips": [0.20, 0.10]},
}
DISTANCES = {"bicubic": {"frechet_vgg16": 800.0}, "esrt": {"frechet_vgg16": 600.0}, "cf-esrt": {"frechet_vgg16": 200.0}}
SET = SetScores("ham/test", "whole256", ("a.jpg", "b.jpg"), ("c.jpg",), SCORES, DISTANCES, {"frechet_vgg16": (8, 512)})
MODELS = {label: Model(label, 1.0, None if label == "bicubic" else label * 3) for label in SCORES}
ORIGIN = Origin(
    "python -m training.evaluation.evaluate", "f" * 40 + "-dirty", "Pillow antialiased bicubic", "cpu", {}, MODELS
)
RESULTS = Results((ORIGIN,), (SET,))


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]


def test_the_table_has_means_deviations_and_the_best_in_bold() -> None:
    table = rows(set_markdown(SET))
    assert table[0] == ["model", "PSNR RGB ↑ (dB)", "LPIPS ↓", "Fréchet distance on VGG16 features ↓"]
    assert table[2] == ["bicubic", "32.00 ± 2.83", "0.3000 ± 0.1414", "800.00"]
    assert table[3] == ["esrt", "**33.50** ± 3.54", "0.2400 ± 0.0849", "600.00"]
    assert table[4] == ["cf-esrt", "32.75 ± 3.18", "**0.1500** ± 0.0707", "**200.00**"]
    assert "2 photographs (1 damaged, left out)" in set_markdown(SET)


def test_comparisons_stand_below_with_their_intervals() -> None:
    table = rows(set_markdown(SET))[5:]
    distance = "Fréchet distance on VGG16 features, to bicubic"
    titles = ["PSNR RGB, to bicubic", "LPIPS, to bicubic", distance, "PSNR RGB, to esrt", "LPIPS, to esrt"]
    assert table[0] == ["model", *titles]
    assert table[2][1:4] == ["–", "–", "–"]
    assert table[4][1] == "+0.75 dB [+0.50, +1.00]"  # of two photographs, their differences are the ends
    assert table[4][2] == "×0.500 [0.500, 0.500]"
    assert table[4][3] == "×0.250"
    assert table[4][4] == "−0.75 dB [−1.00, −0.50]"
    assert rows(brief_markdown(SET)) == table
    assert "2 photographs" in brief_markdown(SET)


def test_the_headline_has_bicubics_means_the_others_changes_and_every_models_detail() -> None:
    judged = {
        label: row | {"ring_correlation": [0.2, 0.4], "dot_precision": [0.5, 0.7], "dot_recall": [0.1, 0.3]}
        | {"line_precision": [0.9, 0.9], "line_recall": [0.3, 0.5], "kid": [0.1, 0.2]}
        for label, row in (SCORES | {"esrt + unsharp σ 1 × 1": SCORES["esrt"]}).items()
    }  # fmt: skip
    table = rows(headline(Results((ORIGIN,), (replace(SET, scores=judged),)), ["ham/test, whole256"]))
    detail = ["ring correlation .125–.1875", "dots that are true", "dots that are found", "lines that are true"]
    detail += ["lines that are found", "KID on EfficientNet-lite0", "dots beyond sharpening", "lines beyond sharpening"]
    assert table[0] == ["model", "PSNR RGB", "LPIPS", *detail]
    assert table[2][0] == "**ham/test, whole256**, 2 photographs (1 damaged, left out)"
    assert [row[0] for row in table[3:]] == ["bicubic", "esrt", "cf-esrt"]  # masks are the control, no models
    assert table[3][1:4] == ["32.00 dB", "0.3000", "0.300<br>[0.200, 0.400]"]
    assert table[5][1:4] == ["+0.75 dB<br>[+0.50, +1.00]", "×0.500<br>[0.500, 0.500]", "0.300<br>[0.200, 0.400]"]
    assert table[4][-2:] == ["–", "–"]
    assert table[5][-2:] == ["+0.000<br>[+0.000, +0.000]"] * 2
    with pytest.raises(ResultsError, match=r"no scores of 'ham/test, full' .* there are ham/test, whole256\."):
        headline(RESULTS, ["ham/test, full"])


def test_what_has_nothing_to_compare_with_shows_its_scores() -> None:
    alone = replace(SET, scores={"esrt": SCORES["esrt"]}, distances={})
    assert brief_markdown(alone) == set_markdown(alone)


def test_equal_best_means_are_both_bold_and_infinity_is_printed() -> None:
    one = replace(SET, scores={"a": {"psnr": [30.0, math.inf]}, "b": {"psnr": [math.inf, 31.0]}}, distances={})
    assert [row[1] for row in rows(set_markdown(one))[2:]] == ["**∞**", "**∞**"]


def test_notes_name_the_degradation_the_rank_and_the_code() -> None:
    printed = notes(RESULTS)
    assert "Pillow antialiased bicubic" in printed
    assert "8 samples of 512 dimensions, fewer than dimensions" in printed
    assert "ffffffffff-dirty" in printed
    enough = replace(SET, samples={"frechet_vgg16": (1000, 512)})
    assert "fewer" not in notes(replace(RESULTS, sets=(enough,)))


def test_csv_has_everything_with_the_ratio_of_distances() -> None:
    lines = list(csv.DictReader(io.StringIO(table_csv(RESULTS))))
    assert len(lines) == 9
    found = {(line["model"], line["metric"]): line for line in lines}
    line = found["cf-esrt", "psnr"]
    assert (line["data"], line["protocol"], line["photographs"]) == ("ham/test", "whole256", "2")
    assert (float(line["mean"]), line["unit"], line["better"], line["compared"]) == (
        32.75,
        "dB",
        "higher",
        "difference",
    )
    interval = compare(SCORES, ["esrt"], ["psnr"])["cf-esrt", "esrt", "psnr"]
    assert float(line["to esrt low"]) == pytest.approx(interval.low)
    distance = found["cf-esrt", "frechet_vgg16"]
    assert (distance["mean"], distance["sd"], distance["to bicubic"], distance["to bicubic low"]) == (
        "200",
        "",
        "0.25",
        "",
    )
    assert found["bicubic", "psnr"]["to bicubic"] == ""


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_mean_and_deviation_are_numpys(values: list[float]) -> None:
    mean, deviation = mean_and_deviation(values)
    assert mean == pytest.approx(np.mean(values), abs=1e-6)
    assert deviation == pytest.approx(np.std(values, ddof=1), abs=1e-6)


def test_one_photograph_has_no_deviation() -> None:
    assert mean_and_deviation([3.0]) == (3.0, 0.0)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=5))
def test_results_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    files = tuple(f"{n}.jpg" for n in range(len(values)))
    before = replace(RESULTS, sets=(replace(SET, files=files, scores={"bicubic": {"psnr": values}}, distances={}),))
    path = tmp_path_factory.mktemp("results") / "table.json"
    results.write(before, path)
    assert results.read(path) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"origins": [], "sets": []}', "no results"),
        ('{"isic_cc0/val, whole256": {"bicubic": {"psnr": [1.0]}}}', "damaged"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "table.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ResultsError, match=message) as caught:
        results.read(path)
    assert "\n" not in str(caught.value)


def test_a_missing_score_is_found(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    results.write(replace(RESULTS, sets=(replace(SET, scores={"bicubic": {"psnr": [30.0]}}),)), path)
    with pytest.raises(ResultsError, match="one score for each photograph"):
        results.read(path)


def part(*labels: str) -> Results:
    one = replace(SET, scores={n: SCORES[n] for n in labels}, distances={n: DISTANCES[n] for n in labels})
    return Results((replace(ORIGIN, models={n: MODELS[n] for n in labels}),), (one,))


def test_rows_of_two_files_come_together() -> None:
    joined = results.join([part("bicubic"), part("esrt", "cf-esrt")])
    assert set_markdown(joined.sets[0]) == set_markdown(SET)
    chosen = results.choose(joined, ["cf-esrt", "bicubic"])
    assert list(chosen.sets[0].scores) == ["cf-esrt", "bicubic"]
    assert "to esrt" not in markdown(chosen)
    assert [list(origin.models) for origin in chosen.origins] == [["bicubic"], ["cf-esrt"]]


def test_a_row_that_was_not_chosen_leaves_its_place_to_another() -> None:
    kept = results.choose(RESULTS, ["bicubic"])
    retrained = replace(part("esrt").origins[0], models={"esrt": Model("esrt", 1.0, "other")})
    joined = results.join([kept, replace(part("esrt"), origins=(retrained,))])
    assert [origin.models for origin in joined.origins] == [{"bicubic": MODELS["bicubic"]}, retrained.models]
    assert results.choose(part("esrt"), ["esrt"]).origins == part("esrt").origins


def test_sets_are_chosen_by_photographs_and_protocol() -> None:
    both = replace(RESULTS, sets=(SET, replace(SET, protocol="camera256"), replace(SET, data="isic/val")))
    assert results.choose_sets(both, [], []) == both
    assert results.choose_sets(both, [SET.data], []).sets == both.sets[:2]
    assert results.choose_sets(both, [SET.data], ["camera256"]).sets == both.sets[1:2]
    with pytest.raises(results.ResultsError, match="no such scores"):
        results.choose_sets(both, ["isic/val"], ["camera256"])


def test_files_that_do_not_belong_together_are_refused() -> None:
    other = part("esrt")
    renamed = replace(other, sets=(replace(other.sets[0], files=("a.jpg", "z.jpg")),))
    with pytest.raises(ResultsError, match="other photographs"):
        results.join([part("bicubic"), renamed])
    degraded = replace(other, origins=(replace(other.origins[0], degradation="MATLAB"),))
    with pytest.raises(ResultsError, match="degradation"):
        results.join([part("bicubic"), degraded])
    retrained = replace(other, origins=(replace(other.origins[0], models={"esrt": Model("esrt", 1.0, "other")}),))
    with pytest.raises(ResultsError, match="different weights"):
        results.join([part("esrt"), retrained])
    with pytest.raises(ResultsError, match="no scores of srgan"):
        results.choose(RESULTS, ["srgan"])
