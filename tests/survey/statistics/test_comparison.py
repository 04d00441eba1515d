"""Tests over raters and over images, and the mixed model, against SciPy and in simulation."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests

from cf_esrt.survey.statistics import RatingsError, compare, mixed_model
from cf_esrt.survey.statistics.comparison import holm, signed_rank_p
from cf_esrt.survey.statistics.mixed import balanced_components, balanced_limits
from cf_esrt.survey.statistics.simulation import Population, simulate
from tests.survey.statistics.studies import votes_from

POPULATION = Population((2.6, 3.0, 3.4, 3.8), noise=(0.7,), rater=0.5, rater_method=0.4, image_method=0.4)


def studies(count: int, raters: int = 12, images: int = 8, seed: int = 3):
    return simulate(POPULATION, studies=count, raters=raters, images=images, generator=np.random.default_rng(seed))


def test_raters_means_are_the_observations():
    votes = studies(1).study(0)
    found = compare(votes)
    means = np.round(votes.scores[..., 0].mean(1), 9)  # ties are ties
    expected = stats.friedmanchisquare(*means.T)
    assert (found.friedman, found.friedman_p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.units, len(found.pairs)) == (12, 6)
    pair = found.pairs[2]  # first against last
    differences = np.round(means[:, 0] - means[:, 3], 9)
    assert pair.p == pytest.approx(stats.wilcoxon(differences[differences != 0])[1])
    assert pair.difference.value == pytest.approx(differences.mean())
    assert pair.prefer_first + pair.prefer_second <= pair.units
    assert [one.p_holm for one in found.pairs] == pytest.approx(holm([one.p for one in found.pairs]))
    assert compare(votes, "image").units == 8


@pytest.mark.parametrize("count", [6, 9, 60])
def test_signed_ranks_are_scipy_s(count: int):
    differences = np.random.default_rng(count).normal(0.3, 1, count)
    assert signed_rank_p(differences) == pytest.approx(stats.wilcoxon(differences, method="exact")[1], rel=1e-9)
    tied = np.round(differences * 2 + np.sign(differences))
    if count < 10:  # SciPy goes through all signs
        assert signed_rank_p(tied) == pytest.approx(stats.wilcoxon(tied)[1])


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    drawn = np.random.default_rng(0).uniform(0, 0.2, 30)
    assert holm(drawn.tolist()) == pytest.approx(np.asarray(multipletests(drawn, method="holm")[1]).tolist())
    corrected = holm([0.01, float("nan"), 0.04])
    assert corrected[0] == pytest.approx(0.02)
    assert np.isnan(corrected[1])


def test_methods_that_nobody_tells_apart():
    found = compare(votes_from(np.full((5, 4, 3), 3.0)))
    assert (found.friedman_p, found.kendall_w) == (1.0, 0.0)
    assert [pair.p for pair in found.pairs] == [1.0] * 3
    assert [pair.rank_biserial for pair in found.pairs] == [0.0] * 3


def test_a_single_rater_gives_no_test():
    found = compare(votes_from(np.random.default_rng(0).integers(1, 6, (1, 4, 3))))
    assert np.isnan(found.friedman_p)
    assert np.isnan([pair.p for pair in found.pairs]).all()


def test_the_test_over_raters_keeps_its_level():
    same = replace(POPULATION, methods=(3.2, 3.2), image_method=0.0)
    drawn = simulate(same, studies=1000, raters=12, images=8, generator=np.random.default_rng(5))
    means = drawn.votes.mean((2, 4))
    differences = np.round(means[..., 0] - means[..., 1], 9)
    found = [signed_rank_p(own[own != 0]) < 0.05 for own in differences]
    assert 0.03 <= np.mean(found) <= 0.065


def test_the_fit_is_the_mean_squares_where_the_design_is_complete():
    drawn = studies(1).study(0)
    cells = drawn.scores[..., 0]
    parts = balanced_components(cells)
    assert min(parts.rater, parts.image, parts.rater_method, parts.image_method) > 0
    fit = mixed_model(drawn)
    for name in ("rater", "image", "rater_method", "image_method", "residual"):
        assert getattr(fit.components, name) == pytest.approx(getattr(parts, name), rel=1e-3)
    means, values, limits = balanced_limits(cells)
    assert [one.difference.value for one in fit.contrasts] == pytest.approx(values.tolist(), abs=1e-6)
    assert [one.difference.low for one in fit.contrasts] == pytest.approx(limits[:, 0].tolist(), abs=1e-3)
    assert [interval.high for _, interval in fit.means] == pytest.approx(means[:, 1].tolist(), abs=2e-3)
    assert fit.converged


def test_mean_squares_find_what_was_planted():
    generator = np.random.default_rng(1)
    normal = generator.standard_normal
    r, i, m = 300, 200, 8
    cells = (
        0.6 * normal((r, 1, 1)) + 0.5 * normal((1, i, 1)) + 0.3 * normal((r, 1, m)) + 0.4 * normal((1, i, m))
        + 0.9 * normal((r, i, m))
    )  # fmt: skip
    parts = balanced_components(cells)
    found = [parts.rater, parts.image, parts.rater_method, parts.image_method, parts.residual]
    assert np.sqrt(found) == pytest.approx([0.6, 0.5, 0.3, 0.4, 0.9], rel=0.15)


def test_a_difference_on_other_images_is_covered():
    drawn = studies(1000, seed=8)
    truth = np.array([drawn.everywhere[a] - drawn.everywhere[b] for a in range(4) for b in range(a + 1, 4)])
    covered, single = [], []
    for votes in drawn.votes[..., 0]:
        limits = balanced_limits(votes)[2]
        covered.append((limits[:, 0] <= truth) & (truth <= limits[:, 1]))
        differences = (votes[..., 0] - votes[..., 3]).ravel()  # as if single votes were independent
        half = 1.96 * differences.std(ddof=1) / len(differences) ** 0.5
        single.append(abs(differences.mean() - truth[2]) <= half)
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(single) < 0.85  # what the mixed model is for


def test_gaps_are_fitted_too():
    votes = studies(1, raters=8, images=6, seed=4).study(0)
    votes.scores[0, 0] = votes.scores[3, 2, 1] = np.nan
    fit = mixed_model(votes)
    assert (fit.raters, fit.images) == (8, 6)
    whole = compare(votes).pairs
    assert [one.difference.value for one in fit.contrasts] == pytest.approx(
        [pair.difference.value for pair in whole], abs=0.1
    )


@pytest.mark.parametrize("shape", [(2, 5, 3), (5, 2, 3), (5, 5, 1)])
def test_too_little_for_a_mixed_model(shape: tuple[int, int, int]):
    with pytest.raises(RatingsError, match="three raters, three images and two methods"):
        mixed_model(votes_from(np.random.default_rng(0).integers(1, 6, shape)))


def test_votes_that_do_not_vary_fit_no_mixed_model():
    with pytest.raises(RatingsError, match="do not vary"):
        mixed_model(votes_from(np.full((4, 4, 2), 3.0)))


def test_the_fit_with_votes_missing_is_that_of_statsmodels():
    """REML by statsmodels' MixedLM, which is slow: on a small study with a fifth of the votes missing."""
    drawn = studies(1).study(0)
    scores = drawn.scores.copy()
    scores[np.random.default_rng(3).random(scores.shape) < 0.2] = np.nan
    fit = mixed_model(replace(drawn, scores=scores))
    places = np.argwhere(np.isfinite(scores[..., 0]))
    table = pd.DataFrame(places, columns=["rater", "image", "method"]).assign(
        score=scores[np.isfinite(scores)], study=1
    )
    formulas = {"rater": "0 + C(rater)", "image": "0 + C(image)", "rater_method": "0 + C(rater):C(method)",
                "image_method": "0 + C(image):C(method)"}  # fmt: skip
    model = MixedLM.from_formula("score ~ 0 + C(method)", table, groups="study", vc_formula=formulas)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow = model.fit(reml=True, method="lbfgs")
    variances = dict(zip(model.exog_vc.names, slow.vcomp, strict=True))
    for name in formulas:
        assert getattr(fit.components, name) == pytest.approx(variances[name], rel=0.01, abs=2e-4)
    assert fit.components.residual == pytest.approx(slow.scale, rel=1e-3)
    assert [one.value for _, one in fit.means] == pytest.approx(list(slow.fe_params), abs=1e-3)


def test_the_search_is_closed_where_there_is_nothing_to_search():
    """A study of 200 raters: the sums that the fit works with are of the size of images and methods, not of votes."""
    drawn = simulate(POPULATION, studies=1, raters=200, images=11, generator=np.random.default_rng(4)).study(0)
    fit = mixed_model(drawn)
    parts = balanced_components(drawn.scores[..., 0])
    assert fit.converged
    for name in ("rater", "image", "rater_method", "image_method", "residual"):
        assert getattr(fit.components, name) == pytest.approx(getattr(parts, name), rel=1e-4, abs=1e-5)
