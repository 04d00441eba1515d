"""Reader studies: area under the curve of each reader and method, compared for other readers and other cases.

Obuchowski and Rockette (1995, "Hypothesis testing of diagnostic accuracy for multiple readers and multiple tests") with
the jackknife's covariances and the degrees of freedom of Hillis (2007, "A comparison of denominator degrees of freedom
methods for multiple observer ROC analysis"). Checked on Van Dyke's data (`tests/survey/statistics/test_reader.py`).
Pictures of one patient are alike, so the jackknife leaves out a patient at a time, with all of the patient's cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.intervals import LEVEL, Interval, interval_of
from cf_esrt.survey.statistics.opinion import nanmean
from cf_esrt.survey.statistics.ratings import RatingsError


@dataclass(frozen=True)
class Readings:
    """Every reader's suspicion of every case by every method."""

    readers: tuple[str, ...]
    cases: tuple[str, ...]
    methods: tuple[str, ...]
    scores: np.ndarray
    """methods × readers × cases: higher is more suspect; NaN where a case was not read"""
    truth: np.ndarray
    """cases, bool: diseased"""
    patients: tuple[str, ...] = ()
    """Whose each case is; empty: each another one's"""


@dataclass(frozen=True)
class ReaderPair:
    """Two methods compared by area under the curve."""

    first: str
    second: str
    difference: Interval
    p: float


@dataclass(frozen=True)
class ObuchowskiRockette:
    """The analysis: would other readers see it, in other cases?"""

    areas: np.ndarray
    """methods × readers"""
    methods: tuple[tuple[str, Interval], ...]
    """The mean area of each, with an interval for other readers and cases"""
    pairs: tuple[ReaderPair, ...]
    f: float
    freedom: float
    p: float
    """That all methods are alike"""
    reader: float
    reader_method: float
    covariances: tuple[float, float, float]
    """Same reader and other method; other reader and same method; both others"""
    error: float


