"""What the error map is calibrated on: each block's measures, error and structures, of photographs with a truth.

Networks run once for each photograph: their pictures stay in ``--keep``, and what is measured of them in files beside
(`Measured`), so that a stopped calibration goes on where it stopped and new weights never meet old measurements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt import models
from cf_esrt.enhance import Enhancer
from cf_esrt.fidelity import measure
from cf_esrt.fidelity.effective_resolution import effective_resolution
from cf_esrt.fidelity.notices import notices_of, thresholds
from cf_esrt.fidelity.trust.scores import BLOCK, block_errors, block_means, local_measures, whole_measures
from cf_esrt.models import Degradation
from training.evaluation.kept import Kept
from training.evaluation.methods import Truth, load_truth
from training.evaluation.protocols import PROTOCOLS
from training.metrics.structure import BORDER, DOT, RIDGE, Structures, near, structures

DETAILS = tuple(
    sorted({0.0, 0.25, 0.5, 0.75, *(one.opening_detail for one in (*models.RELEASED_MODELS, *models.OPTIONAL_MODELS))})
)
"""Settings that thresholds are calibrated at, those that the page opens with among them; between two of them they are
interpolated."""


@dataclass(frozen=True)
class Measured:
    """One photograph; arrays of blocks in one row each, at every setting of ``details``."""

    name: str
    details: tuple[float, ...]
    local: np.ndarray
    """settings × `LOCAL` × rows × columns."""
    whole: np.ndarray
    errors: np.ndarray
    """settings × rows × columns, levels."""
    structures: np.ndarray
    """settings × (lines, false lines, dots, false dots) × rows × columns, counts."""
    noticed: bool = False
    """Whether the input is unlike those of the networks' training, so that the mask would be off."""

    def at(self, detail: float) -> int:
        return self.details.index(detail)


_ARRAYS = ("local", "whole", "errors", "structures")


class Network:
    """A model by its name, which is loaded once a photograph needs it."""

    def __init__(self, name: str, engine: str) -> None:
        self.descriptor = models.describe(name)
        self._engine = engine

    @cached_property
    def enhancer(self) -> Enhancer:
        return Enhancer.of(self.descriptor, "cpu", engine=self._engine)


def measure_photograph(
    enhancer: Enhancer, truth: Truth, kept: Kept, details: Sequence[float], degradation: Degradation
) -> Measured:
    """Networks run where their pictures are not kept already."""
    stages, wanted = kept.reconstruct(enhancer, truth.low), structures(truth.image)
    local, errors, counts = [], [], []
    for detail in details:
        result = stages.blend(detail)
        local.append(local_measures(result, truth.low))
        errors.append(block_errors(result, truth.image))
        counts.append(_structure_counts(structures(result), wanted))
    found = measure(truth.low)
    whole = whole_measures(found, effective_resolution(truth.low, found))
    noticed = bool(notices_of(found, thresholds(degradation)))
    return Measured(
        truth.file.stem, tuple(details), np.stack(local), whole, np.stack(errors), np.stack(counts), noticed
    )


def _structure_counts(result: Structures, truth: Structures) -> np.ndarray:
    """Lines, false lines, dots and false dots of each block (`training.metrics.structure` says what they are)."""
    lines, false_lines = np.zeros(result.dots.shape), np.zeros(result.dots.shape)
    for sign in (1, -1):
        shown = result.thin * sign > RIDGE
        lines += shown
        false_lines += shown & ~(near(truth.ridges * sign) > result.thin * sign / 2)
    dots = result.dots > DOT
    false_dots = dots & ~(near(truth.dots) > result.dots / 2)
    inner = np.zeros(dots.shape)
    inner[BORDER:-BORDER, BORDER:-BORDER] = BLOCK * BLOCK  # a mean over a block becomes a count
    return np.stack([np.rint(block_means(kind * inner)) for kind in (lines, false_lines, dots, false_dots)])


@dataclass(frozen=True)
class Source:
    """Photographs of one set under one protocol."""

    name: str
    protocol: str
    files: tuple[Path, ...]

    @property
    def degradation(self) -> Degradation:
        """Whose kind of photograph the protocol makes."""
        return "camera" if PROTOCOLS[self.protocol].faithful == "esrt-camera" else "bicubic"


def measurements(
    network: Network, source: Source, keep: Path, settings: Sequence[float] = DETAILS
) -> Iterator[Measured]:
    """Of every photograph that can be read, from the files in ``keep`` where they are there. OSError.

    ``settings``: of the detail that are measured, rising; a network of one stage has 1 alone.
    """
    model = network.descriptor
    details = tuple(settings) if model.stage == "both" else (1.0,)
    digest = model.sha256 or "interpolation"
    version = hashlib.sha256(f"{details} {VERSION}".encode()).hexdigest()[:8]
    folder = keep / "blocks" / f"{model.name}-{digest[:16]}-{source.protocol}-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(keep)
    words = f"{model.name}, {source.name}, {source.protocol}"
    for path in tqdm(source.files, desc=words, unit="photo", mininterval=5, disable=None):
        file = folder / f"{source.name.replace('/', '-')}-{path.stem}.npz"
        if file.is_file():
            with np.load(file) as held:
                arrays = (held[name].astype(np.float32) for name in _ARRAYS)
                yield Measured(path.stem, details, *arrays, noticed=bool(held["noticed"]))
            continue
        truth = load_truth(path, PROTOCOLS[source.protocol])
        if truth is None:
            continue
        one = measure_photograph(network.enhancer, truth, kept, details, source.degradation)
        part = file.with_suffix(".part.npz")
        arrays = {name: getattr(one, name).astype(np.float16) for name in _ARRAYS}
        arrays["whole"] = one.whole.astype(np.float32)
        np.savez_compressed(part, noticed=one.noticed, **arrays)
        part.replace(file)
        yield one


VERSION = 4
"""Of what is measured: raise it where the measures change."""
