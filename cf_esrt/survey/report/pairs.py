"""Pairs in the report: the methods' scale, each two methods, and what the left side adds."""

from __future__ import annotations

from collections.abc import Sequence

from cf_esrt.survey.asking import ALIKE, LEFT
from cf_esrt.survey.counted import counted
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import Protocol, Question
from cf_esrt.survey.report.section import Columns, Contrast, Headline, Section, named, percent
from cf_esrt.survey.report.tables import Cell, Table, span
from cf_esrt.survey.statistics import preference
from cf_esrt.survey.statistics.comparison import holm
from cf_esrt.survey.statistics.intervals import Interval
from cf_esrt.survey.statistics.preference import Choices, Preference, Scale
from cf_esrt.survey.statistics.ratings import RatingsError


def choices_of(protocol: Protocol, votes: Sequence[Rating]) -> Choices:
    """The pairs' answers as `preference` takes them."""
    methods = [method.name for method in protocol.methods]
    sign = {LEFT: 1, ALIKE: 0}
    rows = [(one.rater, one.image, one.method, one.other, sign.get(one.score, -1)) for one in votes]
    return preference.choices_of(rows, methods)


def section(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
    """Bradley–Terry and Thurstone, each pair of methods, and what the left side adds."""
    choices = choices_of(protocol, votes)
    left = preference.left_share(choices)
    drawn = "Pairs were chosen by what their answers would tell, for each rater anew. " if question.adaptive else ""
    summary = (
        f"{counted(len(votes), 'answer')} by {counted(len(choices.raters), 'rater')} on "
        f"{counted(len(choices.images), 'image')}. {drawn}Sides were "
        f"drawn; the left was chosen in {left.value:.0%} of the answers that chose a side ({percent(left)} for other "
        "raters): half would be no position bias. No rater is screened out."
    )
    analysed = (("", len(choices.raters)),)
    try:
        scales = [preference.scale(choices, "bradley-terry"), preference.scale(choices, "thurstone")]
    except RatingsError as error:
        return Section(question.kind, question.text, f"{summary} {error}", (), analysed=analysed)
    compared = named([one for one in scales[0].preferences if one.wins + one.losses + one.ties], protocol.comparisons)
    tables = (_worths(scales), _preferences(compared))
    contrasts = tuple(_contrasts(scales[0].preferences))
    return Section(question.kind, question.text, summary, tables, contrasts=contrasts, analysed=analysed)


def headline(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Headline:
    """The methods' worths."""
    return list(preference.scale(choices_of(protocol, votes)).worths)


def _contrasts(compared: Sequence[Preference]) -> list[Contrast]:
    """By the share for the first beyond one half; the test is that of the model's difference."""
    found = []
    for one in compared:
        share = Interval(*(value - 0.5 for value in (one.share.value, one.share.low, one.share.high)))
        measure = "of the answers, ties counted half, prefer the first beyond one half"
        found.append(Contrast(one.first, one.second, share, one.p, measure, "Bradley–Terry, raters as clusters"))
    return found


def _worths(scales: Sequence[Scale]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in scales:
        name = {"bradley-terry": "Bradley–Terry", "thurstone": "Thurstone, case V"}[one.noise]
        rows += [(name, method, worth.value, span(worth)) for method, worth in one.worths]
        rows.append((name, "(left side)", one.left.value, span(one.left)))
    columns: Columns = (("model", "text"), ("method", "text"), ("worth", "score"), ("95%", "text"))
    note = (
        "Maximum likelihood; worths are zero on average, in the units of the model's noise (logistic, or normal with "
        "standard deviation 1 for a difference). Ties are a band about zero. Intervals for other raters: clustered."
    )
    return Table("worths", "Scale of the methods", columns, tuple(rows), note)


def _preferences(compared: Sequence[Preference]) -> Table:
    corrected = holm([one.p for one in compared])
    rows = [
        (one.first, one.second, one.wins, one.losses, one.ties, one.share.value, span(one.share),
         one.difference.value, span(one.difference), one.p, p_holm)
        for one, p_holm in zip(compared, corrected, strict=True)
    ]  # fmt: skip
    columns: Columns = (
        ("first", "text"), ("second", "text"), ("first better", "count"), ("second better", "count"),
        ("alike", "count"), ("share for first", "score"), ("95% share", "text"), ("difference", "score"),
        ("95%", "text"), ("p", "p"), ("p (Holm)", "p"),
    )  # fmt: skip
    note = "Share: ties count half; Student's interval over raters. Difference: Bradley–Terry, Holm over these pairs."
    return Table("preferences", "Pairs of methods", columns, tuple(rows), note)
