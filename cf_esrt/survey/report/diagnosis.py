"""Diagnoses in the report: sensitivity, specificity, and areas under the ROC curve compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cf_esrt.survey import washout
from cf_esrt.survey.asking import CONFIDENCE
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import Protocol, Question
from cf_esrt.survey.report.section import Columns, Contrast, Headline, Section, named
from cf_esrt.survey.report.tables import Table, p_value, span
from cf_esrt.survey.statistics import reader
from cf_esrt.survey.statistics.comparison import holm
from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.reader import Readings

_NO_WIDTH = "An interval without width says that the readers did not differ, not that nothing is uncertain."
_NOTE = f"Student's intervals over readers, on these cases; they can leave 0 to 1 where few are wrong. {_NO_WIDTH}"


def readings_of(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Readings:
    """Suspicion from choice and confidence: −5 (certainly not diseased) to 5, without 0."""
    readers = tuple(sorted({one.rater for one in votes}))
    methods = tuple(method.name for method in protocol.methods)
    images = tuple(image.name for image in protocol.images)
    choices = question.choices or ()
    scores = np.full((len(methods), len(readers), len(images)), np.nan)
    for one in votes:
        sure = one.further.get(CONFIDENCE, 1)
        suspicion = sure if choices[one.score - 1] == question.positive else -sure
        scores[methods.index(one.method), readers.index(one.rater), images.index(one.image)] = suspicion
    truth = np.array([image.truth == question.positive for image in protocol.images])
    patients = tuple(image.whose for image in protocol.images) if protocol.most_pictures > 1 else ()
    return Readings(readers, images, methods, scores, truth, patients)


def section(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
    """Sensitivity, specificity, areas under the curve, and their comparison for other readers and cases."""
    readings = readings_of(protocol, question, votes)
    columns: Columns = (
        ("method", "text"), ("sensitivity", "score"), ("95%", "text"), ("specificity", "score"), ("95% ", "text"),
        ("readings", "count"),
    )  # fmt: skip
    rows = [
        (one.method, one.sensitivity.value, span(one.sensitivity), one.specificity.value, span(one.specificity),
         one.readings)
        for one in reader.accuracies(readings, 0.0)
    ]  # fmt: skip
    tables = [Table("accuracy", "Sensitivity and specificity", columns, tuple(rows),
                    f"Diseased: “{question.positive}”. {_NOTE}")]  # fmt: skip
    summary = (
        f"{len(votes)} readings by {len(readings.readers)} readers; {int(readings.truth.sum())} cases diseased, "
        f"{int((~readings.truth).sum())} not. {_sittings(protocol, votes)} "
        "Suspicion is the choice with its confidence. readings.imrmc holds the same for iMRMC"
    )
    summary += ", which takes pictures of one patient for those of several." if readings.patients else "."
    complete = _complete(readings)
    left_out = len(readings.readers) - len(complete.readers)
    analysed = [("sensitivity and specificity", len(readings.readers))]
    contrasts: tuple[Contrast, ...] = ()
    try:
        found = reader.obuchowski_rockette(complete)
        analysed.append(("areas", len(complete.readers)))
        tables += _areas(found, protocol.comparisons, bool(readings.patients))
        contrasts = tuple(
            Contrast(one.first, one.second, one.difference, one.p, "of area under the ROC curve", "Obuchowski–Rockette")
            for one in found.pairs
        )
        if left_out:
            summary += f" The areas leave {left_out} out who did not read every case by every method."
    except RatingsError as error:
        summary += f" {error}"
    files = (("readings.imrmc", reader.imrmc(readings, protocol.title)),)
    return Section(question.kind, question.text, summary, tuple(tables), files, contrasts, tuple(analysed))


def _sittings(protocol: Protocol, votes: Sequence[Rating]) -> str:
    """How far apart a patient's readings were: as planned, and as they came."""
    if protocol.sitting_count == 1:
        return "Read in one sitting."
    planned = f"Read in {protocol.sitting_count} sittings, no patient twice in one"
    days = washout.shortest(protocol, votes)
    if days is None:
        return f"{planned}; nobody came to a second reading of one patient."
    return (
        f"{planned}; a reader's two readings of one patient were {days:.1f} days apart or more "
        f"({washout.days(protocol)} asked for)."
    )


def headline(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Headline:
    """The methods' mean areas under the curve."""
    return list(reader.obuchowski_rockette(_complete(readings_of(protocol, question, votes))).methods)


def _complete(readings: Readings) -> Readings:
    """Of the readers who read every case by every method."""
    complete = np.isfinite(readings.scores).all((0, 2))
    readers = tuple(np.array(readings.readers)[complete].tolist())
    return replace(readings, readers=readers, scores=readings.scores[:, complete])


def _areas(
    found: reader.ObuchowskiRockette, comparisons: Sequence[tuple[str, str]] | None, clustered: bool
) -> list[Table]:
    compared = named(found.pairs, comparisons)
    corrected = holm([one.p for one in compared])
    apart = " A patient's pictures are left out together by the jackknife." if clustered else ""
    areas = Table(
        "areas", "Area under the ROC curve",
        (("method", "text"), ("mean area", "score"), ("95%", "text"), ("readers' own", "text")),
        tuple((method, area.value, span(area), ", ".join(f"{value:.2f}" for value in found.areas[k]))
              for k, (method, area) in enumerate(found.methods)),
        f"Empirical areas. Intervals for other readers and other cases. {_NO_WIDTH}",
    )  # fmt: skip
    pairs = Table(
        "areas-pairs", "Areas compared",
        (("first", "text"), ("second", "text"), ("difference", "score"), ("95%", "text"), ("p", "p"),
         ("p (Holm)", "p")),
        tuple((one.first, one.second, one.difference.value, span(one.difference), one.p, p_holm)
              for one, p_holm in zip(compared, corrected, strict=True)),
        f"Obuchowski and Rockette, jackknife covariances, Hillis' degrees of freedom: F = {found.f:.2f}, "
        f"{found.freedom:.1f} degrees, {p_value(found.p)} that all are alike.{apart}",
    )  # fmt: skip
    return [areas, pairs]
