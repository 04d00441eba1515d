"""iMRMC's file rules, its public examples, and what its Java program printed for one of them.

Facts of github.com/DIDSR/iMRMC (a work of the United States government, in the public domain), retyped: the readings of
`000_iMRMC/inputFiles/forDebugging/test.imrmc`, and those of `Accudata/home/fakepilot2.csv` with the tables that iMRMC
4.0.0 wrote of it (`Accudata/home/fakepilot2201901300952`: AUCperReader.csv, ORtable.csv, statAnalysis.csv).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cf_esrt.survey.statistics.intervals import Interval
from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.reader import Readings, from_imrmc, imrmc, obuchowski_rockette

CASES = ("case1", "case2", *(str(number) for number in range(3, 30)))
NOUGHTS = {
    ("reader1", "modality1"): {"6", "15"}, ("2", "modality1"): {"6", "22"}, ("3", "modality1"): set(),
    ("4", "modality1"): {"6", "19"}, ("reader1", "2"): set(), ("2", "2"): {"9", "15"}, ("3", "2"): {"9"},
    ("4", "2"): set(),
}  # fmt: skip
"""Which of the 25 healthy cases a reader gave 0 to, by reader and method; the four diseased ones all got 0."""


def example() -> str:
    """iMRMC's example for debugging, with its habits: free text first, spaces in names, a count that is wrong."""
    lines = [f"-1,{case},0,{int(place > 24)}" for place, case in enumerate(CASES)]
    lines[0], lines[1] = "-1 , case1 , modality should not , 0", "-1,case2,matter_for_truth,0"
    for (reader, method), noughts in NOUGHTS.items():
        for place, case in enumerate(CASES):
            score = float(place <= 24 and case not in noughts)
            lines.append(f"{reader},{case},{method},{score:f}")
    text = "\n".join(lines).replace("reader1,case1,modality1", " reader 1 ,case1, modality 1 ")
    head = "Simulated binary data\nn = the experiment size (cases, readers)\n      25       4\n"
    return f"{head}\nNR:4\nN0: 24\nN1: 4\nNM: 2 \n\nBEGIN DATA:\n{text}\n"


def rows(text: str) -> set[tuple[str, ...]]:
    """What iMRMC's parser makes of the lines under BEGIN DATA: names without spaces, scores as numbers; of the truth
    it reads case and value alone."""
    found = set()
    for line in text.partition("BEGIN DATA:\n")[2].splitlines():
        reader, case, method, score = ("".join(cell.split()) for cell in line.split(","))
        truth = reader in ("-1", "truth")
        found.add(("truth", case, str(int(score))) if truth else (reader, case, method, str(float(score))))
    return found


def test_the_export_of_imrmcs_example_is_the_same_file_in_another_order():
    found = from_imrmc(example())
    assert (found.readers, found.methods) == (("reader1", "2", "3", "4"), ("modality1", "2"))
    exported = imrmc(found, "again")
    assert len(rows(exported)) == 29 + 4 * 2 * 29
    assert rows(exported) == rows(example())
    assert exported.splitlines()[2:6] == ["NR: 4", "N0: 25", "N1: 4", "NM: 2"]  # the example's own N0 is wrong


def test_the_header_and_the_truth_are_as_every_reader_of_such_files_wants_them():
    """Of ``InputFile.java``: a title of more than one letter in the first line, BEGIN DATA: at the start of one, counts
    from the fourth letter on, a truth of 0 or 1. Of the R package's ``doAUCmrmc``: reader and method "truth"."""
    lines = imrmc(from_imrmc(example()), "").splitlines()
    assert len(lines[0]) > 1
    assert lines[7] == "BEGIN DATA:"
    for line, mark in zip(lines[2:6], ("NR:", "N0:", "N1:", "NM:"), strict=True):
        assert line.startswith(mark)
        assert int(line[3:].strip()) > 0
    assert lines[8] == "truth,case1,truth,0"
    assert all(line.count(",") == 3 for line in lines[8:])


