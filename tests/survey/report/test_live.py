"""The live view tells how far a study is and how sure, and not who wins."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np

from cf_esrt.survey.report import live_summary
from cf_esrt.survey.report.live import masks
from tests.survey.report.study import METHODS, study


def test_masked_nothing_tells_a_method_or_a_mean():
    ratings, description, raters = study()
    realism, fidelity = live_summary(ratings, description, planned=dict.fromkeys(raters["rater"], 15))
    for one in (realism, fidelity):
        text = json.dumps(asdict(one))
        assert not any(method in text for method in METHODS)
        assert [method.label for method in one.methods] == ["A", "B", "C"]
        assert [method.mos for method in one.methods] == [None] * 3
        assert all(method.half_width > 0 for method in one.methods)
    assert (realism.votes, realism.planned) == (180, 180)
    assert realism.needed is not None
    clicker = next(one for one in realism.raters if "clicker" in one.rater)
    assert (clicker.votes, clicker.planned, clicker.gold_right, clicker.looking) == (15, 15, 0, False)
    assert all(one.looking for one in realism.raters if one is not clicker)


def test_letters_follow_neither_the_alphabet_nor_the_protocol():
    letters = [masks(METHODS, f"hash {k}") for k in range(40)]
    orders = {tuple(one[method] for method in METHODS) for one in letters}
    assert len(orders) == 6
    assert masks(METHODS, "one") == masks(tuple(reversed(METHODS)), "one")
    assert list(masks(tuple(str(k) for k in range(28)), "many").values()).count("AB") == 1


def test_unmasked_after_the_lock():
    ratings, description, _ = study()
    realism, _ = live_summary(ratings, description, masked=False)
    assert [one.label for one in realism.methods] == list(METHODS)
    means = [one.mos for one in realism.methods if one.mos is not None]
    assert len(means) == 3
    assert means == sorted(means)


def test_before_the_first_vote_and_after_one():
    ratings, description, _ = study()
    assert live_summary(ratings.iloc[:0], description) == []
    (one,) = live_summary(ratings.iloc[:1], replace(description, methods=()))
    assert one.votes == 1
    assert one.needed is None
    assert np.isnan(one.methods[0].half_width)
    (empty,) = live_summary(ratings.iloc[:1], description)  # methods without a vote yet
    assert [method.votes for method in empty.methods].count(0) == 2
