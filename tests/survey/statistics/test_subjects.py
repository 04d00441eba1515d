"""Raters with known bias and inconsistency are found out; BT.500 counts as the Recommendation says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cf_esrt.survey.statistics import RatingsError, bt500, opinions, rater_bias, subject_model, without_bias
from cf_esrt.survey.statistics.subjects import ROUNDING
from tests.survey.statistics.studies import votes_from


def planted(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Unrounded votes: raters × images × methods, with their quality, bias, inconsistency."""
    quality = generator.uniform(1.5, 4.5, (30, 6))
    bias = np.linspace(-0.8, 0.8, 16)
    spread = np.tile([0.4, 0.7, 1.2, 1.8], 4)
    noise = spread[:, None, None] * generator.standard_normal((16, 30, 6))
    return quality[None] + bias[:, None, None] + noise, quality, bias, spread


def test_the_subject_model_finds_what_was_planted():
    scores, quality, bias, spread = planted(np.random.default_rng(5))
    model = subject_model(votes_from(scores))
    assert model.converged
    assert model.bias == pytest.approx(bias, abs=0.3)
    assert np.corrcoef(model.bias, bias)[0, 1] > 0.98
    assert model.inconsistency == pytest.approx(spread, rel=0.25)
    plain = scores.mean(0)
    assert ((model.quality - quality) ** 2).mean() < 0.6 * ((plain - quality) ** 2).mean()
    inside = np.abs(model.quality - quality) < 1.96 * model.quality_error
    assert 0.9 < inside.mean() < 0.98


def test_no_rater_outweighs_all_others():
    scores, _, _, _ = planted(np.random.default_rng(6))
    votes = votes_from(np.clip(np.round(scores), 1, 5))
    spread = subject_model(votes).inconsistency
    assert spread.min() >= ROUNDING
    echo = replace(votes, scores=votes.scores.copy())
    echo.scores[0] = echo.scores[1:].mean(0)  # a rater without residue: the likelihood has no bound
    model = subject_model(echo)
    assert np.isfinite(model.quality_error).all()
    assert model.quality_error.min() > 0.1


def test_a_rater_without_votes_has_no_place_in_the_model():
    votes = votes_from(np.full((3, 2, 2), 3.0))
    votes.scores[1] = np.nan
    with pytest.raises(RatingsError, match="at least one vote"):
        subject_model(votes)


def test_bias_removal_narrows_intervals_and_keeps_means():
    scores, _, bias, _ = planted(np.random.default_rng(7))
    votes = votes_from(scores)
    assert rater_bias(votes) == pytest.approx(bias - bias.mean(), abs=0.35)
    assert rater_bias(without_bias(votes)) == pytest.approx(np.zeros(16), abs=1e-12)
    for before, after in zip(opinions(votes), opinions(without_bias(votes)), strict=True):
        assert after.student.value == pytest.approx(before.student.value)
        assert after.student.half_width < before.student.half_width


def test_bt500_rejects_who_is_far_off_on_both_sides_and_not_who_is_biased():
    generator = np.random.default_rng(8)
    scores = np.clip(np.round(generator.normal(3, 0.6, (20, 10, 4))), 1, 5)
    scores[0] = generator.choice([1.0, 5.0], (10, 4))
    scores[1] = np.minimum(5, scores[1] + 2)
    checks = bt500(votes_from(scores))
    assert checks[0].rejected
    assert min(checks[0].above, checks[0].below) > 5
    assert not checks[1].rejected
    assert checks[1].above > 5  # far off, but to one side
    assert checks[1].below == 0
    assert not any(one.rejected for one in checks[2:])


def test_bt500_with_nothing_to_tell():
    assert not any(one.rejected for one in bt500(votes_from(np.full((4, 3, 2), 4.0))))
