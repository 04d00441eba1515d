"""The report's tables, once for HTML, Markdown and CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cf_esrt.survey.counted import counted
from cf_esrt.survey.report.analysis import Analysis
from cf_esrt.survey.statistics.comparison import Comparison
from cf_esrt.survey.statistics.intervals import Interval
from cf_esrt.survey.statistics.opinion import Opinion
from cf_esrt.survey.statistics.screening import ALPHA, GOLD_SHARE, GOLD_STEPS
from cf_esrt.survey.statistics.subgroups import FEWEST

Kind = Literal["text", "count", "score", "p"]
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """Plain values; `shown` writes them."""

    key: str
    """of files, and of the part of the report it belongs to"""
    title: str
    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def shown(self) -> list[list[str]]:
        return [[shown(value, kind) for value, (_, kind) in zip(row, self.columns, strict=True)] for row in self.rows]


def shown(value: Cell, kind: Kind) -> str:
    """One cell in words: two digits for scores, three for p, a dash where there is nothing."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if kind == "p":
        return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0") if value < 1 else "1"
    return f"{value:.2f}".replace("-", "−") if kind == "score" else f"{value:g}"


def span(interval: Interval | None) -> str:
    """An interval in words."""
    if interval is None or not interval.known:
        return "–"
    return f"{interval.low:.2f} to {interval.high:.2f}".replace("-", "−")


def tables_of(analysis: Analysis) -> list[Table]:
    """All tables of one question, in the report's order; one without rows is left out."""
    tables = [
        _mos(analysis),
        _dmos(analysis),
        _pairs("raters", analysis.by_rater),
        _pairs("images", analysis.by_image),
        _mixed(analysis),
        _components(analysis),
        _agreement(analysis),
        _screening(analysis),
        _models(analysis),
        _needed(analysis),
        _subgroups(analysis),
        _stimuli(analysis),
    ]
    return [table for table in tables if table.rows]


def _mos(analysis: Analysis) -> Table:
    note = (
        "SD is the spread of single votes, as papers print it behind ±; it is no uncertainty of the MOS. Both intervals"
        " say what other raters would give on these same images: Student's t over raters' means can leave the scale,"
        " the binomial one (SOS; Hossfeld et al. 2011, 2018) cannot."
    )
    return Table("mos", "Mean opinion scores", _OPINION_COLUMNS, tuple(map(_opinion_row, analysis.opinions)), note)


_OPINION_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("method", "text"),
    ("MOS", "score"),
    ("SD", "score"),
    ("95% Student", "text"),
    ("95% binomial", "text"),
    ("raters", "count"),
    ("votes", "count"),
)


def _opinion_row(one: Opinion) -> tuple[Cell, ...]:
    return one.method, one.student.value, one.sd, span(one.student), span(one.sos), one.raters, one.votes


def _dmos(analysis: Analysis) -> Table:
    rows = [(one.method, one.student.value, one.sd, span(one.student), one.raters, one.votes) for one in analysis.dmos]
    columns: tuple[tuple[str, Kind], ...] = (
        ("method", "text"),
        ("DMOS", "score"),
        ("SD", "score"),
        ("95% Student", "text"),
        ("raters", "count"),
        ("votes", "count"),
    )
    note = "Vote − the same rater's vote on the hidden reference + 5 (ACR-HR, ITU-T P.910): 5 is a tie."
    return Table("dmos", "Against the hidden reference", columns, tuple(rows), note)


def _pairs(unit: str, comparison: Comparison) -> Table:
    rows = [
        (
            pair.first,
            pair.second,
            pair.difference.value,
            span(pair.difference),
            f"{pair.prefer_first} : {pair.prefer_second}",
            pair.rank_biserial,
            pair.p,
            pair.p_holm,
        )
        for pair in comparison.pairs
    ]
    friedman = ""
    if math.isfinite(comparison.friedman_p):
        friedman = (
            f" Friedman's test over all methods: χ² = {comparison.friedman:.2f},"
            f" {p_value(comparison.friedman_p)}, Kendall's W = {comparison.kendall_w:.2f}."
        )
    asked = {
        "raters": "The observations are raters' means: would other raters see it, on these images?",
        "images": "The observations are images' means: would these raters see it on other images?",
    }[unit]
    units = counted(comparison.units, unit.removesuffix("s"))
    note = f"{asked} {units}.{friedman} Wilcoxon's signed-rank test, Holm over these pairs."
    columns: tuple[tuple[str, Kind], ...] = (
        ("first", "text"),
        ("second", "text"),
        ("difference", "score"),
        ("95% Student", "text"),
        ("prefer first : second", "text"),
        ("rank-biserial r", "score"),
        ("p", "p"),
        ("p (Holm)", "p"),
    )
    return Table(f"pairs-{unit}", f"Pairs of methods, over {unit}", columns, tuple(rows), note)


