"""The order in which a rater sees the items: a function of the protocol, the study's secret and the rater's number.
Adaptive pairs (`adaptive`) depend on the answers when the rater began, too; which these were is logged.

Methods follow the rows of a Williams square (Williams 1949): over as many raters as it has rows, every method stands
equally often at every place, and follows every other equally often inside a row. Pictures are laid under them so that
each meets each method once, and none comes twice in a row. Chance is SHA-256, so a plan is the same on any machine.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from cf_esrt.survey import crypto
from cf_esrt.survey.asking import LEFT, PHOTOGRAPH, RIGHT, SYNTHETIC
from cf_esrt.survey.design import adaptive, exact
from cf_esrt.survey.design.chance import Chance
from cf_esrt.survey.design.images import lay
from cf_esrt.survey.design.sittings import sittings
from cf_esrt.survey.design.spread import spread
from cf_esrt.survey.design.williams import williams
from cf_esrt.survey.errors import StudyError
from cf_esrt.survey.protocol import OPINIONS, ORIGINAL, GoldItem, Protocol, QualificationItem, QuestionKind

Kind = Literal["qualification", "training", "test", "gold"]


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
    """The answers that a gold or a qualification item takes for right, from the lowest to the highest."""
    other: str | None = None
    """Of a pair, the method on the right; ``method`` is on the left."""
    sitting: int = 1
    """From 1; further ones only of a diagnosis."""


def plan(
    protocol: Protocol, rater: int, secret: str | None = None, chosen: Sequence[str] | None = None
) -> tuple[Planned, ...]:
    """The whole session of the rater of that number (from 1), pass after pass. Without ``secret``, which studies of
    before had not, it follows from the protocol alone. ``chosen``: what `adaptive.choose` gave the rater; as long as
    nothing was chosen, adaptive pairs are as many of all pairs in turn.

    StudyError where no order exists in which no picture comes twice in a row; `check` finds that out for all raters.
    """
    key = protocol.sha256 if secret is None else crypto.derived(secret, "order", protocol.sha256)
    entries = _passes(_Session(protocol, key, rater, chosen), 0, None)
    if entries is None:
        raise StudyError(
            f"No order exists in which no picture comes twice in a row: {len(protocol.gold)} gold items among "
            f"{len(protocol.images)} images are too many; leave some gold items out or add an image."
        )
    return tuple(
        Planned(
            place,
            question,
            entry.kind,
            entry.image,
            *_sides(protocol, key, rater, question, entry),
            sitting=entry.sitting,
        )
        for place, (question, entry) in enumerate(entries)
    )


def choose(protocol: Protocol, rater: int, secret: str | None, tally: adaptive.Tally) -> list[str]:
    """The rater's pairs of an adaptive study after these answers, in the order in which they are asked."""
    key = protocol.sha256 if secret is None else crypto.derived(secret, "order", protocol.sha256)
    chance = Chance(key, "pair", rater, "adaptive")
    pairs = protocol.treatments("pair")
    return chance.shuffled(adaptive.choose(pairs, tally, protocol.items_per_rater or 0, chance), "order")


def draw_secret(protocol: Protocol) -> str:
    """A secret, 64 hexadecimal digits, under which every rater has a plan; StudyError where none is found."""
    for attempt in range(_DRAWS):
        secret = secrets.token_hex(32)
        try:
            check(protocol, secret)
        except StudyError:
            if attempt == _DRAWS - 1:
                raise
        else:
            return secret
    raise AssertionError


_DRAWS = 8


def check(protocol: Protocol, secret: str | None = None) -> None:
    """StudyError where some rater can have no plan, however many come: whether one exists depends on the row of the
    square alone, and there are so many rows.
    """
    most = max(len(protocol.treatments(question.kind)) for question in protocol.questions)
    rows = len(williams(most))
    if protocol.items_per_rater is not None:
        rows *= len(protocol.images)
    for rater in range(1, rows + 1):
        plan(protocol, rater, secret)


@dataclass(frozen=True)
class _Session:
    """Whose plan it is."""

    protocol: Protocol
    key: str
    rater: int
    chosen: Sequence[str] | None


