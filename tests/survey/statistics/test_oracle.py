"""The statistics against sureal, krippendorff and pingouin: frozen numbers here, their programs where installed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cf_esrt.survey.statistics import bt500, ordinal_alpha, rater_bias, subject_model, without_bias
from cf_esrt.survey.statistics.agreement import icc_of
from cf_esrt.survey.statistics.opinion import stimulus_means
from cf_esrt.survey.statistics.ratings import Votes
from tests.survey.statistics import oracle


def frozen() -> dict[str, Any]:
    return json.loads(oracle.PATH.read_text("utf-8"))


def as_votes(scores: np.ndarray) -> Votes:
    shape = (len(scores), oracle.IMAGES, oracle.METHODS, 1)
    names = [tuple(str(k) for k in range(count)) for count in shape[:3]]
    return Votes(names[0], names[1], names[2], scores.astype(float).reshape(shape))


def check(scores: np.ndarray, expected: dict[str, Any]) -> None:
    votes = as_votes(scores)
    rejected = bt500(votes, ddof=0)  # sureal's σ
    assert [one.rejected for one in rejected] == expected["bt500_rejected"]
    # sureal divides by all stimuli, also by those without a vote of the rater
    shares = [(one.above + one.below) / scores.shape[1] for one in rejected]
    assert shares == pytest.approx(expected["bt500_share"], abs=1e-6)
    assert rater_bias(votes) == pytest.approx(expected["p913_bias"], abs=1e-6)
    assert stimulus_means(without_bias(votes)).ravel() == pytest.approx(expected["p913_quality"], abs=1e-6)
    model = subject_model(votes)
    assert model.converged
    assert model.quality.ravel() == pytest.approx(expected["quality"], abs=1e-6)
    assert model.quality_error.ravel() == pytest.approx(expected["quality_error"], abs=1e-6)
    assert model.bias == pytest.approx(expected["bias"], abs=1e-6)
    assert model.inconsistency == pytest.approx(expected["inconsistency"], abs=1e-6)
    assert ordinal_alpha(votes) == pytest.approx(expected["alpha"], abs=1e-9)


def check_icc(scores: np.ndarray, expected: dict[str, Any]) -> None:
    own = icc_of(scores.T.astype(float))
    for name, interval in (("single", own.single), ("average", own.average)):
        value, low, high = expected[name]
        assert interval.value == pytest.approx(value, abs=1e-9)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.0051)  # pingouin rounds these


def test_whole_votes_as_their_programs_had_them():
    document = frozen()
    assert sum(document["whole"]["bt500_rejected"]) == 2  # the comparison is about something
    check(np.array(document["votes"]), document["whole"])
    check_icc(np.array(document["votes"]), document)


def test_votes_with_gaps_as_their_programs_had_them():
    document = frozen()
    check(oracle.with_gaps(np.array(document["votes"], dtype=float)), document["gaps"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 21, 22, 28])
def test_other_votes_as_their_programs_have_them_now(seed: int):
    for name in ("sureal", "krippendorff", "pingouin"):
        pytest.importorskip(name, reason=f"{name} is installed apart: see oracle.py")
    scores = oracle.votes(seed)
    expected = oracle.numbers(scores)
    check(scores, expected["whole"])
    check(oracle.with_gaps(scores), expected["gaps"])
    check_icc(scores, expected)