def p_value(p: float) -> str:
    """A p-value in a sentence."""
    text = shown(p, "p")
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def _mixed(analysis: Analysis) -> Table:
    model = analysis.mixed
    rows = () if model is None else model.contrasts
    remarks = "" if model is None or not model.remarks else f" {' '.join(model.remarks)}"
    note = (
        "score = method + rater + image + rater × method + image × method, by REML. Would other raters"
        " see it, on other images? Student's t with Satterthwaite's degrees of freedom, Holm over these pairs."
        + remarks
    )
    columns: tuple[tuple[str, Kind], ...] = (
        ("first", "text"),
        ("second", "text"),
        ("difference", "score"),
        ("95%", "text"),
        ("p", "p"),
        ("p (Holm)", "p"),
    )
    cells = [(one.first, one.second, one.difference.value, span(one.difference), one.p, one.p_holm) for one in rows]
    return Table("mixed", "Mixed model: other raters and other images", columns, tuple(cells), note)


def _components(analysis: Analysis) -> Table:
    model = analysis.mixed
    if model is None:
        return Table("components", "", (), ())
    parts = model.components
    values = {
        "raters (bias)": parts.rater,
        "images": parts.image,
        "rater × method": parts.rater_method,
        "image × method": parts.image_method,
        "residual": parts.residual,
    }
    total = sum(values.values())
    rows = [(name, value**0.5, f"{100 * value / total:.0f}%") for name, value in values.items()]
    note = "How much votes vary for which reason, beyond the methods: standard deviations in votes, shares of variance."
    return Table(
        "components",
        "Sources of variation",
        (("source", "text"), ("SD", "score"), ("share", "text")),
        tuple(rows),
        note,
    )


def _agreement(analysis: Analysis) -> Table:
    both = analysis.icc
    rows = [
        ("ICC(2,1): one rater", both.single.value, span(both.single)),
        (f"ICC(2,k): mean of {counted(both.raters, 'rater')}", both.average.value, span(both.average)),
        ("Krippendorff's α, ordinal", analysis.alpha, "–"),
        ("SOS parameter a", analysis.sos, "–"),
    ]
    note = (
        f"ICC: two-way random, absolute agreement (McGraw and Wong 1996), of {counted(both.raters, 'rater')} with votes"
        f" on all {both.stimuli} stimuli. α: 1 is agreement, 0 chance. a: 0.25 is binomial votes, less is agreement."
    )
    return Table(
        "agreement",
        "Agreement of raters",
        (("measure", "text"), ("value", "score"), ("95%", "text")),
        tuple(rows),
        note,
    )


def _screening(analysis: Analysis) -> Table:
    bias = dict(zip(analysis.subject_raters, analysis.subjects.bias.tolist(), strict=True))
    spread = dict(zip(analysis.subject_raters, analysis.subjects.inconsistency.tolist(), strict=True))
    rows = [
        (
            one.rater,
            one.votes,
            one.correlation,
            one.retest,
            f"{one.gold_right}/{one.gold}" if one.gold else "–",
            bias[one.rater],
            spread[one.rater],
            one.bt500,
            one.kept,
            one.reason,
        )
        for one in analysis.screening.raters
    ]
    rules = {
        "looking": (
            "A rater stays whose votes go with the others' means and the gold items, or with their own replicates"
            f" (correlation, one-sided p ≤ {ALPHA}), and who has at least {GOLD_SHARE:.0%} of the gold items within"
            f" ±{GOLD_STEPS}."
        ),
        "bt500": "A rater leaves by the count of ITU-R BT.500-15.",
        "none": "Everybody stays.",
    }
    note = (
        f"{rules[analysis.screening.rule]} Bias and inconsistency (votes) are the subject model's (Li et al. 2020)."
        f" {analysis.screening.remark}"
    )
    columns: tuple[tuple[str, Kind], ...] = (
        ("rater", "text"),
        ("votes", "count"),
        ("r with others", "score"),
        ("r of replicates", "score"),
        ("gold", "text"),
        ("bias", "score"),
        ("inconsistency", "score"),
        ("BT.500 rejects", "text"),
        ("stays", "text"),
        ("why not", "text"),
    )
    return Table("raters", "Raters and screening", columns, tuple(rows), note.strip())