@dataclass(frozen=True)
class _Entry:
    kind: Kind
    image: str
    method: str
    """Of two, ``first|second``: for a qualification item the first is the better, or the photograph."""
    replicate: int
    expect: tuple[int, int] | None = None
    sitting: int = 1


def _sides(
    protocol: Protocol, key: str, rater: int, question: QuestionKind, entry: _Entry
) -> tuple[str, int, tuple[int, int] | None, str | None]:
    """Method, replicate, range and, of two, the method on the right: sides drawn for the first rater, then swapped
    from rater to rater.
    """
    if not protocol.question(question).shows_two:
        return entry.method, entry.replicate, entry.expect, None
    first, bar, second = entry.method.partition("|")
    if not bar:  # a training item names one method
        others = [method.name for method in protocol.methods if method.name != first]
        second = ORIGINAL if protocol.question(question).as_pair and first != ORIGINAL else others[0]
    drawn = Chance(key, question, "sides", entry.image, entry.method).shuffled((0, 1), entry.replicate)[0]
    straight = bool((drawn + rater) % 2)
    left, right = (first, second) if straight else (second, first)
    expect = entry.expect
    if entry.kind == "qualification":
        expect = (LEFT, LEFT) if straight else (RIGHT, RIGHT)
    return left, entry.replicate, expect, right


def _qualifying(protocol: Protocol) -> list[_Entry]:
    """The first items of the first pass."""
    return [
        _Entry("qualification", item.image.name, _shown(protocol, item), 1, _known(protocol, item))
        for item in protocol.qualifying()
    ]


def _shown(protocol: Protocol, item: QualificationItem) -> str:
    if protocol.questions[0].as_pair:
        return f"{ORIGINAL}|{item.method.name}"
    return item.method.name if item.against is None else f"{item.method.name}|{item.against.name}"


def _known(protocol: Protocol, item: QualificationItem) -> tuple[int, int] | None:
    """The right answer; None where it is a side, which `_sides` knows."""
    question = protocol.questions[0]
    if question.shows_two or question.kind in OPINIONS:
        return item.expect
    if question.kind == "real":
        answer = PHOTOGRAPH if item.method.name == ORIGINAL else SYNTHETIC
    else:
        answer = 1 + (question.choices or ()).index(item.image.truth or "")
    return answer, answer


def _passes(session: _Session, number: int, before: str | None) -> list[tuple[QuestionKind, _Entry]] | None:
    """Pass ``number`` and those after it. One that leaves the next without an order ends with another picture."""
    protocol = session.protocol
    if number == len(protocol.questions):
        return []
    question = protocol.questions[number].kind
    further = number + 1 < len(protocol.questions)
    not_last = {protocol.training[0].image.name} if protocol.training and further else set()
    while True:
        entries = _pass(session, question, before, not_last, _qualifying(protocol) if number == 0 else [])
        if entries is None:
            return None
        last = entries[-1].image
        after = _passes(session, number + 1, last)
        if after is not None:
            return [*((question, entry) for entry in entries), *after]
        not_last.add(last)


