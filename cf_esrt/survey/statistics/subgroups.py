"""Opinions by subgroup of raters (profession, experience, screen), with small numbers suppressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cf_esrt.survey.statistics.opinion import Opinion, opinions
from cf_esrt.survey.statistics.ratings import RatingsError, Votes

FEWEST = 5
"""A group of fewer raters is not shown: its votes could be traced to persons."""
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Subgroup:
    column: str
    group: str
    raters: int | None
    """None where the group is suppressed"""
    opinions: tuple[Opinion, ...] = ()

    @property
    def suppressed(self) -> bool:
        return self.raters is None


def groups(
    names: Sequence[str], raters: pd.DataFrame, columns: Sequence[str], fewest: int = FEWEST
) -> list[tuple[str, str, list[str] | None]]:
    """(column, group, its raters among ``names``) for each group of each column of ``raters`` (a row a rater, with a
    column ``rater``); None in the place of the raters where the group is suppressed.

    Groups of fewer than ``fewest`` raters are suppressed; so are the next smallest ones until the suppressed raters
    together are ``fewest``, or the difference from the whole study would tell the small group's votes after all.
    RatingsError where a column is missing or a rater has two rows.
    """
    for name in ("rater", *columns):
        if name not in raters.columns:
            raise RatingsError(f"The table of raters lacks the column {name!r}.")
    table = raters.assign(rater=raters["rater"].astype(str))
    twice = [name for name, count in Counter(table["rater"]).items() if count > 1]
    if twice:
        raise RatingsError(f"Rater {twice[0]} has two rows.")
    table = table.set_index("rater").reindex(list(names))
    found: list[tuple[str, str, list[str] | None]] = []
    for column in columns:
        values = table[column].astype(object).where(table[column].notna(), NOT_STATED).astype(str)
        members = {str(group): [str(rater) for rater in rows.index] for group, rows in values.groupby(values)}
        hidden = _suppressed({group: len(own) for group, own in members.items()}, fewest)
        found += [(column, group, None if group in hidden else members[group]) for group in sorted(members)]
    return found


def subgroups(votes: Votes, raters: pd.DataFrame, columns: Sequence[str], fewest: int = FEWEST) -> list[Subgroup]:
    """The MOS of each of the `groups`."""
    found = []
    for column, group, members in groups(votes.raters, raters, columns, fewest):
        own = votes.of_raters(members or ())
        found.append(
            Subgroup(column, group, None)
            if members is None
            else Subgroup(column, group, len(own.raters), tuple(opinions(own)))
        )
    return found


def _suppressed(sizes: dict[str, int], fewest: int) -> set[str]:
    hidden = {group for group, size in sizes.items() if size < fewest}
    if not hidden:
        return hidden
    for group in sorted(sizes, key=lambda name: (sizes[name], name)):
        if sum(sizes[name] for name in hidden) >= fewest:
            break
        hidden.add(group)
    return hidden
