"""An order of test and gold items, found whenever one exists: the search goes through everything, each state once.

With three images or more and no gold items one always exists. The places of a replicate form a path, those of one
method a clique of as many places as there are images, and a colouring of both by images is an order. For three images
that is the theorem of Fleischner and Stiebitz (1992, "A solution to a colouring problem of P. Erdős"), and what is
strongly k-colourable is strongly (k + 1)-colourable (Alon 1992). Permuted colours fit any neighbour at either end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cf_esrt.survey.design.chance import Chance


@dataclass(frozen=True)
class Order:
    """What was found."""

    images: tuple[str, ...]
    """At every place of the test items."""
    gold: dict[int, str]
    """Gap (that before the test item of this place) → image of the gold item in it."""


def search(
    names: Sequence[str],
    methods: Sequence[str],
    replicate: int,
    gold: Counter[str],
    chance: Chance,
    *,
    before: str | None,
    not_last: Collection[str],
) -> Order | None:
    """The first order in a drawn sequence of all, or None, which proves that there is none.

    No picture twice in a row, gold items counted; each image once with each method in every replicate; at most one gold
    item in a gap, none at either end. The replicates' distance is no rule here, only a preference.
    """
    return _Search(tuple(names), tuple(methods), replicate, dict(gold), chance, before, frozenset(not_last)).run()


Move = tuple[str, str]
"""``gold`` or ``test``, and the image."""


class _Search:
    """Depth first, from the first item to the last. What can follow depends on the state alone, so a state from which
    nothing led to the end is never entered again."""

    def __init__(
        self,
        names: tuple[str, ...],
        methods: tuple[str, ...],
        replicate: int,
        gold: dict[str, int],
        chance: Chance,
        before: str | None,
        not_last: frozenset[str],
    ) -> None:
        self._names, self._methods, self._replicate = names, methods, replicate
        self._gold_left = {name: gold[name] for name in sorted(gold) if gold[name]}
        self._gold_all = sum(self._gold_left.values())
        self._chance, self._before, self._not_last = chance, before, not_last
        self._moves: list[Move] = []
        self._laid: list[str] = []
        self._left = Counter({name: len(methods) // len(names) for name in names}) + Counter(self._gold_left)
        self._dead: set[object] = set()

    def run(self) -> Order | None:
        waiting = [self._open()]
        while waiting:
            move = next(waiting[-1], None)
            if move is not None:
                self._do(move)
                if len(self._laid) == len(self._methods) and not any(self._gold_left.values()):
                    return self._order()
                waiting.append(self._open())
                continue
            self._dead.add(self._state())
            waiting.pop()
            if waiting:
                self._undo()
        return None

    def _order(self) -> Order:
        gaps: dict[int, str] = {}
        place = 0
        for kind, image in self._moves:
            if kind == "gold":
                gaps[place] = image
            else:
                place += 1
        return Order(tuple(self._laid), gaps)

    def _open(self) -> Iterator[Move]:
        """The moves from here, the best first; none where the state is known to lead nowhere."""
        return iter(()) if self._state() in self._dead or not self._possible() else iter(self._candidates())

    def _state(self) -> object:
        used = tuple(sorted((method, tuple(sorted(images))) for method, images in self._used().items()))
        return len(self._laid), self._moves[-1] if self._moves else None, used, tuple(self._gold_left.values())

    def _used(self) -> dict[str, set[str]]:
        """Method → images that it has had in the replicate under way."""
        place = len(self._laid)
        used: dict[str, set[str]] = {}
        for other in range(place - place % self._replicate, place):
            used.setdefault(self._methods[other], set()).add(self._laid[other])
        return used

    def _possible(self) -> bool:
        """Whether what is left can be laid without the same picture twice in a row, by numbers alone."""
        tests = len(self._methods) - len(self._laid)
        gold = sum(self._gold_left.values())
        last = self._moves[-1] if self._moves else ("", self._before)
        gaps = tests if self._laid and last[0] == "test" else tests - 1
        if gold > gaps:
            return False
        length = tests + gold
        return all(count <= (length + (name != last[1])) // 2 for name, count in self._left.items())

    def _candidates(self) -> list[Move]:
        place = len(self._laid)
        kind, last = self._moves[-1] if self._moves else ("", self._before)
        tests: list[Move] = [("test", name) for name in self._free(place, last)]
        if not (place and kind == "test"):
            return tests
        gold: list[Move] = [("gold", name) for name, left in self._gold_left.items() if left and name != last]
        gold = self._chance.shuffled(gold, "exact gold", place)
        due = self._gold_all * (2 * place + 1) // (2 * len(self._methods))
        laid = self._gold_all - sum(self._gold_left.values())
        return gold + tests if laid < due else tests + gold

    def _free(self, place: int, last: str | None) -> list[str]:
        method = self._methods[place]
        used = self._used().get(method, ())
        names = [name for name in self._names if name != last and name not in used]
        if place == len(self._methods) - 1:
            names = [name for name in names if name not in self._not_last]
        near = {
            self._laid[other]
            for other in range(max(0, place - self._replicate // 3), place)
            if self._methods[other] == method
        }
        drawn = self._chance.shuffled(names, "exact", place)
        return sorted(drawn, key=lambda name: (name in near, -self._left[name]))

    def _do(self, move: Move) -> None:
        kind, name = move
        self._moves.append(move)
        self._left[name] -= 1
        if kind == "gold":
            self._gold_left[name] -= 1
        else:
            self._laid.append(name)

    def _undo(self) -> None:
        kind, name = self._moves.pop()
        self._left[name] += 1
        if kind == "gold":
            self._gold_left[name] += 1
        else:
            self._laid.pop()
