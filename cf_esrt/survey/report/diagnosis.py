"""Diagnoses in the report: sensitivity, specificity, and areas under the ROC curve compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cf_esrt.survey.asking import CONFIDENCE
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import Protocol, Question
from cf_esrt.survey.report.section import Columns, Contrast, Headline, Section, named
from cf_esrt.survey.report.tables import Table, span
from cf_esrt.survey.statistics import reader
from cf_esrt.survey.statistics.comparison import holm
from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.reader import Readings


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
    return Readings(readers, images, methods, scores, truth)


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
                    f"Diseased: “{question.positive}”. Student's intervals over readers.")]  # fmt: skip
    summary = (
        f"{len(votes)} readings of {len(readings.readers)} readers; {int(readings.truth.sum())} cases diseased, "
        f"{int((~readings.truth).sum())} not. Suspicion is the choice with its confidence. readings.imrmc holds the "
        "same for iMRMC."
    )
    left_out = len(readings.readers) - len(_complete(readings).readers)
    contrasts: tuple[Contrast, ...] = ()
    try:
        found = reader.obuchowski_rockette(_complete(readings))
        tables += _areas(found, protocol.comparisons)
        contrasts = tuple(
            Contrast(one.first, one.second, one.difference, one.p, "of area under the ROC curve", "Obuchowski–Rockette")
            for one in found.pairs
        )
        if left_out:
            summary += f" {left_out} readers who did not read every case by every method are left out of the areas."
    except RatingsError as error:
        summary += f" {error}"
    files = (("readings.imrmc", reader.imrmc(readings, protocol.title)),)
    return Section(question.kind, question.text, summary, tuple(tables), files, contrasts)


def headline(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Headline:
    """The methods' mean areas under the curve."""
    return list(reader.obuchowski_rockette(_complete(readings_of(protocol, question, votes))).methods)


def _complete(readings: Readings) -> Readings:
    """Of the readers who read every case by every method."""
    complete = np.isfinite(readings.scores).all((0, 2))
    readers = tuple(np.array(readings.readers)[complete].tolist())
    return replace(readings, readers=readers, scores=readings.scores[:, complete])


def _areas(found: reader.ObuchowskiRockette, comparisons: Sequence[tuple[str, str]] | None) -> list[Table]:
    compared = named(found.pairs, comparisons)
    corrected = holm([one.p for one in compared])
    areas = Table(
        "areas", "Area under the ROC curve",
        (("method", "text"), ("mean area", "score"), ("95%", "text"), ("readers' own", "text")),
        tuple((method, area.value, span(area), ", ".join(f"{value:.2f}" for value in found.areas[k]))
              for k, (method, area) in enumerate(found.methods)),
        "Empirical areas. Intervals for other readers and other cases.",
    )  # fmt: skip
    pairs = Table(
        "areas-pairs", "Areas compared",
        (("first", "text"), ("second", "text"), ("difference", "score"), ("95%", "text"), ("p", "p"),
         ("p (Holm)", "p")),
        tuple((one.first, one.second, one.difference.value, span(one.difference), one.p, p_holm)
              for one, p_holm in zip(compared, corrected, strict=True)),
        f"Obuchowski and Rockette, jackknife covariances, Hillis' degrees of freedom: F = {found.f:.2f}, "
        f"{found.freedom:.1f} degrees, p = {found.p:.3f} that all are alike.",
    )  # fmt: skip
    return [areas, pairs]
