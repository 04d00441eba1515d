"""The order of the items: balanced, never the same picture twice in a row, the same again from the seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise, permutations, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cf_esrt.survey.design import Planned, check, exact, plan, williams
from cf_esrt.survey.design.chance import Chance
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.protocol import Protocol
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
@example(images=3, methods=6, replicates=3, gold=3, training=0, seed=1, rater=1, both=False)
@example(images=3, methods=6, replicates=2, gold=0, training=0, seed=1, rater=131, both=False)
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


@pytest.mark.parametrize("methods", ["ababab", "abbaab", "abcbcacab"])
def test_an_order_is_found_whenever_one_exists_and_only_then(methods):
    found = set()
    for first, second, before, ending in product(range(4), range(4), (None, "p0"), ((), ("p0",), ("p0", "p1"))):
        gold = Counter({"p0": first, "p1": second})
        if gold.total() >= len(methods):
            continue
        order = exact.search(
            ("p0", "p1", "p2"), methods, len(methods), gold, Chance(methods), before=before, not_last=ending
        )
        exists = any(_orders(methods, gold, before, ending))
        assert (order is not None) == exists, (gold, before, ending)
        found.add(exists)
        if order is not None:
            assert Counter(order.gold.values()) == +gold
            images = dict(enumerate(order.images))
            assert _fits(images, order.gold, before, ending)
            assert len(set(zip(order.images, methods, strict=True))) == len(methods)
    assert found == {True, False}  # both cases were among them


def _orders(methods: str, gold: Counter[str], before: str | None, ending: tuple[str, ...]) -> Iterator[bool]:
    """Whether each way of laying everything is an order: all of them, one after the other."""
    columns = [[place for place, method in enumerate(methods) if method == one] for one in sorted(set(methods))]
    for drawn in product(list(permutations(("p0", "p1", "p2"))), repeat=len(columns)):
        images = {
            place: name
            for column, names in zip(columns, drawn, strict=True)
            for place, name in zip(column, names, strict=True)
        }
        if sum(images[place] == images[place + 1] for place in range(len(methods) - 1)) > gold.total():
            continue
        for gaps in combinations(range(1, len(methods)), gold.total()):
            for which in combinations(gaps, gold["p0"]):
                yield _fits(images, {gap: "p0" if gap in which else "p1" for gap in gaps}, before, ending)


def _fits(images: dict[int, str], gold: dict[int, str], before: str | None, ending: tuple[str, ...]) -> bool:
    whole = [before] if before else []
    for place in range(len(images)):
        whole += [gold[place]] if place in gold else []
        whole.append(images[place])
    return all(a != b for a, b in pairwise(whole)) and whole[-1] not in ending


def test_a_design_is_refused_for_every_rater_or_for_none():
    """With a gold item in each gap of three images, the order is all but given."""
    fits, refused = 0, 0
    for methods, seed in product((2, 3), range(6)):
        items = 3 * methods
        for zeros in range(items // 2 + 1):
            gold = [{"image": "p0", "method": name, "expect": [1, 5]} for name in _names(zeros)]
            gold += [{"image": "p1", "method": name, "expect": [1, 5]} for name in _names(items // 2 - zeros)]
            study = protocol(3, METHODS[:methods], gold=gold, seed=seed)
            if not _accepted(study):
                refused += 1
            else:
                fits += 1
                for rater in (1, 2, 99, 100, 101, 10_000):
                    assert all(a.image != b.image for a, b in pairwise(plan(study, rater)))
    assert fits
    assert refused


def _accepted(study: Protocol) -> bool:
    try:
        check(study)
    except StudyError:
        return False
    return True


def _names(count: int) -> tuple[str, ...]:
    return ("original", "bicubic", "esrt", "cf-esrt", "srcnn")[:count]


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
