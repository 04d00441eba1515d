"""The order in which a rater sees the items: a function of the protocol and the rater's number alone.

Methods follow the rows of a Williams square (Williams 1949): over as many raters as it has rows, every method stands
equally often at every place, and follows every other equally often inside a row. Pictures are laid under them so that
each meets each method once, and none comes twice in a row. Chance is SHA-256, so a plan is the same on any machine.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.protocol import Protocol, QuestionKind

Kind = Literal["training", "test", "gold"]
T = TypeVar("T")


@dataclass(frozen=True)
class Planned:
    """One item of a rater's plan. It tells the method: it stays on this side of the page."""

    position: int
    """From 0, over all passes."""
    question: QuestionKind
    kind: Kind
    image: str
    method: str
    replicate: int
    """From 1; 1 for training and gold items."""
    expect: tuple[int, int] | None = None
    """A gold item's range."""


def plan(protocol: Protocol, rater: int) -> tuple[Planned, ...]:
    """The whole session of the rater of that number (from 1), pass after pass."""
    items: list[Planned] = []
    for question in protocol.questions:
        chance = _Chance(protocol.sha256, question.kind, rater)
        before = items[-1].image if items else None
        items += _pass(protocol, question.kind, rater, chance, len(items), before)
    return tuple(items)


def check(protocol: Protocol) -> None:
    """Draw the plans of the raters who are expected, a hundred of them at most; StudyError where one cannot be had."""
    for rater in range(1, min(protocol.raters, _CHECKED) + 1):
        plan(protocol, rater)


_CHECKED = 100


def williams(count: int) -> tuple[tuple[int, ...], ...]:
    """A Williams square of ``count`` treatments: ``count`` rows, twice as many where it is odd.

    In every column each treatment occurs equally often, and in the rows each ordered pair of neighbours does.
    """
    first = [0]
    for step in range(1, count):
        first.append((first[-1] + (step if step % 2 else -step)) % count)
    rows = [tuple((treatment + shift) % count for treatment in first) for shift in range(count)]
    if count % 2:
        rows += [tuple(reversed(row)) for row in rows]
    return tuple(rows)


class _Chance:
    """Orders drawn from a digest: the same ones on any machine and under any version of anything."""

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key))

    def shuffled(self, things: Sequence[T], *label: object) -> list[T]:
        order = sorted(range(len(things)), key=lambda index: self._digest(*label, index))
        return [things[index] for index in order]

    def _digest(self, *label: object) -> bytes:
        return hashlib.sha256("/".join((self._key, *map(str, label))).encode()).digest()


