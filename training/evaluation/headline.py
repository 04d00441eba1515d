"""README's table: several sets in one narrow table of what is better, what is worse, and than what. Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from cf_esrt import models
from training.evaluation.bootstrap import compare, own_intervals
from training.evaluation.detail_tables import control_text, controls_of
from training.evaluation.results import Results, ResultsError, SetScores
from training.evaluation.sharpening import STRUCTURES, Control, plain_rows
from training.evaluation.texts import comparison_text, interval_text, photograph_count, table_header, table_row
from training.metrics import DETAIL, metric

CHANGES = ("psnr", "lpips")
"""Bicubic's mean, and what the others change about it."""
VALUES = (*(name for name in DETAIL if name != "false_dots"), "kid")
"""The set's measure of every model."""


def headline(results: Results, titles: Sequence[str]) -> str:
    """The sets of these titles, every cell with its interval below. ResultsError where there is no such set, or it has
    no bicubic row."""
    by_title = {one.title: one for one in results.sets if "bicubic" in one.scores}
    for title in titles:
        if title not in by_title:
            raise ResultsError(f"There are no scores of {title!r} beside bicubic's; there are {'; '.join(by_title)}.")
    chosen = [by_title[title] for title in titles]
    names = [name for name in (*CHANGES, *VALUES) if all(name in one.scores["bicubic"] for one in chosen)]
    heads = [metric(name).title + (" (grey levels)" if name == "invented" else "") for name in names]
    controls = {one.title: controls_of(one, plain_rows(one.scores)) for one in chosen}
    structures = STRUCTURES if any(controls.values()) else ()
    heads += [f"{what}s beyond sharpening" for what in structures]
    lines = table_header(["model", *heads])
    for one in chosen:
        lines.append(table_row([f"**{one.title}**, {photograph_count(one)}", *[""] * len(heads)]))
        lines += _rows(one, names, structures, controls[one.title])
    return "\n".join(lines) + "\n"


def _rows(
    one: SetScores, names: Sequence[str], structures: Sequence[str], controls: dict[tuple[str, str], Control]
) -> list[str]:
    """Models with all of their texture, and as the page opens them (``cf-esrt@0.5``); other settings of the slider are
    in the plane of truth and look."""
    opening = {f"{name}@{models.describe(name).opening_detail:g}" for name in models.names()}
    found = compare(one.scores, ["bicubic"], [name for name in names if name in CHANGES])
    own = own_intervals(one.scores, names)
    lines = []
    for label in (label for label in plain_rows(one.scores) if "@" not in label or label in opening):
        cells = []
        for name in names:
            if name not in CHANGES:
                cells.append(interval_text(metric(name), own.get((label, name))))
            elif label == "bicubic":
                value = own[label, name].value
                cells.append(f"{value:.{metric(name).decimals}f} {metric(name).unit}".strip())
            else:
                cells.append(comparison_text(metric(name), found.get((label, "bicubic", name))))
        cells += [control_text(controls.get((label, what))) for what in structures]
        lines.append(table_row([label, *(cell.replace(" [", "<br>[") for cell in cells)]))
    return lines
