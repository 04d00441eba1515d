"""The comparison that the study is made for, reported before all others."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cf_esrt.survey.counted import counted
from cf_esrt.survey.report.analysis import Analysis
from cf_esrt.survey.report.description import PrimaryComparison
from cf_esrt.survey.report.section import Section
from cf_esrt.survey.report.tables import p_value
from cf_esrt.survey.statistics.comparison import compare
from cf_esrt.survey.statistics.intervals import Interval


@dataclass(frozen=True)
class Finding:
    """What came of it."""

    sentence: str
    difference: Interval
    p: float
    shown: bool
    """Whether the study shows what it set out to."""


def primary(asked: PrimaryComparison, analysis: Analysis) -> Finding | None:
    """Over raters' means, for these images; one comparison, so nothing is corrected. None where one has no votes."""
    votes = analysis.votes
    if asked.first not in votes.methods or asked.second not in votes.methods:
        return None
    pair = compare(votes.of_methods([asked.first, asked.second]), "rater").pairs[0]
    measured = f"points ({{span}}; {counted(pair.units, 'rater')})"
    return _finding(asked, pair.difference, pair.p, measured, "Wilcoxon's signed-rank test")


def primary_of(asked: PrimaryComparison, section: Section) -> Finding | None:
    """The same by the question's own measure; None where a method has no answers."""
    for one in section.contrasts:
        if (one.first, one.second) == (asked.first, asked.second):
            return _finding(asked, one.difference, one.p, f"{one.measure} ({{span}})", one.test)
        if (one.second, one.first) == (asked.first, asked.second):
            turned = Interval(-one.difference.value, -one.difference.high, -one.difference.low)
            return _finding(asked, turned, one.p, f"{one.measure} ({{span}})", one.test)
    return None


def _finding(asked: PrimaryComparison, difference: Interval, p: float, measured: str, test: str) -> Finding:
    span = f"95% {difference.low:.2f} to {difference.high:.2f}"
    numbers = f"{difference.value:.2f} {measured.format(span=span)}".replace("-", "−")
    named = f"Primary comparison, named before the first vote: {asked.first} against {asked.second}: {numbers}."
    if asked.margin > 0:
        shown = difference.known and difference.low > -asked.margin
        verdict = "is shown" if shown else "is not shown"
        sentence = f"{named} Non-inferiority by the margin of {asked.margin:g} {verdict}: the interval's lower end " + (
            "is above" if shown else "is not above"
        )
        return Finding(f"{sentence} −{asked.margin:g}.", difference, p, shown)
    if not math.isfinite(p):
        return Finding(
            f"{named} {test} cannot be made: there are too few raters, or all say the same.", difference, p, False
        )
    shown = p < 0.05
    verdict = "a difference is shown" if shown else "no difference is shown"
    return Finding(f"{named} {test}: {p_value(p)}; {verdict}.", difference, p, shown)
