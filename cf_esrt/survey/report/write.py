"""The report as files: one self-contained page, and the same as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cf_esrt.survey.report.analysis import Analysis, analyse
from cf_esrt.survey.report.checklist import SOURCE, checklist
from cf_esrt.survey.report.description import StudyDescription
from cf_esrt.survey.report.plots import Plot, plots_of
from cf_esrt.survey.report.primary import primary, primary_of
from cf_esrt.survey.report.section import Section
from cf_esrt.survey.report.tables import Table, escaped, markdown_of, tables_of
from cf_esrt.survey.statistics.ratings import COLUMNS, HIGHEST, LOWEST, RatingsError, check_ratings, questions_of

DISCLAIMER = "Research demonstration. Not a medical device. Not for diagnosis or treatment."
_FOLDED = ("stimuli",)
_PLACES = {"mos": ("mos", "votes"), "raters": ("raters",), "models": (), "agreement": ("stimuli",)}
"""table → the plots that stand over it"""


def write_report(
    ratings: pd.DataFrame,
    description: StudyDescription,
    folder: Path,
    raters: pd.DataFrame | None = None,
    sections: Sequence[Section] = (),
    digest: str | None = None,
) -> list[Path]:
    """Write ``report.html``, ``report.md``, ``report.json`` and ``tables/*.csv`` into ``folder`` → their paths.

    ``ratings`` is the tidy table of `check_ratings`, ``raters`` a row a rater with the description's subgroup columns.
    ``sections`` are of the questions that are not opinions; ``digest`` is of all votes (None: that of ``ratings``).
    RatingsError where there is no test vote; nothing is written then.
    """
    table = check_ratings(ratings)
    names = questions_of(table)
    if not names and not sections:
        raise RatingsError("There are no test votes to report.")
    analyses = [analyse(table, name, description, raters) for name in names]
    tables = [tables_of(analysis) for analysis in analyses]
    digest = digest or votes_sha256(table)
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        folder / "report.html": html(description, analyses, tables, digest, sections),
        folder / "report.md": markdown(description, analyses, tables, digest, sections),
        folder / "report.json": json_text(description, analyses, digest, sections),
    }
    for one in sections:
        written |= {folder / name: content for name, content in one.files}
    for number, parts in enumerate([*tables, *(one.tables for one in sections)], 1):
        for one in parts:
            written[folder / "tables" / f"{number}-{one.key}.csv"] = csv_text(one)
    (folder / "tables").mkdir(exist_ok=True)
    for path, text in written.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        path.chmod(0o600)  # single raters' answers are in some of them
    return list(written)


def votes_sha256(ratings: pd.DataFrame) -> str:
    """A digest of the votes, whatever the order of the rows and columns."""
    rows = sorted("\x1f".join(map(str, row)) for row in ratings[list(COLUMNS)].itertuples(index=False))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def html(
    description: StudyDescription,
    analyses: Sequence[Analysis],
    tables: Sequence[Sequence[Table]],
    digest: str,
    sections: Sequence[Section] = (),
) -> str:
    """The page. Every text of the study's is escaped; nothing outside the page is asked for."""
    from jinja2 import Environment

    source = files("cf_esrt.survey.report").joinpath("page.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True, trim_blocks=True).from_string(source)
    parts = []
    for number, (analysis, own) in enumerate(zip(analyses, tables, strict=True), 1):
        plots = {plot.key: plot for plot in plots_of(analysis)}
        parts.append(
            {
                "question": analysis.question,
                "wording": analysis.wording,
                "summary": summary(analysis),
                "remark": analysis.screening.remark,
                "mixed_missing": analysis.mixed_missing,
                "entries": [_entry(number, table, plots) for table in own],
            }
        )
    for number, section in enumerate(sections, 1 + len(analyses)):
        parts.append(
            {
                "question": section.question,
                "wording": section.wording,
                "summary": section.summary,
                "remark": "",
                "mixed_missing": "",
                "entries": [_entry(number, table, {}) for table in section.tables],
            }
        )
    return page.render(
        description=description,
        primary=_primary(description, analyses, sections),
        flow=_flow_rows(description, analyses, sections),
        parts=parts,
        items=checklist(description, analyses),
        items_source=SOURCE,
        disclaimer=DISCLAIMER,
        votes_sha256=digest,
        versions=versions_text(description.versions),
    )


def markdown(
    description: StudyDescription,
    analyses: Sequence[Analysis],
    tables: Sequence[Sequence[Table]],
    digest: str,
    sections: Sequence[Section] = (),
) -> str:
    """The tables and the checklist, without plots."""
    parts = [f"# {escaped(description.title)}", DISCLAIMER]
    first = _primary(description, analyses, sections)
    parts += [escaped(first)] if first else []
    for analysis, own in zip(analyses, tables, strict=True):
        parts.append(f"## {escaped(f'{analysis.question}: {analysis.wording}')}")
        parts += [text for text in (summary(analysis), analysis.screening.remark, analysis.mixed_missing) if text]
        parts += [markdown_of(table) for table in own]
    for section in sections:
        title = f"{section.question}: {section.wording}" if section.wording else section.question
        parts += [f"## {escaped(title)}", escaped(section.summary)]
        parts += [markdown_of(table) for table in section.tables]
    steps = _flow_rows(description, analyses, sections)
    if steps:
        flow = Table("flow", "Flow of raters", (("stage", "text"), ("raters", "count")), tuple(steps))
        parts.append(markdown_of(flow))
    items = checklist(description, analyses)
    rows = tuple((item.topic, item.answer) for item in items)
    parts.append(
        markdown_of(Table("checklist", "What a test must report", (("item", "text"), ("answer", "text")), rows, SOURCE))
    )
    if description.command:
        parts.append("How to make this report again:")
        parts.append("\n".join(f"    {line}" for line in description.command.splitlines()))
    parts.append(f"Votes (ratings.csv), SHA-256: `{digest}`. {versions_text(description.versions)}")
    return "\n\n".join(parts) + "\n"


def json_text(
    description: StudyDescription, analyses: Sequence[Analysis], digest: str, sections: Sequence[Section] = ()
) -> str:
    """Every number, unrounded; a number that is not there is null. The votes themselves are not in it."""
    document = {
        "disclaimer": DISCLAIMER,
        "study": plain(description),
        "votes_sha256": digest,
        "checklist": {item.topic: item.answer for item in checklist(description, analyses)},
        "questions": [{**plain(one), "votes": one.votes.count} for one in analyses],
        "sections": [{**plain(one), "files": [name for name, _ in one.files]} for one in sections],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def csv_text(table: Table) -> str:
    """The table's own values, unrounded. A cell that a spreadsheet would take for a formula gets an apostrophe."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow([name for name, _ in table.columns])
    for row in table.rows:
        writer.writerow(
            "" if cell is None or (isinstance(cell, float) and not math.isfinite(cell)) else _no_formula(cell)
            for cell in row
        )
    return content.getvalue()


def _primary(description: StudyDescription, analyses: Sequence[Analysis], sections: Sequence[Section]) -> str:
    """The primary comparison's sentence; empty where none was named."""
    asked = description.primary
    if asked is None:
        return ""
    found = [primary(asked, one) for one in analyses if one.question == asked.question]
    found += [primary_of(asked, one) for one in sections if one.question == asked.question]
    if not found or found[0] is None:
        return f"The primary comparison, {asked.first} against {asked.second}, cannot be made: its votes are missing."
    return found[0].sentence


def _flow_rows(
    description: StudyDescription, analyses: Sequence[Analysis], sections: Sequence[Section]
) -> list[tuple[str, int]]:
    """The flow, with whom screening leaves out, and who is analysed, question by question."""
    if not description.flow:
        return []
    rows = list(description.flow)
    for one in analyses:
        reasons = Counter(left.reason for left in one.screening.left_out)
        rows += [(f"screened out, {one.question}: {reason}", count) for reason, count in sorted(reasons.items())]
        rows.append((f"analysed, {one.question}", len(one.screening.kept)))
    for part in sections:
        rows += [(f"analysed, {part.question}{what and ': '}{what}", count) for what, count in part.analysed]
    return rows


def summary(analysis: Analysis) -> str:
    """What was voted on, and by whom, in three sentences."""
    screening = analysis.screening
    stay = f"Raters who stay after screening: {len(screening.kept)} of {len(screening.raters)}."
    votes = analysis.votes
    return (
        f"{votes.count} votes on {len(votes.images)} images by {len(votes.methods)} methods. {stay} All scores are"
        f" points on the scale from {LOWEST} to {HIGHEST} ({HIGHEST} is best); a mean opinion score is the mean"
        " over raters of their means over images; of a rater who saw a part of the pictures, the mean is taken relative"
        " to what all raters who saw these gave them."
    )


def plain(value: Any) -> Any:
    """Dataclasses, arrays and mappings as JSON has them; NaN and infinity as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def versions_text(versions: Mapping[str, str]) -> str:
    """The programs that the numbers come from."""
    known = {name: version(name) for name in ("numpy", "scipy", "pandas")}
    return ", ".join(f"{name} {number}" for name, number in {**versions, **known}.items()) + "."


def _entry(number: int, table: Table, plots: Mapping[str, Plot]) -> dict[str, Any]:
    return {
        "anchor": f"q{number}-{table.key}",
        "title": table.title,
        "columns": table.columns,
        "cells": table.shown(),
        "note": table.note,
        "folded": table.key in _FOLDED,
        "plots": [plots[key] for key in _PLACES.get(table.key, ()) if key in plots],
    }


def _no_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and re.match(r"[=+\-@\t\r]", cell) else cell
