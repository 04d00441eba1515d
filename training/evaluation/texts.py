"""Words and numbers of tables: cells with their intervals, rows of Markdown."""

from __future__ import annotations

import math

from training.evaluation.bootstrap import Interval
from training.evaluation.results import SetScores
from training.metrics import Metric


def comparison_text(m: Metric, interval: Interval | None) -> str:
    if interval is None or math.isnan(interval.value):
        return "–"
    numbers = (interval.value, interval.low, interval.high)
    texts = (f"{n:.3f}" if m.compared == "ratio" else f"{n:+.{m.decimals}f}" for n in numbers)
    value, low, high = (text.replace("-", "−") for text in texts)
    value = f"×{value}" if m.compared == "ratio" else " ".join([value, m.unit]).strip()
    return value if math.isnan(interval.low) else f"{value} [{low}, {high}]"


def interval_text(m: Metric, interval: Interval | None) -> str:
    """A mean with its interval, as ``0.643 [0.601, 0.684]``."""
    if interval is None or math.isnan(interval.value):
        return "–"
    values = (interval.value, interval.low, interval.high)
    value, low, high = (f"{number:.{m.decimals}f}".replace("-", "−") for number in values)
    return value if math.isnan(interval.low) else f"{value} [{low}, {high}]"


def photograph_count(one: SetScores) -> str:
    damaged = f" ({len(one.damaged)} damaged, left out)" if one.damaged else ""
    return f"{len(one.files)} photograph{'s' if len(one.files) > 1 else ''}{damaged}"


def table_header(names: list[str]) -> list[str]:
    return [table_row(names), "|---" * len(names) + "|"]


def table_row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
