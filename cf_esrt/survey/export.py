"""The votes as tidy tables: one row a rating, one row a rater."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

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


def ratings_csv(ratings: Sequence[Rating]) -> str:
    """A header and a line for each rating."""
    return _csv([field.name for field in fields(Rating)], [asdict(rating) for rating in ratings])


def raters_csv(raters: Sequence[RaterRow]) -> str:
    """A header and a line for each rater; each answer has a column ``background:…`` or ``viewing:…`` of its own."""
    rows = []
    for rater in raters:
        row = asdict(rater)
        for group in ("background", "viewing"):
            row |= {f"{group}:{name}": value for name, value in row.pop(group).items()}
        rows.append(row)
    fixed = [field.name for field in fields(RaterRow) if field.name not in ("background", "viewing")]
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
