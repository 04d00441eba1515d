"""The votes as tidy tables: one row a rating, one row a rater."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cf_esrt.survey.design import Kind
from cf_esrt.survey.protocol import QuestionKind


@dataclass(frozen=True)
class Rating:
    """One vote that stands."""

    rater: str
    image: str
    method: str
    """Masked until the study is locked."""
    question: QuestionKind
    replicate: int
    """From 1."""
    score: int
    """1 to 5."""
    seconds: float
    """How long the picture was looked at."""
    position: int
    """In the rater's plan, from 0, over all passes."""
    at: str
    """UTC, ISO 8601."""
    kind: Kind
    """Only ``test`` counts."""
    server_seconds: float | None = None
    """From the item's turn to the vote, by the server's clock: the picture's way and the grey included."""
    other: str = ""
    """Of a pair, the method on the right; ``method`` is on the left, and the score 1 left, 2 right, 3 alike."""
    sitting: int = 1
    """From 1; further ones only of a diagnosis."""
    further: dict[str, Any] = field(default_factory=dict)
    """What was asked after the question, and how the picture was seen."""


@dataclass(frozen=True)
class RaterRow:
    """One rater: nothing about the person but what was answered."""

    rater: str
    votes: int
    items: int
    """Votes of a complete session."""
    consented: str | None
    finished: str | None
    gold_items: int
    """Gold items voted on."""
    gold_misses: int
    """Of these, votes outside the expected range."""
    background: dict[str, str]
    viewing: dict[str, str | int | float | bool | None]
    marks: tuple[str, ...] = ()
    """What an organiser should look at."""
    completion_code: str = ""
    """For who has finished: what a recruiting service was shown."""
    external: str = ""
    """The name that the recruiting service gave."""
    withdrawn: str | None = None
    qualified: bool | None = None
    """Whether enough qualification items were answered right; None where there are none, or not all are answered."""
    next_sitting: str | None = None
    """When the next sitting opens or opened, UTC, for who is between two."""


BOM = "\ufeff"
"""Put before a table's file: Excel takes it for UTF-8 then."""


def votes_sha256(ratings: Sequence[Rating]) -> str:
    """What ``sha256sum`` says of the votes' file, ``ratings.csv``."""
    return hashlib.sha256((BOM + ratings_csv(ratings)).encode()).hexdigest()


def ratings_csv(ratings: Sequence[Rating]) -> str:
    """A header and a line for each rating; what was asked after the question has columns ``further:…``."""
    rows = []
    for rating in ratings:
        row = asdict(rating)
        rows.append(row | {f"further:{name}": value for name, value in row.pop("further").items()})
    fixed = [one.name for one in fields(Rating) if one.name != "further"]
    return _csv(fixed + sorted({name for row in rows for name in row} - set(fixed)), rows)


def raters_csv(raters: Sequence[RaterRow]) -> str:
    """A header and a line for each rater; each answer has a column ``background:…`` or ``viewing:…`` of its own."""
    rows = []
    for rater in raters:
        row = asdict(rater)
        row["marks"] = "; ".join(rater.marks)
        for group in ("background", "viewing"):
            row |= {f"{group}:{name}": value for name, value in row.pop(group).items()}
        rows.append(row)
    fixed = [one.name for one in fields(RaterRow) if one.name not in ("background", "viewing")]
    further = sorted({name for row in rows for name in row} - set(fixed))
    return _csv(fixed + further, rows)


def _csv(columns: list[str], rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula keeps to being a text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
