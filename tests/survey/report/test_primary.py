"""The primary comparison, the comparisons that were named, and the flow of raters."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from cf_esrt.survey.export import RaterRow
from cf_esrt.survey.flow import flow, session_minutes
from cf_esrt.survey.report.analysis import _chosen
from cf_esrt.survey.report.description import PrimaryComparison, StudyDescription
from cf_esrt.survey.report.primary import primary
from cf_esrt.survey.statistics.comparison import compare, holm
from tests.survey.statistics.studies import votes_from


def votes(difference: float, methods: int = 3):
    """12 raters on 8 images; the first method differs from the second by so much."""
    scores = np.random.default_rng(1).normal(3, 0.3, (12, 8, methods))
    scores[:, :, 0] += difference
    return votes_from(scores)


@pytest.mark.parametrize(
    ("difference", "margin", "shown", "words"),
    [
        (0.5, 0.0, True, "a difference is shown"),
        (0.0, 0.0, False, "no difference is shown"),
        (-0.05, 0.3, True, "Non-inferiority by the margin of 0.3 is shown: the interval's lower end is above −0.3."),
        (-0.5, 0.3, False, "Non-inferiority by the margin of 0.3 is not shown"),
    ],
)
def test_the_primary_comparison_is_a_sentence(difference, margin, shown, words):
    drawn = votes(difference)
    asked = PrimaryComparison("realism", drawn.methods[0], drawn.methods[1], margin)
    found = primary(asked, cast(Any, SimpleNamespace(votes=drawn)))
    assert found is not None
    assert (found.shown, words in found.sentence) == (shown, True)
    assert "named before the first vote" in found.sentence
    assert primary(replace(asked, second="none"), cast(Any, SimpleNamespace(votes=drawn))) is None


def test_holm_corrects_over_the_comparisons_that_were_named():
    drawn = votes(0.2, 4)
    a, b, c, _ = drawn.methods
    every = compare(drawn)
    named = _chosen(every, StudyDescription("t", {}, comparisons=((b, a), (a, c))))
    assert [(pair.first, pair.second) for pair in named.pairs] == [(a, b), (a, c)]
    p = [pair.p for pair in named.pairs]
    assert [pair.p_holm for pair in named.pairs] == holm(p)
    assert named.pairs[0].p_holm < every.pairs[0].p_holm


def test_what_the_protocol_does_not_ask_for_is_not_computed():
    every = compare(votes(0.2, 4))
    without = _chosen(every, StudyDescription("t", {}, chosen=("friedman",)))
    assert without.pairs == ()
    assert without.friedman == every.friedman
    assert np.isnan(_chosen(every, StudyDescription("t", {}, chosen=("wilcoxon-holm",))).friedman_p)


def row(**changes: Any) -> RaterRow:
    plain: dict[str, Any] = {"rater": "R001", "votes": 0, "items": 12, "consented": None, "finished": None,
                             "gold_items": 0, "gold_misses": 0, "background": {}, "viewing": {}}  # fmt: skip
    return RaterRow(**(plain | changes))


def test_the_flow_tells_drop_outs_from_those_who_withdrew():
    rows = [
        row(),
        row(consented="t"),
        row(consented="t", votes=3),
        row(consented="t", votes=12, finished="t"),
        row(withdrawn="t"),
    ]
    assert [count for _, count in flow(rows)] == [5, 3, 2, 1, 1, 1]


def test_breaks_are_no_part_of_a_sessions_time():
    times = [f"2026-01-01T10:{minute:02d}:00+00:00" for minute in (0, 1, 2, 30, 31)]
    assert session_minutes({"R001": times}) == 3
    assert session_minutes({}) is None
