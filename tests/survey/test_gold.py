"""Which protocols are warned of."""

from __future__ import annotations

import pytest

from cf_esrt.survey.gold import weakness
from tests.survey.studies import protocol


def gold(low: int, high: int, questions: tuple[str, ...] = ("realism", "fidelity")) -> list[dict]:
    given = [("bicubic", [1, 2])] * low + [("original", [4, 5])] * high
    return [
        {"image": f"p{k % 8}", "method": method, "expect": expect, "questions": list(questions)}
        for k, (method, expect) in enumerate(given)
    ]


@pytest.mark.parametrize(
    ("low", "high", "enough"), [(0, 0, False), (2, 2, False), (1, 5, False), (5, 0, False), (2, 3, True), (3, 3, True)]
)
def test_five_gold_items_of_both_kinds_are_enough(low, high, enough):
    warning = weakness(protocol(8, gold=gold(low, high)))
    assert (warning == "") == enough
    if not enough:
        assert f"has {low + high} gold items, {low} expected below 3 and {high} above" in warning


def test_each_pass_needs_its_own():
    given = {"questions": ["realism", "fidelity"], "gold": gold(3, 3, ("realism",))}
    assert "the pass fidelity has 0 gold items" in weakness(protocol(8, **given))


def test_a_rule_that_was_chosen_instead():
    assert "finds few random clickers" in weakness(protocol(8, screening="bt500", gold=gold(3, 3)))
    assert weakness(protocol(8, screening="none")) == ""


def test_pairs_are_not_screened():
    assert weakness(protocol(8, questions=["pair"])) == ""
    assert weakness(protocol(8, questions=["pair"], screening="bt500")) == ""
