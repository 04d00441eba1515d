"""How many raters came how far: the numbers of a CONSORT flow diagram, and how long sessions took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from cf_esrt.survey.export import RaterRow

PAUSE_SECONDS = 300
"""Longer than this between two votes is a break, and no part of a session's time."""


def flow(raters: Sequence[RaterRow]) -> list[tuple[str, int]]:
    """Stage → raters, in order; whom screening leaves out is the report's to add.

    Drop-outs are those who began and did not finish; their votes count as far as they go.
    """
    consented = [row for row in raters if row.consented]
    began = [row for row in raters if row.votes]
    turned_away = sum(row.qualified is False for row in raters)
    return [
        ("invited: codes given out, or let in by the open link", len(raters)),
        ("consented", len(consented)),
        ("began: at least one vote", len(began)),
        *([("did not qualify, and saw no test item", turned_away)] if turned_away else []),
        ("withdrew, with all votes", sum(row.withdrawn is not None for row in raters)),
        ("dropped out: began and did not finish", sum(row.finished is None for row in began) - turned_away),
        ("finished", sum(row.finished is not None for row in raters)),
    ]


def session_minutes(votes: Mapping[str, Sequence[str]]) -> float | None:
    """The median over raters of the time between their votes, breaks left out; ``votes``: rater → times, ISO 8601."""
    spent = []
    for times in votes.values():
        moments = sorted(map(datetime.fromisoformat, times))
        gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        spent.append(sum(gap for gap in gaps if gap <= PAUSE_SECONDS) / 60)
    return median(spent) if spent else None
