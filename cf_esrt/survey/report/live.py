"""The organiser's view while votes come in: progress, interval widths, raters' consistency, and not who wins."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
import pandas as pd

from cf_esrt.survey.report.description import StudyDescription
from cf_esrt.survey.statistics.opinion import opinions
from cf_esrt.survey.statistics.power import RatersNeeded, raters_needed
from cf_esrt.survey.statistics.ratings import Votes, check_ratings, questions_of, votes_of
from cf_esrt.survey.statistics.screening import gold_of, screen


@dataclass(frozen=True)
class LiveMethod:
    label: str
    """a letter while masked"""
    votes: int
    raters: int
    half_width: float
    """of Student's interval; NaN with fewer than two raters"""
    mos: float | None
    """None while masked: with the means in sight, a letter would hide nothing"""


@dataclass(frozen=True)
class LiveRater:
    rater: str
    votes: int
    planned: int | None
    correlation: float
    retest: float
    gold_right: int
    gold: int
    looking: bool
    """the screening rule would keep them now"""


@dataclass(frozen=True)
class LiveQuestion:
    question: str
    masked: bool
    votes: int
    planned: int | None
    methods: tuple[LiveMethod, ...]
    raters: tuple[LiveRater, ...]
    needed: RatersNeeded | None


def live_summary(
    ratings: pd.DataFrame,
    description: StudyDescription,
    *,
    planned: Mapping[str, int] | None = None,
    masked: bool = True,
) -> list[LiveQuestion]:
    """One a question with test votes; empty before the first vote.

    ``planned``: rater → test votes on a question when done. Masked, methods are letters in an order that the protocol's
    hash draws, without means; of the votes' spread only interval widths show.
    """
    if ratings.empty:
        return []
    table = check_ratings(ratings)
    return [_question(table, name, description, planned, masked) for name in questions_of(table)]


def masks(methods: tuple[str, ...], salt: str) -> dict[str, str]:
    """method → letter (A, B, C), in an order drawn by the salt: neither the protocol's nor the alphabet's."""
    drawn = sorted(methods, key=lambda name: hashlib.sha256(f"{salt}\x1f{name}".encode()).digest())
    return {name: _letter(k) for k, name in enumerate(drawn)}


def _question(
    table: pd.DataFrame,
    question: str,
    description: StudyDescription,
    planned: Mapping[str, int] | None,
    masked: bool,
) -> LiveQuestion:
    everybody = votes_of(table, question, methods=description.methods or None)
    screening = screen(everybody, gold_of(table, question, everybody.raters), description.screening)
    letters = masks(everybody.methods, description.protocol_sha256)
    methods = [
        LiveMethod(
            letters[one.method] if masked else one.method,
            one.votes,
            one.raters,
            one.student.half_width,
            None if masked else one.student.value,
        )
        for one in opinions(everybody)
    ]
    if masked:
        methods.sort(key=lambda one: (len(one.label), one.label))
    raters = [
        LiveRater(
            one.rater,
            one.votes,
            planned.get(one.rater) if planned is not None else None,
            one.correlation,
            one.retest,
            one.gold_right,
            one.gold,
            one.kept,
        )
        for one in screening.raters
    ]
    return LiveQuestion(
        question,
        masked,
        everybody.count,
        sum(planned.values()) if planned is not None else None,
        tuple(methods),
        tuple(raters),
        _needed(everybody, description.half_width),
    )


def _needed(votes: Votes, half_width: float) -> RatersNeeded | None:
    return raters_needed(votes, half_width) if np.isfinite(votes.scores).any() else None


def _letter(number: int) -> str:
    """A to Z, then AA, AB …"""
    before, last = divmod(number, len(ascii_uppercase))
    return (_letter(before - 1) if before else "") + ascii_uppercase[last]