def _models(analysis: Analysis) -> Table:
    subject, _ = analysis.weighed.method_means()
    low, high = analysis.weighed.method_limits()
    rows = [
        (
            one.method,
            one.student.value,
            everybody.student.value,
            unbiased.student.value,
            span(unbiased.student),
            float(subject[k]),
            span(Interval(float(subject[k]), float(low[k]), float(high[k]))),
        )
        for k, (one, everybody, unbiased) in enumerate(
            zip(analysis.opinions, analysis.everybody, analysis.unbiased, strict=True)
        )
    ]
    note = (
        "The same scores under other treatments of raters: everybody in; less each rater's bias (P.913 clause 12); the"
        " maximum-likelihood subject model, which weighs raters by their consistency. The last two"
        " intervals are narrower because they speak of these raters' opinions less their bias, not of other raters."
    )
    columns: tuple[tuple[str, Kind], ...] = (
        ("method", "text"),
        ("MOS", "score"),
        ("MOS, nobody screened", "score"),
        ("bias removed", "score"),
        ("95% (bias removed)", "text"),
        ("subject model", "score"),
        ("95% (subject model)", "text"),
    )
    return Table("models", "Do the scores depend on how raters are treated?", columns, tuple(rows), note)


def _needed(analysis: Analysis) -> Table:
    rows = [
        (f"±{one.half_width:g}", one.widest_now, one.raters, one.needed, one.still, one.still_cautious)
        for one in analysis.needed
    ]
    found = analysis.detectable
    power = ""
    if found is not None:
        power = (
            f" With {found.raters} raters a difference of {found.alone:.2f} between two methods is found with 80% power"
            f" by one test, {found.first_step:.2f} at the first step of Holm's correction over {found.pairs} pairs"
            " (paired t over raters' means, by the spread seen here)."
        )
    note = (
        "For a 95% interval so narrow on every method, by the spread of raters' means so far; the cautious number takes"
        " the upper 80% limit of that spread." + power
    )
    columns: tuple[tuple[str, Kind], ...] = (
        ("aim", "text"),
        ("widest interval now, ±", "score"),
        ("raters", "count"),
        ("needed", "count"),
        ("still", "count"),
        ("still, cautious", "count"),
    )
    return Table("needed", "Raters needed, and what the study can show", columns, tuple(rows), note)


def _subgroups(analysis: Analysis) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in analysis.subgroups:
        if one.suppressed:
            rows.append((one.column, one.group, f"fewer than {FEWEST}, or hiding such a group", "–", None, "–"))
        for opinion in one.opinions:
            rows.append(
                (one.column, one.group, str(one.raters), opinion.method, opinion.student.value, span(opinion.student))
            )
    note = (
        f"Groups of fewer than {FEWEST} raters are suppressed, and the next smallest where they could be worked out"
        " from the whole. Subgroups were not tested against each other."
    )
    columns: tuple[tuple[str, Kind], ...] = (
        ("background", "text"),
        ("group", "text"),
        ("raters", "text"),
        ("method", "text"),
        ("MOS", "score"),
        ("95% Student", "text"),
    )
    return Table("subgroups", "Subgroups of raters", columns, tuple(rows), note)


def _stimuli(analysis: Analysis) -> Table:
    rows = [
        (one.image, one.method, one.student.value, one.sd, span(one.student), span(one.binomial), one.raters)
        for one in analysis.stimuli
    ]
    columns: tuple[tuple[str, Kind], ...] = (
        ("image", "text"),
        ("method", "text"),
        ("MOS", "score"),
        ("SD", "score"),
        ("95% Student", "text"),
        ("95% binomial", "text"),
        ("raters", "count"),
    )
    note = "Binomial: Hossfeld et al. 2018, one vote of each of so many independent raters; conservative."
    return Table("stimuli", "Every image by every method", columns, tuple(rows), note)


def markdown_of(table: Table) -> str:
    """A Markdown table under its title."""
    names = [name for name, _ in table.columns]
    lines = [f"### {escaped(table.title)}", "", _row(names), "|" + "---|" * len(names)]
    lines += [_row(row) for row in table.shown()]
    return "\n".join([*lines, "", escaped(table.note), ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def escaped(text: str) -> str:
    """Text that Markdown takes as text: names and instructions are written by others."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