def test_a_score_is_written_as_exactly_as_it_is():
    scores = np.array([[[0.1 + 0.2, 1.6956410979919732, -3.0, 1e-12]]])
    text = imrmc(Readings(("a",), ("1", "2", "3", "4"), ("m",), scores, np.array([True, False, True, False])), "t")
    assert np.array_equal(from_imrmc(text).scores, scores)
    assert "a,3,m,-3\n" in text


LAST_YES = {("A", 1): 171, ("A", 2): 204, ("A", 3): 138, ("B", 1): 282, ("B", 2): 288, ("B", 3): 282}
"""Of cases 1 to 150 (diseased) and 151 to 300: the last that a reader answered 1 to; 0 from there on."""


@pytest.fixture
def pilot() -> Readings:
    scores = np.array([[np.arange(1, 301) <= LAST_YES[method, reader] for reader in (1, 2, 3)] for method in "AB"])
    cases = tuple(f"Actual{1000 + number}" for number in range(1, 301))
    readers = tuple(f"Reader{number}" for number in (1, 2, 3))
    truth = np.arange(1, 301) <= 150
    return Readings(readers, cases, ("modalityA", "modalityB"), scores.astype(float), truth)


def test_areas_and_analysis_are_those_that_imrmc_printed(pilot):
    """iMRMC has its covariances from U-statistics, this project from the jackknife. Where an area is a mean over the
    cases of one kind, as here, the latter are larger by (300 − 1) / 300 · 150 / (150 − 1), and nothing else differs."""
    pilot = from_imrmc(imrmc(pilot, "pilot"))
    found = obuchowski_rockette(pilot)
    assert found.areas == pytest.approx(np.array([[0.93, 0.82, 0.96], [0.56, 0.54, 0.56]]), abs=1e-12)
    larger = 299 / 300 * 150 / 149
    assert np.array(found.covariances) / larger == pytest.approx((2.55034e-5, 9.39597e-5, 3.19911e-5), rel=1e-5)
    assert found.error / larger == pytest.approx(1.98322e-4, rel=1e-5)
    assert found.reader == pytest.approx(8.39821e-4, rel=1e-3)
    assert found.reader_method == pytest.approx(1.83915e-3, rel=1e-3)
    assert found.freedom == pytest.approx(2.39952379, rel=1e-3)
    (pair,) = found.pairs
    assert pair.difference.value == pytest.approx(0.35, abs=1e-12)
    assert half(pair.difference) == pytest.approx(reach(2.39952379, 1.42393736e-3), rel=1e-3)
    printed = (((9.03333333e-1, 1.86122297e-3), 2.11220765), ((5.53333333e-1, 1.82252051e-4), 33.6310076))
    for (_, interval), ((value, variance), freedom) in zip(found.methods, printed, strict=True):
        assert interval.value == pytest.approx(value, abs=1e-8)
        assert half(interval) == pytest.approx(reach(freedom, variance), rel=2e-3)
    # iMRMC's own limits and p are wider: it takes 2 of 2.4 degrees of freedom, and 33 of 33.6
    assert 0.35 - reach(2, 1.42393736e-3) == pytest.approx(1.87638992e-1, rel=1e-6)
    assert 5.53333333e-1 - reach(33, 1.82252051e-4) == pytest.approx(5.25867222e-1, rel=1e-6)
    assert pair.p < 1.14251514e-2


def half(interval: Interval) -> float:
    return (interval.high - interval.low) / 2


def reach(freedom: float, variance: float) -> float:
    """Half of Student's 95% interval."""
    return float(stats.t.ppf(0.975, freedom) * variance**0.5)


def test_a_line_that_is_none_is_told():
    with pytest.raises(RatingsError, match="no iMRMC file"):
        from_imrmc("BEGIN DATA:\n1,2\n")
    with pytest.raises(RatingsError, match="case 27 has no line with its truth"):
        from_imrmc(example().replace("-1,27,0,1\n", ""))
