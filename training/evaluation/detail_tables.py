"""Tables of whether detail is there: each model's measures, and how it stands beside plain sharpening. Markdown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from training.evaluation.bootstrap import own_intervals
from training.evaluation.results import SetScores
from training.evaluation.sharpening import STRUCTURES, Control, control, masked_rows, plain_rows
from training.evaluation.texts import interval_text, table_header, table_row
from training.metrics import DETAIL, metric

COLUMNS = (*DETAIL, "lattice")
MASK_COLUMNS = ("psnr", "lpips", "ring_correlation", "dot_precision", "dot_recall", "line_precision", "line_recall")


def detail_table(one: SetScores, chosen: Collection[str] | None = None) -> list[str]:
    """A line a model, of those ``chosen``; nothing where none was judged so."""
    labels = [label for label in plain_rows(one.scores) if "ring_correlation" in one.scores[label]]
    labels = [label for label in labels if chosen is None or label in chosen]
    if not labels:
        return []
    found = own_intervals(one.scores, COLUMNS)
    controls = controls_of(one, labels)
    beyond = [f"{what}s beyond sharpening" for what in STRUCTURES] if controls else []
    lines = table_header(["model", *(metric(name).heading for name in COLUMNS), *beyond])
    for label in labels:
        cells = [interval_text(metric(name), found.get((label, name))) for name in COLUMNS]
        cells += [control_text(controls.get((label, what))) for what in STRUCTURES if controls]
        lines.append(table_row([label, *cells]))
    return lines


def controls_of(one: SetScores, labels: Sequence[str]) -> dict[tuple[str, str], Control]:
    """(model, structure) → what it has beyond sharpening; nothing where the set has no masks."""
    found: dict[tuple[str, str], Control] = {}
    for faithful, masks in masked_rows(one.scores).items():
        for label in labels:
            if label != faithful and "dot_recall" in one.scores[label] and faithful in one.scores:
                for what in STRUCTURES:
                    found[label, what] = control(one.scores, label, faithful, masks, what)
    return found


def control_text(found: Control | None) -> str:
    if found is None:
        return "–"
    values = found.beyond.value, found.beyond.low, found.beyond.high
    value, low, high = (f"{number:+.3f}".replace("-", "−") for number in values)
    return f"{value} [{low}, {high}]" + ("" if found.finds == "as many" else f" (finds {found.finds})")


def mask_table(one: SetScores) -> list[str]:
    """The sharpening control's curve: a line a mask, the picture without one first."""
    lines: list[str] = []
    for faithful, masks in masked_rows(one.scores).items():
        lines += table_header(["picture", *(metric(name).heading for name in MASK_COLUMNS)])
        for label in (faithful, *masks):
            row = one.scores.get(label, {})
            means = {name: sum(row[name]) / len(row[name]) for name in MASK_COLUMNS if name in row}
            cells = [f"{means[n]:.{metric(n).decimals}f}" if n in means else "–" for n in MASK_COLUMNS]
            lines.append(table_row([label, *cells]))
    return lines