def _pass(
    protocol: Protocol, question: QuestionKind, rater: int, chance: _Chance, start: int, before: str | None
) -> list[Planned]:
    training = [(item.image.name, item.method.name) for item in protocol.training]
    methods = _methods(protocol, question, rater)
    previous = training[-1][0] if training else before
    images = _images(protocol, methods, chance, previous, _opening(protocol, question))
    count = len(protocol.images) * len(protocol.methods)
    tested = [
        (_Entry("test", image, method, 1 + place // count), None)
        for place, (image, method) in enumerate(zip(images, methods, strict=True))
    ]
    gold = [
        (_Entry("gold", item.image.name, item.method.name, 1), item.expect)
        for item in protocol.gold
        if question in item.questions
    ]
    entries = [(_Entry("training", image, method, 1), None) for image, method in training]
    entries += _spread(tested, chance.shuffled(gold, "gold"))
    return [
        Planned(start + place, question, entry.kind, entry.image, entry.method, entry.replicate, expect)
        for place, (entry, expect) in enumerate(entries)
    ]


@dataclass(frozen=True)
class _Entry:
    kind: Kind
    image: str
    method: str
    replicate: int


def _opening(protocol: Protocol, question: QuestionKind) -> str | None:
    """The picture that the next pass is known to begin with, which this one may not end with."""
    return protocol.training[0].image.name if protocol.training and question != protocol.questions[-1].kind else None


def _methods(protocol: Protocol, question: QuestionKind, rater: int) -> list[str]:
    """The method at every place of a pass: rows of the square, each rater one row further than the one before."""
    common = _Chance(protocol.sha256, question, "square")  # the same for all raters: balance is between them
    names = common.shuffled([method.name for method in protocol.methods], "methods")
    square = williams(len(names))
    sequence: list[str] = []
    chunks = len(protocol.images) * protocol.replicates
    order: list[int] = []
    while len(order) < chunks:
        order += common.shuffled(range(len(square)), "rows", len(order))
    for base in order[:chunks]:
        sequence += [names[treatment] for treatment in square[(base + rater - 1) % len(square)]]
    return sequence


def _images(
    protocol: Protocol, methods: Sequence[str], chance: _Chance, before: str | None, after: str | None
) -> list[str]:
    """The picture at every place: each meets each method once in every replicate, never the same twice in a row, and
    the same pair again only after a third of a replicate.
    """
    names = [image.name for image in protocol.images]
    for attempt in range(_ATTEMPTS):
        found = _Search(names, methods, len(names) * len(protocol.methods), before, after, chance, attempt).run()
        if found is not None:
            return found
    raise StudyError("No order could be found in which no picture comes twice in a row; add an image.")


_ATTEMPTS = 64


@dataclass
class _Search:
    """Pictures laid from the first place to the last, with backtracking, given up after a number of steps."""

    names: Sequence[str]
    methods: Sequence[str]
    replicate: int
    """Places of one."""
    before: str | None
    """The picture that comes before the first place."""
    after: str | None
    chance: _Chance
    attempt: int

    def run(self) -> list[str] | None:
        laid: list[str] = []
        waiting: list[list[str]] = []
        for _ in range(50 * len(self.methods)):
            if len(laid) == len(self.methods):
                return laid
            if len(waiting) == len(laid):
                waiting.append(self._candidates(laid))
            if waiting[-1]:
                laid.append(waiting[-1].pop())
            elif laid:
                waiting.pop()
                laid.pop()
            else:
                return None
        return None

    def _candidates(self, laid: Sequence[str]) -> list[str]:
        """What may stand at the next place, the best last: the pictures that have the most places left to fill."""
        place = len(laid)
        begin = place - place % self.replicate
        taken = {laid[-1] if laid else self.before, self.after if place == len(self.methods) - 1 else None}
        for other in range(min(begin, max(0, place - self.replicate // 3)), place):
            if self.methods[other] == self.methods[place]:
                taken.add(laid[other])
        free = [name for name in self.names if name not in taken]
        shown = Counter(laid[begin:])
        return sorted(self.chance.shuffled(free, "images", self.attempt, place), key=lambda name: -shown[name])


def _spread(
    tested: list[tuple[_Entry, None]], gold: list[tuple[_Entry, tuple[int, int]]]
) -> list[tuple[_Entry, tuple[int, int] | None]]:
    """Gold items among the others: the pass in equal parts, one in the middle of each, or as near as pictures allow."""
    slots: dict[int, tuple[_Entry, tuple[int, int]]] = {}
    for number, item in enumerate(gold):
        middle = (2 * number + 1) * len(tested) // (2 * len(gold))
        free = [
            slot
            for slot in sorted(range(1, len(tested)), key=lambda slot: (abs(slot - middle), slot))
            if slot not in slots and item[0].image not in (tested[slot - 1][0].image, tested[slot][0].image)
        ]
        if not free:
            raise StudyError(f"No place is left for the gold item of {item[0].image}; leave some gold items out.")
        stimulus = (item[0].image, item[0].method)
        same = [place for place, (other, _) in enumerate(tested) if (other.image, other.method) == stimulus]
        apart = [slot for slot in free[:_NEAR] if all(abs(slot - place) > _APART for place in same)]
        slots[(apart or free)[0]] = item
    spread: list[tuple[_Entry, tuple[int, int] | None]] = []
    for place, entry in enumerate(tested):
        if place in slots:
            spread.append(slots[place])
        spread.append(entry)
    return spread


_NEAR = 8
"""Slots around the middle of its part that a gold item may move to, to stay away from the same picture's test item."""
_APART = 3
"""Items between a gold item and the same stimulus as a test item, where that can be had."""
