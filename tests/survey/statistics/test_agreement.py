"""Intraclass correlations on a published table, their intervals in simulation; alpha's ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cf_esrt.survey.statistics import icc, ordinal_alpha
from cf_esrt.survey.statistics.agreement import icc_of
from tests.survey.statistics.studies import votes_from

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Shrout and Fleiss 1979, table 2: targets × judges"""


def test_the_published_example():
    found = icc_of(SHROUT_FLEISS)
    assert found.single.value == pytest.approx(0.29, abs=0.005)  # their ICC(2,1)
    assert found.average.value == pytest.approx(0.62, abs=0.005)  # their ICC(2,4)
    assert (found.single.low, found.single.high) == pytest.approx((0.02, 0.76), abs=0.005)  # McGraw and Wong 1996
    assert (found.average.low, found.average.high) == pytest.approx((0.07, 0.93), abs=0.005)


def test_intervals_cover_the_planted_correlation():
    generator = np.random.default_rng(2)
    truth = 1.0 / (1.0 + 0.3 + 1.2)
    covered = []
    for _ in range(1000):
        normal = generator.standard_normal
        target, judge = normal((50, 1)), 0.3**0.5 * normal((1, 15))
        interval = icc_of(target + judge + 1.2**0.5 * normal((50, 15))).single
        covered.append(interval.low <= truth <= interval.high)
    assert 0.93 <= np.mean(covered) <= 0.97


def test_raters_with_gaps_are_left_out_of_icc_and_counted():
    scores = np.random.default_rng(0).integers(1, 6, (6, 5, 2)).astype(float)
    votes = votes_from(scores)
    votes.scores[2, 0, 0] = np.nan
    found = icc(votes)
    assert (found.raters, found.stimuli) == (5, 10)
    assert found == icc(votes.of_raters([rater for rater in votes.raters if rater != votes.raters[2]]))


def test_nothing_to_agree_on():
    assert np.isnan(icc(votes_from(np.full((4, 3, 2), 3.0))).single.value)
    assert np.isnan(ordinal_alpha(votes_from(np.full((4, 3, 2), 3.0))))


def test_alpha_is_one_in_agreement_and_about_zero_by_chance():
    generator = np.random.default_rng(1)
    own = generator.integers(1, 6, (1, 20, 4)).astype(float)
    assert ordinal_alpha(votes_from(np.repeat(own, 5, 0))) == pytest.approx(1)
    assert abs(ordinal_alpha(votes_from(generator.integers(1, 6, (20, 40, 5)).astype(float)))) < 0.02


def test_a_replicate_is_a_unit_of_its_own():
    scores = np.random.default_rng(3).integers(1, 6, (4, 6, 2)).astype(float)
    votes = votes_from(scores)
    halves = replace(votes, images=votes.images[:3], scores=np.stack([scores[:, :3], scores[:, 3:]], 3))
    assert ordinal_alpha(halves) == pytest.approx(ordinal_alpha(votes))
