"""Pictures laid under the methods by a quick search: it finds an order nearly always, with replicates apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cf_esrt.survey.design.chance import Chance

_ATTEMPTS = 64


def lay(
    names: Sequence[str],
    methods: Sequence[str],
    replicate: int,
    chance: Chance,
    *,
    before: str | None,
    not_last: Collection[str],
) -> list[str] | None:
    """The picture at every place: each meets each method once in every replicate, never the same twice in a row, and
    the same pair again only after a third of a replicate. None where the search gives up, which proves nothing.

    ``replicate``: places of one; ``before``: the picture that comes before; ``not_last``: those that may not end it.
    """
    for attempt in range(_ATTEMPTS):
        found = _Search(names, methods, replicate, before, not_last, chance, attempt).run()
        if found is not None:
            return found
    return None


@dataclass
class _Search:
    """Pictures laid from the first place to the last, with backtracking, given up after a number of steps."""

    names: Sequence[str]
    methods: Sequence[str]
    replicate: int
    before: str | None
    not_last: Collection[str]
    chance: Chance
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
        taken = {laid[-1] if laid else self.before}
        if place == len(self.methods) - 1:
            taken |= set(self.not_last)
        for other in range(min(begin, max(0, place - self.replicate // 3)), place):
            if self.methods[other] == self.methods[place]:
                taken.add(laid[other])
        free = [name for name in self.names if name not in taken]
        shown = laid[begin:]
        return sorted(self.chance.shuffled(free, "images", self.attempt, place), key=shown.count, reverse=True)
