"""The report's sections on pairs, on whether a picture is real, and on diagnoses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cf_esrt.survey.asking import ALIKE, CONFIDENCE, LEFT, PHOTOGRAPH
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import ORIGINAL, Protocol, Question
from cf_esrt.survey.report.tables import Cell, Kind, Table, span
from cf_esrt.survey.statistics import preference, reader
from cf_esrt.survey.statistics.intervals import Interval, interval_of
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.preference import Choices, Scale
from cf_esrt.survey.statistics.ratings import RatingsError
from cf_esrt.survey.statistics.reader import Readings

Columns = tuple[tuple[str, Kind], ...]


@dataclass(frozen=True)
class Section:
    """One question's part of the report."""

    question: str
    wording: str
    summary: str
    tables: tuple[Table, ...]
    files: tuple[tuple[str, str], ...] = ()
    """name → content of files beside the report"""


def sections(protocol: Protocol, ratings: Sequence[Rating]) -> list[Section]:
    """One for each question that is not answered on the five-point scale and has votes."""
    makers = {"pair": pairs, "real": real, "diagnosis": diagnosis}
    found = []
    for question in protocol.questions:
        votes = [one for one in ratings if one.question == question.kind and one.kind == "test"]
        if question.kind in makers and votes:
            found.append(makers[question.kind](protocol, question, votes))
    return found


def choices_of(protocol: Protocol, votes: Sequence[Rating]) -> Choices:
    """The pairs' answers as `preference` takes them."""
    methods = [method.name for method in protocol.methods]
    sign = {LEFT: 1, ALIKE: 0}
    rows = [(one.rater, one.image, one.method, one.other, sign.get(one.score, -1)) for one in votes]
    return preference.choices_of(rows, methods)


def pairs(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
    """Bradley–Terry and Thurstone, each pair of methods, and what the left side adds."""
    choices = choices_of(protocol, votes)
    left = preference.left_share(choices)
    summary = (
        f"{len(votes)} answers of {len(choices.raters)} raters on {len(choices.images)} images. Sides were drawn; the "
        f"left was chosen in {left.value:.0%} of the answers that chose ({_percent(left)} for other raters): half would"
        " be no position bias. No rater is screened out."
    )
    try:
        scales = [preference.scale(choices, "bradley-terry"), preference.scale(choices, "thurstone")]
    except RatingsError as error:
        return Section(question.kind, question.text, f"{summary} {error}", ())
    return Section(question.kind, question.text, summary, (_worths(scales), _preferences(scales[0])))


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


def _preferences(scale: Scale) -> Table:
    rows = [
        (one.first, one.second, one.wins, one.losses, one.ties, one.share.value, span(one.share),
         one.difference.value, span(one.difference), one.p, one.p_holm)
        for one in scale.preferences
        if one.wins + one.losses + one.ties
    ]  # fmt: skip
    columns: Columns = (
        ("first", "text"), ("second", "text"), ("first better", "count"), ("second better", "count"),
        ("alike", "count"), ("share for first", "score"), ("95% share", "text"), ("difference", "score"),
        ("95%", "text"), ("p", "p"), ("p (Holm)", "p"),
    )  # fmt: skip
    note = "Share: ties count half; Student's interval over raters. Difference: Bradley–Terry, Holm over these pairs."
    return Table("preferences", "Pairs of methods", columns, tuple(rows), note)


def real(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
    """How often each method was taken for a photograph, over readers and over images."""
    raters, images = (sorted({getattr(one, name) for one in votes}) for name in ("rater", "image"))
    methods = [method.name for method in protocol.methods]
    rows: list[tuple[Cell, ...]] = []
    right = np.full((len(raters), len(images), len(methods)), np.nan)
    for one in votes:
        said = one.score == PHOTOGRAPH
        place = raters.index(one.rater), images.index(one.image), methods.index(one.method)
        right[place] = said == (one.method == ORIGINAL)
    for k, method in enumerate(methods):
        cells = right[:, :, k]
        by_rater, by_image = interval_of(nanmean(cells, 1)), interval_of(nanmean(cells, 0))
        correct, seen = int(np.nansum(cells)), int(np.isfinite(cells).sum())
        photograph = correct if method == ORIGINAL else seen - correct
        rows.append((method, "photograph" if method == ORIGINAL else "synthetic", photograph, seen - photograph,
                     by_rater.value, span(by_rater), span(by_image)))  # fmt: skip
    columns: Columns = (
        ("method", "text"), ("truth", "text"), ("said photograph", "count"), ("said synthetic", "count"),
        ("right", "score"), ("95%, other readers", "text"), ("95%, other images", "text"),
    )  # fmt: skip
    balanced = _balanced_accuracy(right, methods.index(ORIGINAL))
    summary = (
        f"{len(votes)} answers of {len(raters)} readers on {len(images)} images. Balanced accuracy "
        f"{balanced.value:.2f} ({span(balanced)} for other readers); one half is guessing. No rater is screened out."
    )
    note = "Student's intervals over readers' and over images' own shares; they can leave 0 to 1 where few are wrong."
    table = Table("real", "Photograph or synthetic", columns, tuple(rows), note)
    return Section(question.kind, question.text, summary, (table,))


def _balanced_accuracy(right: np.ndarray, original: int) -> Interval:
    """The mean of the share right on photographs and on synthetic pictures, reader by reader."""
    others = [k for k in range(right.shape[2]) if k != original]
    photographs = nanmean(right[:, :, original], 1)
    synthetic = nanmean(right[:, :, others].reshape(len(right), -1), 1)
    return interval_of((photographs + synthetic) / 2)


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


def diagnosis(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
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
    complete = np.isfinite(readings.scores).all((0, 2))
    left_out = int((~complete).sum())
    try:
        whole = Readings(tuple(np.array(readings.readers)[complete]), readings.cases, readings.methods,
                         readings.scores[:, complete], readings.truth)  # fmt: skip
        tables += _areas(reader.obuchowski_rockette(whole))
        if left_out:
            summary += f" {left_out} readers who did not read every case by every method are left out of the areas."
    except RatingsError as error:
        summary += f" {error}"
    files = (("readings.imrmc", reader.imrmc(readings, protocol.title)),)
    return Section(question.kind, question.text, summary, tuple(tables), files)


def _areas(found: reader.ObuchowskiRockette) -> list[Table]:
    areas = Table(
        "areas", "Area under the ROC curve",
        (("method", "text"), ("mean area", "score"), ("95%", "text"), ("readers' own", "text")),
        tuple((method, area.value, span(area), ", ".join(f"{value:.2f}" for value in found.areas[k]))
              for k, (method, area) in enumerate(found.methods)),
        "Empirical areas. Intervals for other readers and other cases.",
    )  # fmt: skip
    pairs = Table(
        "areas-pairs", "Areas compared",
        (("first", "text"), ("second", "text"), ("difference", "score"), ("95%", "text"), ("p", "p")),
        tuple((one.first, one.second, one.difference.value, span(one.difference), one.p) for one in found.pairs),
        f"Obuchowski and Rockette, jackknife covariances, Hillis' degrees of freedom: F = {found.f:.2f}, "
        f"{found.freedom:.1f} degrees, p = {found.p:.3f} that all are alike.",
    )  # fmt: skip
    return [areas, pairs]


def _percent(interval: Interval) -> str:
    return f"{interval.low:.0%} to {interval.high:.0%}" if interval.known else "one rater"
