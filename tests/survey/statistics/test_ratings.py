"""Votes come as a tidy table; what is wrong with one is said in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cf_esrt.survey.statistics import RatingsError, check_ratings, votes_of


def table(**changed: object) -> pd.DataFrame:
    rows = [
        {
            "rater": rater,
            "image": image,
            "method": method,
            "replicate": 1,
            "question": "q",
            "score": score,
            "kind": "test",
        }
        for rater, score in (("r2", 4), ("r1", 2))
        for image in ("a", "b")
        for method in ("m", "n")
    ]
    return pd.DataFrame(rows).assign(**changed)


def test_the_array_holds_each_vote_at_its_place():
    ratings = table()
    ratings.loc[(ratings["rater"] == "r1") & (ratings["image"] == "b") & (ratings["method"] == "n"), "score"] = 5
    votes = votes_of(ratings.drop(0), methods=["n", "m"])
    assert (votes.raters, votes.images, votes.methods) == (("r1", "r2"), ("a", "b"), ("n", "m"))
    assert votes.scores[0, :, :, 0].tolist() == [[2, 2], [5, 2]]
    assert np.isnan(votes.scores[1, 0, 1, 0])  # the dropped row: r2, a, m
    assert votes.count == 7
    assert votes.stimuli[0, :, 0].tolist() == [2, 2, 5, 2]


def test_training_and_gold_votes_stay_apart():
    ratings = pd.concat([table(), table(kind="training"), table(kind="gold")])
    assert votes_of(ratings).count == 8
    assert votes_of(ratings, kind="gold").count == 8


@pytest.mark.parametrize(
    ("ratings", "sentence"),
    [
        (table().drop(columns="score"), "lack the column 'score'"),
        (table(score=6), "A vote is 6; the scale goes from 1 to 5"),
        (table(score=2.5), "score is np.float64\\(2.5\\), not a whole number|score is 2.5, not a whole number"),
        (table(score="good"), "score is 'good', not a whole number"),
        (table(kind="trial"), "kind is 'trial'"),
        (pd.concat([table(), table()]), "votes twice"),
    ],
)
def test_a_table_that_is_none(ratings: pd.DataFrame, sentence: str):
    with pytest.raises(RatingsError, match=sentence):
        check_ratings(ratings)


def test_one_question_at_a_time():
    both = pd.concat([table(), table(question="other")])
    with pytest.raises(RatingsError, match="answer 2 questions"):
        votes_of(both)
    assert votes_of(both, "other").count == 8
    with pytest.raises(RatingsError, match="no test votes on the question 'third'"):
        votes_of(both, "third")