def area(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The empirical area under the ROC curve, ties counted half; ``scores``: … × cases → …"""
    return _wins(scores, truth).mean((-1, -2))


def _wins(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Of each diseased case over each healthy one: 1, ½ for a tie, 0; … × diseased × healthy."""
    diseased, healthy = scores[..., truth][..., :, None], scores[..., ~truth][..., None, :]
    return (diseased > healthy) + (diseased == healthy) / 2


def areas_without(scores: np.ndarray, truth: np.ndarray, patients: Sequence[str] = ()) -> np.ndarray:
    """The area without each patient's cases, in the order in which patients come first; … × cases → … × patients.
    ``patients``: whose each case is; empty: each another one's.
    """
    wins = _wins(scores, truth)
    whose = list(patients) if patients else list(range(len(truth)))
    own = np.array([[one == patient for patient in dict.fromkeys(whose)] for one in whose], dtype=float)
    ill, well = own[truth], own[~truth]  # cases × patients
    gone = wins.sum(-1) @ ill + wins.sum(-2) @ well - ((wins @ well) * ill).sum(-2)
    return (wins.sum((-1, -2))[..., None] - gone) / ((len(ill) - ill.sum(0)) * (len(well) - well.sum(0)))


def obuchowski_rockette(readings: Readings, level: float = LEVEL) -> ObuchowskiRockette:
    """RatingsError where fewer than two methods, two readers, or cases of each kind of two patients, or a reading is
    missing.
    """
    scores, truth = readings.scores, readings.truth
    methods, readers, cases = scores.shape
    patients = np.array(readings.patients or [str(case) for case in range(cases)])
    fewest = min(len(set(patients[kind])) for kind in (truth, ~truth))
    if methods < 2 or readers < 2 or fewest < 2:
        whose = " of two patients" if readings.patients else ""
        raise RatingsError(f"A reader study needs two methods, two readers and two cases of each kind{whose} at least.")
    if not np.isfinite(scores).all():
        raise RatingsError("A reader has not read every case by every method; the analysis needs all of them.")
    areas = area(scores, truth)
    left_out = areas_without(scores, truth, readings.patients)
    covariance = _jackknife(left_out.reshape(methods * readers, -1)).reshape(methods, readers, methods, readers)
    error, first, second, third = _parts(covariance)
    grand, by_method, by_reader = areas.mean(), areas.mean(1), areas.mean(0)
    ms_method = readers * ((by_method - grand) ** 2).sum() / (methods - 1)
    ms_reader = methods * ((by_reader - grand) ** 2).sum() / (readers - 1)
    residue = areas - by_method[:, None] - by_reader + grand
    ms_both = (residue**2).sum() / ((methods - 1) * (readers - 1))
    denominator = ms_both + readers * max(second - third, 0.0)
    freedom = denominator**2 / (ms_both**2 / ((methods - 1) * (readers - 1))) if ms_both > 0 else np.inf
    f = ms_method / denominator if denominator > 0 else np.nan
    half = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(2 / readers * denominator)
    pairs = []
    for a, b in combinations(range(methods), 2):
        value = float(by_method[a] - by_method[b])
        statistic = abs(value) / np.sqrt(2 / readers * denominator) if denominator > 0 else np.nan
        interval = Interval(value, value - float(half), value + float(half))
        p = float(2 * stats.t.sf(statistic, freedom))
        pairs.append(ReaderPair(readings.methods[a], readings.methods[b], interval, p))
    return ObuchowskiRockette(
        areas,
        tuple(_alone(areas, covariance, k, readings.methods[k], level) for k in range(methods)),
        tuple(pairs),
        float(f),
        float(freedom),
        float(stats.f.sf(f, methods - 1, freedom)),
        reader=float((ms_reader - ms_both) / methods - first + third),
        reader_method=float(ms_both - error + first + max(second - third, 0.0)),
        covariances=(first, second, third),
        error=error,
    )


def _jackknife(values: np.ndarray) -> np.ndarray:
    """Covariances of statistics whose values without each patient are given: statistics × patients."""
    patients = values.shape[1]
    centred = values - values.mean(1, keepdims=True)
    return (patients - 1) / patients * centred @ centred.T


def _parts(covariance: np.ndarray) -> tuple[float, float, float, float]:
    """The variance, and the three covariances, each the mean over its kind."""
    methods, readers = covariance.shape[:2]
    same_method = np.eye(methods, dtype=bool)[:, None, :, None]
    same_reader = np.eye(readers, dtype=bool)[None, :, None, :]
    kinds = (same_method & same_reader, ~same_method & same_reader, same_method & ~same_reader,
             ~same_method & ~same_reader)  # fmt: skip
    found = [float(covariance[np.broadcast_to(kind, covariance.shape)].mean()) for kind in kinds]
    return found[0], found[1], found[2], found[3]


def _alone(areas: np.ndarray, covariance: np.ndarray, k: int, method: str, level: float) -> tuple[str, Interval]:
    """One method's mean area, from its own readings alone."""
    readers = areas.shape[1]
    own = covariance[k, :, k, :]
    between = float(own[~np.eye(readers, dtype=bool)].mean())
    spread = float(areas[k].var(ddof=1))
    total = spread + max(readers * between, 0.0)
    freedom = total**2 / (spread**2 / (readers - 1)) if spread > 0 else np.inf
    mean = float(areas[k].mean())
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * (total / readers) ** 0.5
    return method, Interval(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Accuracy:
    """One method's yes-or-no answers against the truth."""

    method: str
    sensitivity: Interval
    """Over readers: Student's interval of their own shares"""
    specificity: Interval
    readings: int


def accuracies(readings: Readings, threshold: float) -> list[Accuracy]:
    """Sensitivity and specificity where a score of ``threshold`` or more says diseased."""
    found = []
    for k, method in enumerate(readings.methods):
        scores = readings.scores[k]
        said = np.where(np.isfinite(scores), scores >= threshold, np.nan)
        sensitivity = interval_of(nanmean(said[:, readings.truth], 1))
        specificity = interval_of(1 - nanmean(said[:, ~readings.truth], 1))
        found.append(Accuracy(method, sensitivity, specificity, int(np.isfinite(scores).sum())))
    return found


def imrmc(readings: Readings, title: str) -> str:
    """The readings as a file that iMRMC (https://github.com/DIDSR/iMRMC) reads: truth first, then reader, case, method,
    score. Its ``InputFile.java`` decides on the form: spaces and commas in names become ``_``, for "R 1" and "R1" are
    one to it; the title has no colon, for it finds "N1:" anywhere, and more than one letter. Its R package wants reader
    and method of a truth to be "truth". It analyses what a reader has read of a method where these are three cases of
    each kind or more.
    """
    readers, cases, methods = (_plain(names) for names in (readings.readers, readings.cases, readings.methods))
    lines = [
        " ".join(f"Reader study {title}".replace(",", " ").replace(":", " ").split()), "",
        f"NR: {len(readings.readers)}", f"N0: {int((~readings.truth).sum())}", f"N1: {int(readings.truth.sum())}",
        f"NM: {len(readings.methods)}", "", "BEGIN DATA:",
    ]  # fmt: skip
    lines += [f"truth,{case},truth,{int(ill)}" for case, ill in zip(cases, readings.truth, strict=True)]
    for j, reader in enumerate(readers):
        for c, case in enumerate(cases):
            for i, method in enumerate(methods):
                score = readings.scores[i, j, c]
                if np.isfinite(score):
                    lines.append(f"{reader},{case},{method},{np.format_float_positional(score, trim='-')}")
    return "\n".join(lines) + "\n"


_TRUTH = ("-1", "truth")
"""What stands for a reader where a line tells a case's truth; the second since iMRMC 2."""


def from_imrmc(text: str) -> Readings:
    """The readings back from such a file; RatingsError where a line is none. As in iMRMC, spaces in names say nothing,
    and what stands before ``BEGIN DATA:`` is not read.
    """
    _, mark, data = text.partition("BEGIN DATA:")
    rows = [["".join(cell.split()) for cell in line.split(",")] for line in data.splitlines() if line.strip()]
    if not mark or any(len(row) != 4 for row in rows):
        raise RatingsError("This is no iMRMC file: it needs BEGIN DATA: and lines of reader,case,method,score.")
    truth = {case: float(value) > 0 for reader, case, _, value in rows if reader in _TRUTH}
    read = [(reader, case, method, float(value)) for reader, case, method, value in rows if reader not in _TRUTH]
    unknown = next((case for _, case, _, _ in read if case not in truth), None)
    if unknown is not None:
        raise RatingsError(f"The case {unknown} has no line with its truth.")
    readers, methods = _in_order(row[0] for row in read), _in_order(row[2] for row in read)
    cases = list(truth)
    scores = np.full((len(methods), len(readers), len(cases)), np.nan)
    for reader, case, method, value in read:
        scores[methods.index(method), readers.index(reader), cases.index(case)] = value
    return Readings(tuple(readers), tuple(cases), tuple(methods), scores, np.array([truth[case] for case in cases]))


def _in_order(values: Iterable[str]) -> list[str]:
    """Each value once, in the order of its first."""
    return list(dict.fromkeys(values))


def _plain(names: Iterable[str]) -> list[str]:
    """Each without spaces and commas, and none twice."""
    found: list[str] = []
    for name in names:
        plain = "_".join(name.replace(",", " ").split())
        while plain in found:
            plain += "_"
        found.append(plain)
    return found
