"""Photograph or synthetic, in the report: one picture at a time, or a photograph beside another picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy import stats

from cf_esrt.survey.asking import LEFT, PHOTOGRAPH
from cf_esrt.survey.counted import counted
from cf_esrt.survey.export import Rating
from cf_esrt.survey.protocol import ORIGINAL, Protocol, Question
from cf_esrt.survey.report.section import Columns, Contrast, Headline, Section, percent
from cf_esrt.survey.report.tables import Cell, Table, span
from cf_esrt.survey.statistics.intervals import Interval, interval_of
from cf_esrt.survey.statistics.opinion import nanmean

_NOTE = "Student's intervals over readers' and over images' own shares; they can leave 0 to 1 where few are wrong."


def section(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Section:
    """How often readers were right, by method, over readers and over images."""
    right, methods = _right(protocol, question, votes)
    raters, images = right.shape[:2]
    rows: list[tuple[Cell, ...]] = []
    for k, method in enumerate(methods):
        cells = right[:, :, k]
        by_rater, by_image = interval_of(nanmean(cells, 1)), interval_of(nanmean(cells, 0))
        correct, wrong = int(np.nansum(cells)), int((cells == 0).sum())
        if question.as_pair:
            counts: tuple[Cell, ...] = (method, correct, wrong)
        elif method == ORIGINAL:
            counts = (method, "photograph", correct, wrong)
        else:
            counts = (method, "synthetic", wrong, correct)
        rows.append((*counts, by_rater.value, span(by_rater), span(by_image)))
    what: Columns = (
        (("beside the photograph", "text"), ("photograph found", "count"), ("taken for it", "count"))
        if question.as_pair
        else (("method", "text"), ("truth", "text"), ("said photograph", "count"), ("said synthetic", "count"))
    )
    columns: Columns = (
        *what, ("right", "score"), ("95%, other readers", "text"), ("95%, other images", "text")
    )  # fmt: skip
    table = Table("real", "Photograph or synthetic", columns, tuple(rows), _NOTE)
    told = _summary(question, votes, right, methods)
    summary = f"{counted(len(votes), 'answer')} by {counted(raters, 'reader')} on {counted(images, 'image')}. {told}"
    contrasts = tuple(_contrasts(question, right, methods))
    return Section(question.kind, question.text, summary, (table,), contrasts=contrasts, analysed=(("", raters),))


def headline(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> Headline:
    """The share right, of photographs and synthetic pictures alike."""
    return [("right", _overall(question, *_right(protocol, question, votes)))]


def _right(protocol: Protocol, question: Question, votes: Sequence[Rating]) -> tuple[np.ndarray, list[str]]:
    """Share right, raters × images × methods, NaN without an answer; and those methods."""
    raters, images = (sorted({getattr(one, name) for one in votes}) for name in ("rater", "image"))
    methods = [method.name for method in protocol.methods if not question.as_pair or method.name != ORIGINAL]
    sums = np.zeros((len(raters), len(images), len(methods)))
    seen = np.zeros_like(sums)
    for one in votes:
        if question.as_pair:
            method = one.other if one.method == ORIGINAL else one.method
            right = (one.score == LEFT) == (one.method == ORIGINAL)
        else:
            method, right = one.method, (one.score == PHOTOGRAPH) == (one.method == ORIGINAL)
        place = raters.index(one.rater), images.index(one.image), methods.index(method)
        sums[place] += right
        seen[place] += 1
    return np.where(seen > 0, sums / np.maximum(seen, 1), np.nan), methods


def _overall(question: Question, right: np.ndarray, methods: list[str]) -> Interval:
    """Of single pictures the mean of the shares right on photographs and on synthetic pictures, reader by reader."""
    if question.as_pair:
        return interval_of(nanmean(right.reshape(len(right), -1), 1))
    others = [k for k, method in enumerate(methods) if method != ORIGINAL]
    photographs = nanmean(right[:, :, methods.index(ORIGINAL)], 1)
    synthetic = nanmean(right[:, :, others].reshape(len(right), -1), 1)
    return interval_of((photographs + synthetic) / 2)


def _summary(question: Question, votes: Sequence[Rating], right: np.ndarray, methods: list[str]) -> str:
    overall = _overall(question, right, methods)
    guessing = "one half is guessing. No rater is screened out."
    if not question.as_pair:
        return f"Balanced accuracy {overall.value:.2f} ({span(overall)} for other readers); {guessing}"
    raters = sorted({one.rater for one in votes})
    left = interval_of(
        np.array([np.mean([one.score == LEFT for one in votes if one.rater == rater]) for rater in raters])
    )
    return (
        f"The photograph was found in {overall.value:.2f} of the answers ({span(overall)} for other readers); sides "
        f"were drawn, the left was chosen in {left.value:.0%} ({percent(left)}); {guessing}"
    )


def _contrasts(question: Question, right: np.ndarray, methods: list[str]) -> list[Contrast]:
    """By the share of pictures taken for photographs, reader by reader."""
    taken = 1 - nanmean(right, 1)  # raters × methods
    if not question.as_pair:
        taken[:, methods.index(ORIGINAL)] = 1 - taken[:, methods.index(ORIGINAL)]
    found = []
    for a, b in combinations(range(len(methods)), 2):
        differences = taken[:, a] - taken[:, b]
        differences = differences[np.isfinite(differences)]
        varies = len(differences) > 1 and float(differences.std()) > 0
        p = float(np.asarray(stats.ttest_1samp(differences, 0.0)[1])) if varies else float("nan")
        measure = "more of its pictures are taken for photographs"
        test = "Student's t over readers"
        found.append(Contrast(methods[a], methods[b], interval_of(differences), p, measure, test))
    return found
