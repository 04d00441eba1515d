"""Means and their intervals, on votes that can be reckoned by hand and on studies whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cf_esrt.survey.statistics import RatingsError, differential_opinions, opinions, stimulus_opinions
from cf_esrt.survey.statistics.intervals import binomial_limits, sos_limits, sos_parameter, student_limits
from cf_esrt.survey.statistics.opinion import differential, rater_means
from cf_esrt.survey.statistics.ratings import Votes
from cf_esrt.survey.statistics.simulation import Population, expected_vote, latent_of, simulate, vote_sd
from tests.survey.statistics.studies import votes_from


def test_mos_and_sd_as_papers_print_them():
    votes = votes_from([[[4, 1], [5, 2]], [[3, 1], [4, 3]], [[5, 2], [5, 2]]])  # raters × images × methods
    first, second = opinions(votes)
    assert first.student.value == pytest.approx(26 / 6)
    assert first.sd == pytest.approx(np.std([4, 5, 3, 4, 5, 5], ddof=1))
    assert (first.votes, first.raters) == (6, 3)
    low, high = stats.t.interval(0.95, 2, loc=26 / 6, scale=stats.sem([4.5, 3.5, 5.0]))
    assert (first.student.low, first.student.high) == pytest.approx((low, high))
    assert first.student.high > 5  # Student's leaves the scale
    assert first.sos is not None
    assert 1 <= first.sos.low < first.student.value < first.sos.high <= 5
    assert second.student.value == pytest.approx(11 / 6)


def test_a_rater_who_saw_the_hard_images_only_is_not_taken_for_a_severe_one():
    whole = votes_from([[[5], [1]], [[5], [1]], [[5], [1]]])
    scores = whole.scores.copy()
    scores[2, 0] = np.nan
    assert rater_means(replace(whole, scores=scores))[:, 0].tolist() == [3.0, 3.0, 3.0]


def test_one_rater_has_a_mean_and_no_interval():
    (one,) = opinions(votes_from([[[4], [5]]]))
    assert one.student.value == 4.5
    assert not one.student.known
    assert one.sos is not None
    assert not one.sos.known


def test_unanimous_raters_leave_the_binomial_interval_open_below():
    (one,) = opinions(votes_from([[[5]] * 4] * 10))
    assert one.student.low == one.student.high == 5
    assert one.sos is not None
    assert one.sos.high == 5
    assert 4.8 < one.sos.low < 5
    assert one.sos.low == pytest.approx(1 + 4 * 0.025 ** (1 / 160))  # 160 yes-or-no trials, all yes


def test_binomial_limits_are_clopper_and_pearson_s():
    low, high = binomial_limits(np.array(3.5), np.array(6))
    expected = stats.binomtest(15, 24).proportion_ci(0.95, "exact")  # six votes are 24 trials, 62.5% of the way to 5
    assert (low, high) == pytest.approx((1 + 4 * expected.low, 1 + 4 * expected.high))


def test_the_sos_parameter_of_binomial_votes_is_a_quarter():
    mean = np.array([1.5, 3.0, 4.2])
    assert sos_parameter(mean, 0.25 * (mean - 1) * (5 - mean)) == pytest.approx(0.25)


def test_dmos_compares_each_rater_with_their_own_reference():
    votes = replace(votes_from([[[2, 4]], [[5, 4]], [[3, 5]]]), methods=("x", "original"))
    assert differential(votes, "original").scores.ravel().tolist() == [3, 6, 3]  # above 5: better than the original
    (one,) = differential_opinions(votes, "original")
    assert one.student.value == 4
    assert one.sos is None
    with pytest.raises(RatingsError, match="none of the methods"):
        differential(votes, "hidden")


def test_a_stimulus_counts_a_rater_once():
    votes = votes_from([[[4]], [[2]]])
    twice = Votes(votes.raters, votes.images, votes.methods, np.concatenate([votes.scores, votes.scores], 3))
    (one,) = stimulus_opinions(twice)
    assert one == stimulus_opinions(votes)[0]
    assert one.raters == 2


def test_planted_scores_are_what_the_paper_prints():
    for mos, sd in ((2.84, 1.44), (4.08, 1.09)):
        latent, spread = latent_of(mos, sd)
        assert float(expected_vote(latent, spread)) == pytest.approx(mos, abs=1e-6)
        assert float(vote_sd(latent, spread)) == pytest.approx(sd, abs=1e-6)
        drawn = np.clip(np.round(np.random.default_rng(0).normal(latent, spread, 200_000)), 1, 5)
        assert (drawn.mean(), drawn.std()) == pytest.approx((mos, sd), abs=0.02)


POPULATIONS = {
    "honest": Population((1.8, 2.8, 3.4, 4.0, 4.7)),
    "biased": Population((1.8, 2.8, 3.4, 4.0, 4.7), rater=0.8),
    "inconsistent": Population((1.8, 2.8, 3.4, 4.0, 4.7), noise=(0.5, 0.9, 1.6)),
}


@pytest.mark.parametrize("name", POPULATIONS)
@pytest.mark.parametrize(("raters", "images"), [(15, 10), (35, 6)])
def test_intervals_cover_the_planted_mos(name: str, raters: int, images: int):
    generator = np.random.default_rng(1)
    studies = simulate(POPULATIONS[name], studies=1000, raters=raters, images=images, generator=generator)
    means = studies.votes.mean((2, 4)).swapaxes(0, 1)  # raters first: a thousand studies in one call
    for low, high in (student_limits(means), sos_limits(means, images)):
        covered = (low <= studies.mos) & (studies.mos <= high)
        assert 0.93 <= covered.mean() <= 0.97
        assert (np.abs(covered.mean(0) - 0.95) < 0.03).all()  # of every single method


def test_a_difference_of_two_methods_is_covered():
    studies = simulate(POPULATIONS["biased"], studies=1000, raters=15, images=10, generator=np.random.default_rng(2))
    means = studies.votes.mean((2, 4)).swapaxes(0, 1)
    low, high = student_limits(means[..., 4] - means[..., 2])
    truth = studies.mos[:, 4] - studies.mos[:, 2]
    assert 0.93 <= ((low <= truth) & (truth <= high)).mean() <= 0.97