def _pass(
    session: _Session, question: QuestionKind, before: str | None, not_last: Collection[str], first: list[_Entry]
) -> list[_Entry] | None:
    """Training items after ``first``, then the test items with gold items among them; None where there is no order."""
    protocol, key, rater = session.protocol, session.key, session.rater
    chance = Chance(key, question, rater)
    leading = first + [_Entry("training", item.image.name, item.method.name, 1) for item in protocol.training]
    if leading:
        before = leading[-1].image
    if question == "diagnosis":
        order = sittings(protocol, chance, key, rater)
        return leading + [_Entry("test", image, method, 1, sitting=sitting) for image, method, sitting in order]
    if protocol.question(question).adaptive:
        tested = _adaptive(session, chance, before, not_last)
        return None if tested is None else leading + tested
    names = block(protocol, key, question, rater)
    methods = _methods(protocol, key, question, rater)
    gold = chance.shuffled([item for item in protocol.gold if question in item.questions], "gold")
    found = _quick(names, methods, gold, chance, before, not_last)
    if found is None:
        found = _exact(names, methods, gold, chance, before, not_last)
    if found is None:
        return None
    images, gaps = found
    size = len(methods) // protocol.replicates
    entries = leading
    for place, (image, method) in enumerate(zip(images, methods, strict=True)):
        if place in gaps:
            item = gaps[place]
            entries.append(_Entry("gold", item.image.name, item.method.name, 1, item.expect))
        entries.append(_Entry("test", image, method, 1 + place // size))
    return entries


def _adaptive(session: _Session, chance: Chance, before: str | None, not_last: Collection[str]) -> list[_Entry] | None:
    """The chosen pairs, each on the image that has met it, and then this rater, the least often."""
    protocol = session.protocol
    pairs = protocol.treatments("pair")
    count = protocol.items_per_rater or 0
    methods = session.chosen or [pairs[place % len(pairs)] for place in range(count)]
    names = chance.shuffled([image.name for image in protocol.images], "images")
    met: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    entries: list[_Entry] = []
    for place, method in enumerate(methods):
        barred = {before, *(not_last if place == len(methods) - 1 else ())}
        free = [name for name in names if name not in barred]
        if not free:
            return None
        before = min(free, key=lambda name: (met[name, method], shown[name]))
        met[before, method] += 1
        shown[before] += 1
        entries.append(_Entry("test", before, method, met[before, method]))
    return entries


Found = tuple[Sequence[str], dict[int, GoldItem]]
"""The image at every place of the test items, and gap → gold item."""


def block(protocol: Protocol, key: str, question: QuestionKind, rater: int) -> list[str]:
    """The images that a rater sees: all, or a block of them in which, over as many raters as there are images, each
    image comes equally often; blocks are turned, and drawn so that pairs of images come together evenly.
    """
    names = [image.name for image in protocol.images]
    size, count = protocol.block(question), len(names)
    if size == count:
        return names
    turn, shift = divmod(rater - 1, count)
    base = Chance(key, question, "block", turn)
    draws = [base.shuffled(range(count), draw)[:size] for draw in range(_BLOCK_DRAWS)]
    best = min(draws, key=lambda chosen: _unevenness(chosen, count))
    return [names[(index + shift) % count] for index in sorted(best)]


_BLOCK_DRAWS = 100


def _unevenness(chosen: Sequence[int], count: int) -> int:
    """How unequally often the distances on the circle of images occur: 0 for a difference set, which is balanced."""
    lags = Counter((a - b) % count for a in chosen for b in chosen if a != b)
    return sum(lags[lag] ** 2 for lag in range(1, count))


def _quick(
    names: Sequence[str],
    methods: Sequence[str],
    gold: Sequence[GoldItem],
    chance: Chance,
    before: str | None,
    not_last: Collection[str],
) -> Found | None:
    replicate = len(names) * len(set(methods))
    images = lay(names, methods, replicate, chance, before=before, not_last=not_last)
    if images is None:
        return None
    stimuli = [(item.image.name, item.method.name) for item in gold]
    gaps = spread(list(zip(images, methods, strict=True)), stimuli)
    return None if gaps is None else (images, {gap: gold[index] for gap, index in gaps.items()})


def _exact(
    names: Sequence[str],
    methods: Sequence[str],
    gold: Sequence[GoldItem],
    chance: Chance,
    before: str | None,
    not_last: Collection[str],
) -> Found | None:
    replicate = len(names) * len(set(methods))
    counts = Counter(item.image.name for item in gold)
    order = exact.search(names, methods, replicate, counts, chance, before=before, not_last=not_last)
    if order is None:
        return None
    waiting = list(gold)
    gaps: dict[int, GoldItem] = {}
    for gap, image in order.gold.items():
        gaps[gap] = next(item for item in waiting if item.image.name == image)
        waiting.remove(gaps[gap])
    return order.images, gaps


def _methods(protocol: Protocol, key: str, question: QuestionKind, rater: int) -> list[str]:
    """The method at every place of a pass: rows of the square, each rater one row further than the one before."""
    common = Chance(key, question, "square")  # the same for all raters: balance is between them
    names = common.shuffled(protocol.treatments(question), "methods")
    square = williams(len(names))
    sequence: list[str] = []
    chunks = protocol.block(question) * protocol.replicates
    order: list[int] = []
    while len(order) < chunks:
        order += common.shuffled(range(len(square)), "rows", len(order))
    for base in order[:chunks]:
        sequence += [names[treatment] for treatment in square[(base + rater - 1) % len(square)]]
    return sequence
