"""Every score of every row of a table on one set of photographs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from training.evaluation.bootstrap import Scores
from training.evaluation.kept import Kept
from training.evaluation.methods import Row, Truth, load_truth, pictures
from training.evaluation.protocols import Protocol
from training.evaluation.results import ResultsError, SetScores
from training.evaluation.sharpening import is_masked
from training.metrics import (
    DISTS,
    LPIPS,
    Comparison,
    Detail,
    Features,
    frechet_distances,
    kernel_distances,
    measure,
)
from training.metrics.detail import Observation

OF_MASKS = ("psnr", "lpips")
"""What pictures under unsharp masks are scored by, beside whether their detail is there."""

Shown = tuple[Truth, Iterable[tuple[str, np.ndarray]]]
"""A ground truth, and what the rows made of its input: label and picture, RGB uint8."""


def score_set(
    methods: Sequence[Row],
    files: Sequence[Path],
    protocol: Protocol,
    lpips: LPIPS,
    features: Sequence[Features] = (),
    *,
    dists: DISTS | None = None,
    data: str = "",
    kept: Kept | None = None,
) -> SetScores:
    """Every metric of every method on every photograph, and the distances that the ``features`` serve.

    ``data`` names the set in tables. Each checkpoint's networks run once a photograph, or not at all where its pictures
    are ``kept``. Damaged photographs are left out by name; ResultsError where none is left.
    """
    damaged: list[str] = []

    def shown() -> Iterator[Shown]:
        for path in tqdm(files, desc=f"{data} {protocol.name}".strip(), unit="photo", mininterval=5, disable=None):
            truth = load_truth(path, protocol)
            if truth is None:
                damaged.append(path.name)
            else:
                yield truth, pictures(methods, truth.low, path.stem, kept)

    scored = score_pictures(shown(), lpips, features, dists=dists, data=data, protocol=protocol.name)
    return replace(scored, damaged=tuple(damaged))


def score_pictures(
    several: Iterable[Shown],
    lpips: LPIPS,
    features: Sequence[Features] = (),
    *,
    dists: DISTS | None = None,
    data: str = "",
    protocol: str = "",
) -> SetScores:
    """As `score_set`, of pictures that are there; each photograph has one of every row. ResultsError for none."""
    detail = Detail()
    scores: dict[str, Scores] = {}
    seen: dict[str, list[Observation]] = {}
    samples: dict[tuple[str, str], list[np.ndarray]] = {}
    scored: list[str] = []
    for truth, shown in several:
        scored.append(truth.file.name)
        wanted = detail.prepare(truth.image)
        for extract in features:
            samples.setdefault((extract.metric, ""), []).append(extract(truth.image))
        for label, picture in shown:
            masked = is_masked(label)
            comparison = Comparison(picture, truth.image, truth.low, lpips, dists)
            for name, value in measure(comparison, OF_MASKS if masked else None).items():
                scores.setdefault(label, {}).setdefault(name, []).append(value)
            seen.setdefault(label, []).append(detail.observe(detail.prepare(picture), wanted))
            for extract in () if masked else features:
                samples.setdefault((extract.metric, label), []).append(extract(picture))
    if not scored:
        raise ResultsError(f"None of the photographs of {data or 'the set'} could be decoded.")
    counts: dict[str, tuple[int, int]] = {}
    for label in scores:
        scores[label] |= detail.per_photograph(seen[label])
        for extract in () if is_masked(label) else features:
            own, truths = samples[extract.metric, label], samples[extract.metric, ""]
            counts[extract.metric] = sum(map(len, truths)), truths[0].shape[1]
            scores[label][extract.metric] = frechet_distances(own, truths).tolist()
            if extract.kernel_metric:
                scores[label][extract.kernel_metric] = kernel_distances(own, truths).tolist()
    return SetScores(data, protocol, tuple(scored), (), scores, {}, counts)
