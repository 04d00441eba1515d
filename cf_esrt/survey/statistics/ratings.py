"""The votes of a study: a tidy table, checked, and the same votes as an array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

LOWEST, HIGHEST = 1, 5
"""The ends of the ACR scale: 1 Bad, 5 Excellent."""
COLUMNS = ("rater", "image", "method", "replicate", "question", "score", "kind")
KINDS = ("test", "training", "gold", "qualification")
_ONE_VOTE = ["question", "kind", "rater", "image", "method", "replicate"]


class RatingsError(ValueError):
    """The votes cannot be analysed; the message is one sentence."""


class NobodyLeft(RatingsError):
    """Screening leaves out every rater of a question."""

    def __init__(self, question: str) -> None:
        super().__init__(f"Screening leaves no rater of {question!r}; report with the rule 'none' to see the votes.")
        self.question = question


@dataclass(frozen=True)
class Votes:
    """One question's votes of one kind."""

    raters: tuple[str, ...]
    images: tuple[str, ...]
    methods: tuple[str, ...]
    scores: np.ndarray
    """float, raters × images × methods × replicates; NaN where there is no vote"""

    @property
    def stimuli(self) -> np.ndarray:
        """The scores as raters × stimuli × replicates; a stimulus is one image by one method, images outermost."""
        raters, images, methods, replicates = self.scores.shape
        return self.scores.reshape(raters, images * methods, replicates)

    @property
    def count(self) -> int:
        return int(np.isfinite(self.scores).sum())

    def of_raters(self, raters: Iterable[str]) -> Votes:
        """The votes of these raters alone, in the order they stand here."""
        wanted = set(raters)
        kept = [k for k, rater in enumerate(self.raters) if rater in wanted]
        return replace(self, raters=tuple(self.raters[k] for k in kept), scores=self.scores[kept])

    def of_methods(self, methods: Sequence[str]) -> Votes:
        """The votes on these methods, in the order given."""
        columns = [self.methods.index(method) for method in methods]
        return replace(self, methods=tuple(methods), scores=self.scores[:, :, columns])


def check_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns in order and of the right type; RatingsError where it is not one vote a row.

    Columns: rater, image, method, question (text), replicate (a whole number), score (1 to 5), kind (``KINDS``).
    Others stay as they are.
    """
    missing = [name for name in COLUMNS if name not in ratings.columns]
    if missing:
        raise RatingsError(f"The votes lack the column {missing[0]!r}; they need {', '.join(COLUMNS)}.")
    table = ratings.reset_index(drop=True).copy()
    for name in ("rater", "image", "method", "question", "kind"):
        table[name] = table[name].astype(str)
    for name in ("replicate", "score"):
        numbers = np.asarray(pd.to_numeric(table[name], errors="coerce"), dtype=float)
        wrong = ~np.isfinite(numbers) | (numbers != np.round(numbers))
        if wrong.any():
            raise RatingsError(f"A vote's {name} is {table[name][wrong.argmax()]!r}, not a whole number.")
        table[name] = numbers.astype(int)
    outside = ~table["score"].between(LOWEST, HIGHEST)
    if outside.any():
        raise RatingsError(f"A vote is {table['score'][outside].iloc[0]}; the scale goes from {LOWEST} to {HIGHEST}.")
    strange = ~table["kind"].isin(KINDS)
    if strange.any():
        raise RatingsError(f"A vote's kind is {table['kind'][strange].iloc[0]!r}; known are {', '.join(KINDS)}.")
    twice = table.duplicated(_ONE_VOTE)
    if twice.any():
        row = table[twice].iloc[0]
        raise RatingsError(f"Rater {row['rater']} votes twice on {row['image']} by {row['method']}, same replicate.")
    return table


def rows_where(table: pd.DataFrame, column: str, values: Sequence[object]) -> pd.DataFrame:
    """The rows whose ``column`` is one of ``values``."""
    chosen = table.loc[table[column].isin(list(values)).to_numpy(dtype=bool)]
    return cast(pd.DataFrame, chosen)


def questions_of(ratings: pd.DataFrame) -> list[str]:
    """The questions that have test votes, in the order of their first vote."""
    return list(dict.fromkeys(rows_where(ratings, "kind", ["test"])["question"]))


def votes_of(
    ratings: pd.DataFrame, question: str | None = None, kind: str = "test", methods: Sequence[str] | None = None
) -> Votes:
    """The array of one question's votes; RatingsError where there are none.

    ``question`` may be left out where the table has one only. ``methods`` sets their order (default: sorted);
    further methods of the table are left out.
    """
    table = rows_where(check_ratings(ratings), "kind", [kind])
    asked = list(dict.fromkeys(table["question"]))
    if question is None:
        if len(asked) > 1:
            raise RatingsError(f"The votes answer {len(asked)} questions; say which: {', '.join(asked)}.")
        question = asked[0] if asked else None
    table = rows_where(table, "question", [question])
    if methods is not None:
        table = rows_where(table, "method", methods)
    if table.empty:
        raise RatingsError(f"There are no {kind} votes{f' on the question {question!r}' if question else ''}.")
    names = {name: sorted(set(table[name])) for name in ("rater", "image", "method")}
    if methods is not None:
        names["method"] = list(methods)
    places = [np.array(table[name].map({value: k for k, value in enumerate(names[name])})) for name in names]
    replicates = sorted(set(table["replicate"]))
    places.append(np.array(table["replicate"].map({value: k for k, value in enumerate(replicates)})))
    scores = np.full([*(len(values) for values in names.values()), len(replicates)], np.nan)
    scores[tuple(places)] = table["score"].to_numpy(dtype=float)
    return Votes(tuple(names["rater"]), tuple(names["image"]), tuple(names["method"]), scores)
