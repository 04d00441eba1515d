"""The comparison that the study is made for, reported before all others."""

from __future__ import annotations

from dataclasses import dataclass

from cf_esrt.survey.report.analysis import Analysis
from cf_esrt.survey.report.description import PrimaryComparison
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
    difference = pair.difference
    numbers = f"{difference.value:.2f} points (95% {difference.low:.2f} to {difference.high:.2f}; {pair.units} raters)"
    numbers = numbers.replace("-", "−")
    named = f"Primary comparison, named before the first vote: {asked.first} against {asked.second}: {numbers}."
    if asked.margin > 0:
        shown = difference.known and difference.low > -asked.margin
        verdict = "is shown" if shown else "is not shown"
        sentence = f"{named} Non-inferiority by the margin of {asked.margin:g} {verdict}: the interval's lower end " + (
            "is above" if shown else "is not above"
        )
        return Finding(f"{sentence} −{asked.margin:g}.", difference, pair.p, shown)
    shown = pair.p < 0.05
    verdict = "a difference is shown" if shown else "no difference is shown"
    return Finding(f"{named} Wilcoxon's signed-rank test: p = {pair.p:.3f}; {verdict}.", difference, pair.p, shown)
