"""A question's part of the report, where it is not answered on the five-point scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol as Shape
from typing import TypeVar

from cf_esrt.survey.report.tables import Kind, Table
from cf_esrt.survey.statistics.intervals import Interval

Columns = tuple[tuple[str, Kind], ...]
Headline = list[tuple[str, Interval]]
"""What a group of raters is told apart by: name → number."""


@dataclass(frozen=True)
class Contrast:
    """Two methods compared by the question's own measure: what a primary comparison is about."""

    first: str
    second: str
    difference: Interval
    """more: better for the first"""
    p: float
    measure: str
    test: str


@dataclass(frozen=True)
class Section:
    """One question's part of the report."""

    question: str
    wording: str
    summary: str
    tables: tuple[Table, ...]
    files: tuple[tuple[str, str], ...] = ()
    """name → content of files beside the report"""
    contrasts: tuple[Contrast, ...] = ()
    """every two methods"""
    analysed: tuple[tuple[str, int], ...] = ()
    """what for → of how many raters, for the flow"""


class _Compared(Shape):
    @property
    def first(self) -> str: ...

    @property
    def second(self) -> str: ...


C = TypeVar("C", bound=_Compared)


def named(compared: Sequence[C], comparisons: Sequence[tuple[str, str]] | None) -> list[C]:
    """Those that the protocol names; all where it names none."""
    wanted = None if comparisons is None else {frozenset(pair) for pair in comparisons}
    return [one for one in compared if wanted is None or frozenset((one.first, one.second)) in wanted]


def percent(interval: Interval) -> str:
    """An interval of a share in words."""
    return f"{interval.low:.0%} to {interval.high:.0%}" if interval.known else "one rater"
