"""Adaptive pairs: the most telling first, the same again from the secret and the answers, and nothing lost by it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from assets.survey import adaptive_pairs
from cf_esrt.survey import design
from cf_esrt.survey.contradictions import contradictions
from cf_esrt.survey.design import adaptive
from cf_esrt.survey.design.chance import Chance
from cf_esrt.survey.survey import Survey
from tests.survey.studies import PASSWORD, at_the_items, opened, protocol, settings

PAIRS = ("a|b", "a|c", "b|c")
METHODS = ("original", "bicubic", "esrt", "srcnn")


def study(**changes):
    return settings(4, METHODS, questions=[{"kind": "pair", "adaptive": True}], items_per_rater=6, **changes)


def test_before_the_first_answer_every_pair_comes_and_the_secret_decides_the_order():
    orders = {tuple(adaptive.choose(PAIRS, {}, 3, Chance(secret))) for secret in range(30)}
    assert all(sorted(order) == list(PAIRS) for order in orders)
    assert len(orders) > 3


def test_what_is_known_is_not_asked_again():
    """a beats both others for certain; b and c are not told apart."""
    tally = {"a|b": (60, 0, 0), "a|c": (60, 0, 0), "b|c": (5, 5, 0)}
    assert Counter(adaptive.choose(PAIRS, tally, 10, Chance(0)))["b|c"] == 10
    assert "b|c" not in adaptive.choose(PAIRS, {"b|c": (500, 500, 0)}, 2, Chance(0))


def test_information_is_that_of_an_integral():
    """Against a sum over a fine grid of the difference."""
    for mean, sd in ((0.0, 1.0), (1.5, 0.4), (-2.0, 2.0)):
        grid = np.linspace(mean - 9 * sd, mean + 9 * sd, 20001)
        weight = np.exp(-(((grid - mean) / sd) ** 2) / 2)
        weight /= weight.sum()
        chance = 1 / (1 + np.exp(-grid))

        def entropy(p):
            return -p * np.log(p) - (1 - p) * np.log(1 - p)

        expected = entropy(weight @ chance) - weight @ entropy(chance)
        assert adaptive.information(np.array([mean]), np.array([sd**2]))[0] == pytest.approx(expected, abs=1e-3)


def test_the_posterior_is_the_maximum():
    generator = np.random.default_rng(1)
    design_ = np.array([[1.0, -1, 0], [1, 0, -1], [0, 1, -1]])
    wins, answers = np.array([7.0, 9, 4]), np.array([10.0, 10, 10])

    def log_density(worths):
        chance = 1 / (1 + np.exp(-design_ @ worths))
        return (wins * np.log(chance) + (answers - wins) * np.log(1 - chance)).sum() - (worths**2).sum() / 2 / 4

    worths, covariance = adaptive.posterior(design_, wins, answers)
    best = log_density(worths)
    assert all(log_density(worths + 0.05 * generator.standard_normal(3)) < best for _ in range(50))
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_a_raters_pairs_follow_from_the_answers_when_the_rater_began(tmp_path):
    survey, codes = opened(tmp_path / "s", study(), raters=3)
    assert survey.sign_in(codes[0]).state().total == 6
    for number, code in enumerate(codes, 1):
        before = survey.tally()
        session = at_the_items(survey, code)
        plan = survey.plan(number)
        pairs = {frozenset((item.method, item.other or "")) for item in plan}
        assert (len(plan), len(pairs)) == (6, 6) if number == 1 else len(plan) == 6
        assert all(a.image != b.image for a, b in pairwise(plan))
        while (item := session.item()) is not None:
            planned = plan[item.position]
            first = METHODS.index(planned.method) < METHODS.index(planned.other or "")
            session.vote(item.token, 1 if first else 2, 1500)  # the order of the list, always
        event = [json.loads(line) for line in survey.folder.log.read_text("utf-8").splitlines()]
        (chosen,) = [one["data"] for one in event if one["kind"] == "chosen" and one["rater"] == number]
        tally = {pair: tuple(counts) for pair, counts in chosen["tally"].items()}
        assert tally == before
        assert chosen["pairs"] == design.choose(survey.protocol, number, survey.order_secret, tally)
        assert design.plan(survey.protocol, number, survey.order_secret, chosen["pairs"]) == plan
    assert sum(map(sum, survey.tally().values())) == 18
    assert all(second == ties == 0 for _, second, ties in survey.tally().values())
    plans = [survey.plan(number) for number in (1, 2, 3)]
    survey.close()
    for file in survey.folder.path.glob("survey.sqlite*"):
        file.unlink()
    again = Survey.attach(survey.folder)  # from the log alone
    assert [again.plan(number) for number in (1, 2, 3)] == plans
    assert again.organiser(PASSWORD).status().votes == 18
    again.close()


def test_what_adaptive_pairs_need_is_told():
    given = protocol(4, METHODS, questions=[{"kind": "pair", "adaptive": True}], replicates=2)
    said = " ".join(sentence for _, sentence in contradictions(given))
    assert "need 'items_per_rater'" in said
    assert "leave 'replicates' out" in said
    said = " ".join(s for _, s in contradictions(protocol(questions=[{"kind": "realism", "adaptive": True}])))
    assert "'adaptive' is for the question 'pair'" in said


def test_estimates_stay_where_they_are_with_adaptive_pairs():
    """A few of the simulated studies of `assets.survey.adaptive_pairs`: no bias beyond the error of their mean."""
    drawn = adaptive_pairs.measured(studies=40, raters=12, seed=3)
    for way in ("in full", "adaptive"):
        error = drawn[way].estimates - drawn[way].estimates.mean(1, keepdims=True) - adaptive_pairs.CENTRED
        standard = error.std(0, ddof=1) / 40**0.5
        assert (np.abs(error.mean(0)) < 4 * standard + 0.1).all()
        assert drawn[way].covered.mean() > 0.85
