"""Obuchowski and Rockette's analysis against the published one of Van Dyke's data, and iMRMC's format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.reader import (
    Readings,
    accuracies,
    area,
    areas_without,
    from_imrmc,
    imrmc,
    obuchowski_rockette,
)


@pytest.fixture
def van_dyke() -> Readings:
    lines = Path(__file__).with_name("van_dyke.txt").read_text("utf-8").splitlines()
    rows = [line.partition("|") for line in lines if not line.startswith("#")]
    truth = np.array([False] * 69 + [True] * 45)
    pairs = [[[int(digit) for digit in pair] for pair in f"{healthy} {ill}".split()] for healthy, _, ill in rows]
    scores = np.array(pairs, dtype=float).transpose(2, 0, 1)
    readers, cases = tuple(f"reader {k}" for k in range(5)), tuple(f"patient {k}" for k in range(114))
    return Readings(readers, cases, ("cine", "spin echo"), scores, truth)


def test_van_dykes_areas_and_analysis(van_dyke):
    """The figures that RJafroc prints for its dataset02 by the empirical area and the jackknife: "St(dataset02, FOM =
    Wilcoxon, method = OR)" in the chapter on OR examples of its book (Chakraborty, RJafrocRocBook, `ORExamples`).
    """
    found = obuchowski_rockette(van_dyke)
    expected = [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ]
    assert found.areas == pytest.approx(np.array(expected), abs=1e-8)
    assert found.f == pytest.approx(4.456319, abs=1e-6)
    assert found.freedom == pytest.approx(15.259675, abs=1e-6)
    assert found.p == pytest.approx(0.05166569, abs=1e-7)
    assert found.reader == pytest.approx(0.00153499, abs=1e-7)
    assert found.covariances == pytest.approx((0.00034661, 0.00034407, 0.00023903), abs=1e-8)
    assert found.error == pytest.approx(0.00080229, abs=1e-8)
    assert found.reader_method == pytest.approx(0.00020040, abs=1e-8)
    limits = [(interval.low, interval.high) for _, interval in found.methods]
    assert np.array(limits) == pytest.approx(np.array([[0.82522360, 0.96885048], [0.89413783, 0.98753689]]), abs=1e-7)
    difference = found.pairs[0].difference
    assert difference.value == pytest.approx(-0.04380032, abs=1e-8)
    assert (difference.low, difference.high) == pytest.approx((-0.08795949, 0.00035885), abs=1e-7)
    assert found.pairs[0].p == pytest.approx(found.p)


def test_imrmc_comes_back_the_same(van_dyke):
    text = imrmc(van_dyke, "a title, with a comma")
    assert text.splitlines()[:6] == ["a title with a comma", "", "NR: 5", "N0: 69", "N1: 45", "NM: 2"]
    assert text.splitlines()[8:10] == ["-1,patient_0,0,0", "-1,patient_1,0,0"]
    back = from_imrmc(text)
    assert back.readers == tuple(f"reader_{k}" for k in range(5))
    assert (back.cases[:2], back.methods) == (("patient_0", "patient_1"), ("cine", "spin_echo"))
    assert np.array_equal(back.scores, van_dyke.scores)
    assert np.array_equal(back.truth, van_dyke.truth)
    with pytest.raises(RatingsError, match="no iMRMC file"):
        from_imrmc("BEGIN DATA:\n1,2\n")


PUBLIC = """Simulated binary data
n = the experiment size (cases, readers)

NR:2
N0: 3
N1: 2
NM: 2

BEGIN DATA:
-1 , case1 , modality should not , 0
-1,case2,matter_for_truth,0
-1,3,0,0
-1,26,0,1
-1,27,0,1
 reader 1 ,case1, modality 1 ,1.000000
reader1 ,case2,modality1 ,1.000000
 reader 1,3, modality 1,0.000000
reader1,26,modality1,0.000000
reader1,27,modality1,1.000000
2,case1,modality1,1.000000
2,case2,modality1,0.000000
2,3,modality1,1.000000
2,26,modality1,0.000000
2,27,modality1,0.000000
"""
"""The habits of iMRMC's public example (`inputFiles/forDebugging/test.imrmc` of github.com/DIDSR/iMRMC), a few of its
lines: free text first, counts without spaces, names with spaces here and there."""


def test_imrmcs_own_example_is_read():
    found = from_imrmc(PUBLIC)
    assert (found.readers, found.methods) == (("reader1", "2"), ("modality1",))
    assert found.cases == ("case1", "case2", "3", "26", "27")
    assert found.truth.tolist() == [False, False, False, True, True]
    assert area(found.scores, found.truth) == pytest.approx(np.array([[0.5 - 1 / 12, 1 / 6]]))
    newer = PUBLIC.replace("\n-1", "\ntruth")
    assert np.array_equal(from_imrmc(newer).scores, found.scores)
    with pytest.raises(RatingsError, match="case 27 has no line with its truth"):
        from_imrmc(PUBLIC.replace("-1,27,0,1\n", ""))
    assert from_imrmc(imrmc(found, "again")).truth.tolist() == found.truth.tolist()


def test_areas_without_a_case_are_those_of_the_others(van_dyke):
    for case in (0, 68, 69, 113):
        kept = np.arange(114) != case
        expected = area(van_dyke.scores[..., kept], van_dyke.truth[kept])
        assert areas_without(van_dyke.scores, van_dyke.truth)[..., case] == pytest.approx(expected, abs=1e-12)


def test_sensitivity_and_specificity_are_means_over_readers(van_dyke):
    cine, _ = accuracies(van_dyke, 3)
    own = (van_dyke.scores[0][:, van_dyke.truth] >= 3).mean(1)
    assert cine.sensitivity.value == pytest.approx(own.mean())
    assert cine.sensitivity.low < own.mean() < cine.sensitivity.high
    assert cine.specificity.value == pytest.approx((van_dyke.scores[0][:, ~van_dyke.truth] < 3).mean())


def test_areas_of_ties_and_of_perfect_readers():
    truth = np.array([True, True, False, False])
    assert area(np.array([2.0, 2, 2, 2]), truth) == 0.5
    assert area(np.array([2.0, 3, 1, 0]), truth) == 1
    assert area(np.array([1.0, 3, 1, 0]), truth) == 0.875


def test_a_missing_reading_is_told(van_dyke):
    scores = van_dyke.scores.copy()
    scores[1, 2, 3] = np.nan
    readings = Readings(van_dyke.readers, van_dyke.cases, van_dyke.methods, scores, van_dyke.truth)
    with pytest.raises(RatingsError, match="has not read every case"):
        obuchowski_rockette(readings)
