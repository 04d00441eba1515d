"""Obuchowski and Rockette's analysis against the published one of Van Dyke's data, and iMRMC's format."""

from __future__ import annotations

from dataclasses import replace
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
    Wilcoxon, method = OR)" in the chapter on OR examples of its book (Chakraborty, RJafrocRocBook, `ORExamples`); Smith
    and Hillis' MRMCaov prints the same, in the README of https://github.com/brian-j-smith/MRMCaov.
    """
    found = obuchowski_rockette(van_dyke)
    expected = [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ]
    assert found.areas == pytest.approx(np.array(expected), abs=1e-8)
    assert found.f == pytest.approx(4.456319, abs=1e-6)
    assert found.freedom == pytest.approx(15.259675, abs=1e-6)
    assert found.p == pytest.approx(0.05166569, abs=1e-8)
    assert found.reader == pytest.approx(0.0015349993, abs=1e-10)
    assert found.covariances == pytest.approx((0.0003466137, 0.0003440748, 0.0002390284), abs=1e-10)
    assert found.error == pytest.approx(0.0008022883, abs=1e-10)
    assert found.reader_method == pytest.approx(0.0002004025, abs=1e-10)
    limits = [(interval.low, interval.high) for _, interval in found.methods]
    assert np.array(limits) == pytest.approx(np.array([[0.82522360, 0.96885048], [0.89413783, 0.98753689]]), abs=1e-7)
    difference = found.pairs[0].difference
    assert difference.value == pytest.approx(-0.04380032, abs=1e-8)
    assert (difference.low, difference.high) == pytest.approx((-0.08795949, 0.00035885), abs=1e-7)
    assert found.pairs[0].p == pytest.approx(found.p)


def test_imrmc_comes_back_the_same(van_dyke):
    text = imrmc(van_dyke, "a title, with a comma and N1: a colon")
    title = "Reader study a title with a comma and N1 a colon"
    assert text.splitlines()[:6] == [title, "", "NR: 5", "N0: 69", "N1: 45", "NM: 2"]
    assert text.splitlines()[8:10] == ["truth,patient_0,truth,0", "truth,patient_1,truth,0"]
    back = from_imrmc(text)
    assert back.readers == tuple(f"reader_{k}" for k in range(5))
    assert (back.cases[:2], back.methods) == (("patient_0", "patient_1"), ("cine", "spin_echo"))
    assert np.array_equal(back.scores, van_dyke.scores)
    assert np.array_equal(back.truth, van_dyke.truth)


def test_names_that_imrmc_would_take_for_one_are_told_apart(van_dyke):
    cases = ("p 1", "p_1", "p,1", *van_dyke.cases[3:])
    back = from_imrmc(imrmc(replace(van_dyke, cases=cases), "t"))
    assert back.cases[:3] == ("p_1", "p_1_", "p_1__")
    assert np.array_equal(back.scores, van_dyke.scores)


def test_areas_without_a_case_are_those_of_the_others(van_dyke):
    for case in (0, 68, 69, 113):
        kept = np.arange(114) != case
        expected = area(van_dyke.scores[..., kept], van_dyke.truth[kept])
        assert areas_without(van_dyke.scores, van_dyke.truth)[..., case] == pytest.approx(expected, abs=1e-12)


def test_areas_without_a_patient_are_those_of_the_other_patients(van_dyke):
    """Each patient has two pictures, some of both kinds."""
    patients = [str(case % 57) for case in range(114)]
    found = areas_without(van_dyke.scores, van_dyke.truth, patients)
    assert found.shape == (2, 5, 57)
    for patient in (0, 12, 56):
        kept = np.array(patients) != str(patient)
        expected = area(van_dyke.scores[..., kept], van_dyke.truth[kept])
        assert found[..., patient] == pytest.approx(expected, abs=1e-12)


def test_the_same_pictures_twice_tell_no_more_than_once(van_dyke):
    """A second copy of every picture would halve the variance if it were another patient's."""
    twice = Readings(
        van_dyke.readers, van_dyke.cases + tuple(f"{case} again" for case in van_dyke.cases), van_dyke.methods,
        np.concatenate([van_dyke.scores, van_dyke.scores], 2), np.concatenate([van_dyke.truth, van_dyke.truth]),
        patients=van_dyke.cases * 2,
    )  # fmt: skip
    once, by_patient = obuchowski_rockette(van_dyke), obuchowski_rockette(twice)
    assert by_patient.areas == pytest.approx(once.areas)
    assert by_patient.error == pytest.approx(once.error)
    assert by_patient.covariances == pytest.approx(once.covariances)
    assert by_patient.p == pytest.approx(once.p)
    assert obuchowski_rockette(replace(twice, patients=())).error < 0.6 * once.error


def test_one_patient_of_a_kind_is_too_few(van_dyke):
    ill = np.flatnonzero(van_dyke.truth)
    patients = ["one" if case in ill else str(case) for case in range(114)]
    with pytest.raises(RatingsError, match="two cases of each kind of two patients"):
        obuchowski_rockette(replace(van_dyke, patients=tuple(patients)))


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
