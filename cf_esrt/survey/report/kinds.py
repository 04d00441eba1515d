"""The report's sections on pairs, on whether a picture is real, and on diagnoses; each also by groups of raters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import Protocol, Question
from cf_esrt.survey.report import diagnosis, pairs, real
from cf_esrt.survey.report.section import Columns, Headline, Section
from cf_esrt.survey.report.tables import Cell, Table, span
from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.subgroups import FEWEST, groups

_MAKERS = {"pair": pairs, "real": real, "diagnosis": diagnosis}


def sections(
    protocol: Protocol, ratings: Sequence[Rating], raters: pd.DataFrame | None = None, columns: Sequence[str] = ()
) -> list[Section]:
    """One for each question that is not answered on the five-point scale and has votes. ``raters`` has a row a rater
    and the ``columns`` by which groups are told apart: role, say, and device.
    """
    found = []
    for question in protocol.questions:
        votes = [one for one in ratings if one.question == question.kind and one.kind == "test"]
        if question.kind not in _MAKERS or not votes:
            continue
        maker = _MAKERS[question.kind]
        made = maker.section(protocol, question, votes)
        if raters is not None and columns:
            table = _groups(protocol, question, votes, raters, columns, maker.headline)
            made = replace(made, tables=(*made.tables, table)) if table.rows else made
        found.append(made)
    return found


def _groups(
    protocol: Protocol,
    question: Question,
    votes: Sequence[Rating],
    raters: pd.DataFrame,
    columns: Sequence[str],
    headline: Callable[[Protocol, Question, Sequence[Rating]], Headline],
) -> Table:
    """What each group of raters found: how much the results depend on who looked, and at which screen."""
    names = sorted({one.rater for one in votes})
    rows: list[tuple[Cell, ...]] = []
    for column, group, members in groups(names, raters, columns):
        if members is None:
            rows.append((column, group, None, "–", None, "–"))
            continue
        own = [one for one in votes if one.rater in members]
        try:
            told = headline(protocol, question, own)
        except RatingsError:  # a group too small for the analysis: its row says how many they are
            told = []
        rows += [(column, group, len(members), name, one.value, span(one)) for name, one in told]
        if not told:
            rows.append((column, group, len(members), "–", None, "–"))
    shown: Columns = (
        ("by", "text"), ("group", "text"), ("raters", "count"), ("", "text"), ("value", "score"), ("95%", "text")
    )  # fmt: skip
    note = f"Groups of fewer than {FEWEST} raters are not shown, nor those that would tell them by difference."
    return Table("groups", "By groups of raters, and by device", shown, tuple(rows), note)
