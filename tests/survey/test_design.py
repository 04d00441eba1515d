"""The order of the items: balanced, never the same picture twice in a row, the same again from the seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_esrt.survey.design import Planned, plan, williams
from tests.survey.studies import protocol

METHODS = ("original", "bicubic", "esrt", "cf-esrt", "srcnn", "srgan")


def the_test(items: tuple[Planned, ...], question: str = "realism") -> list[Planned]:
    return [item for item in items if item.kind == "test" and item.question == question]


@pytest.mark.parametrize("count", range(2, 12))
def test_a_williams_square_is_balanced(count):
    square = williams(count)
    assert len(square) == count * (1 + count % 2)
    for column in zip(*square, strict=True):
        assert set(Counter(column).values()) == {len(square) // count}
    following = Counter(pair for row in square for pair in pairwise(row))
    assert len(following) == count * (count - 1)
    assert set(following.values()) == {len(square) // count}


@pytest.mark.parametrize(("images", "methods"), [(4, 4), (5, 3), (10, 5), (3, 6)])
def test_methods_are_balanced_over_raters(images, methods):
    study = protocol(images, METHODS[:methods])
    rows = len(williams(methods))
    orders = [[item.method for item in the_test(plan(study, rater))] for rater in range(1, rows + 1)]
    for column in zip(*orders, strict=True):
        assert set(Counter(column).values()) == {rows // methods}
    # inside the rows of the square every method follows every other equally often
    following = Counter(
        pair
        for order in orders
        for start in range(0, len(order), methods)
        for pair in pairwise(order[start : start + methods])
    )
    assert len(following) == methods * (methods - 1)
    assert len(set(following.values())) == 1


@given(
    images=st.integers(3, 8),
    methods=st.integers(2, 6),
    replicates=st.integers(1, 3),
    gold=st.integers(0, 3),
    training=st.integers(0, 3),
    seed=st.integers(0, 5),
    rater=st.integers(1, 400),
    both=st.booleans(),
)
def test_any_plan(images, methods, replicates, gold, training, seed, rater, both):
    study = protocol(
        images,
        METHODS[:methods],
        replicates=replicates,
        seed=seed,
        questions=["realism", "fidelity"] if both else ["realism"],
        gold=[{"image": f"p{k}", "method": "original", "expect": [4, 5]} for k in range(gold)],
        training=[{"image": f"p{k}", "method": "bicubic"} for k in range(training)],
    )
    items = plan(study, rater)
    assert [item.position for item in items] == list(range(len(items)))
    assert all(a.image != b.image for a, b in pairwise(items))
    questions = [item.question for item in items]
    assert questions == sorted(questions, key=["realism", "fidelity"].index)  # passes are separate
    for question in study.questions:
        own = [item for item in items if item.question == question.kind]
        assert len(own) == study.items(question.kind)
        assert [item.kind for item in own[:training]] == ["training"] * training
        assert "training" not in [item.kind for item in own[training:]]
        stimuli = Counter((item.image, item.method, item.replicate) for item in the_test(items, question.kind))
        assert len(stimuli) == images * methods * replicates
        assert set(stimuli.values()) == {1}
        assert sorted(item.image for item in own if item.kind == "gold") == [f"p{k}" for k in range(gold)]


def test_replicates_are_apart():
    study = protocol(6, METHODS[:4], replicates=3)
    for rater in range(1, 9):
        last: dict[tuple[str, str], int] = {}
        for item in the_test(plan(study, rater)):
            key = (item.image, item.method)
            assert item.position - last.get(key, -100) > 6 * 4 // 3
            assert item.replicate == (1 if key not in last else 1 + item.position // 24)
            last[key] = item.position


def test_gold_items_are_spread():
    gold = [{"image": f"p{k}", "method": "original", "expect": [4, 5]} for k in range(4)]
    study = protocol(10, METHODS[:5], gold=gold)
    orders = set()
    for rater in range(1, 16):
        items = plan(study, rater)
        places = [item.position for item in items if item.kind == "gold"]
        assert all(abs(place - (2 * k + 1) * 50 / 8) <= 12 for k, place in enumerate(places)), places
        assert all(item.expect == (4, 5) for item in items if item.kind == "gold")
        orders.add(tuple(item.image for item in items if item.kind == "gold"))
    assert len(orders) > 5  # and their order is every rater's own


def test_raters_and_seeds_have_orders_of_their_own():
    study = protocol(5, METHODS[:4])
    images = {tuple(item.image for item in plan(study, rater)) for rater in range(1, 30)}
    assert len(images) == 29
    assert plan(study, 1) != plan(protocol(5, METHODS[:4], seed=1), 1)


def test_a_plan_is_the_same_again():
    """Digests of plans, so that no change of the code moves a study that was published."""
    study = protocol(5, METHODS[:4], replicates=2, seed=11)
    text = "\n".join(f"{item.kind} {item.image} {item.method} {item.replicate}" for item in plan(study, 7))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "354ac01ab32a4e3757d5c73600fb1edd59a086a7d7f416ee7bab8caa70f1a858"
