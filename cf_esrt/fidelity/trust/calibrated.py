"""The committed thresholds of the error map: `trust.json`, made by `python -m training.analyses.trust_calibration`.

They hold for the weights, the kind of photograph and the detail settings that they were calibrated with, and for
nothing else; the file says for each which photographs, how many, α, δ and the digest of the weights.
"""

from __future__ import annotations

import json
import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cf_esrt.fidelity.notices import ThresholdsError
from cf_esrt.fidelity.trust.scores import FEATURES, WHOLE, BlockScore, Head, SmallNetwork

if TYPE_CHECKING:
    from cf_esrt.models import Degradation

TRUST = Path(__file__).parents[1] / "trust.json"
Promise = Literal["area", "largest", "lines", "dots"]
"""``area``: in 1 − δ of photographs at least 1 − ε of the unveiled area is within L levels; ``largest``: the expected
largest error of the unveiled area is below L levels; ``lines``: in 1 − δ of photographs at most L per cent of the lines
in the unveiled area are false; ``dots``: the same of dots."""
EVERYTHING = 1e9
"""Stands for an infinite threshold in the file; 0 for one that unveils nothing."""


@dataclass(frozen=True)
class Calibration:
    """One network for one kind of photograph."""

    model: str
    sha256: str | None
    """Of the weights; None for interpolation."""
    degradation: Degradation
    photographs: dict[str, int]
    """How many of each set and protocol; all promises but ``largest`` hold in each of them by itself."""
    details: tuple[float, ...]
    """Rising; a network of one stage has 1 alone."""
    blur: float
    """Pixels of the finest detail (`effective_resolution`) beyond which photographs are not judged, as they were not in
    calibration."""
    levels: dict[Promise, tuple[float, ...]]
    thresholds: dict[Promise, tuple[tuple[float, ...], ...]]
    """For each setting, the threshold at each level."""
    score: BlockScore
    """Chosen for it on photographs that set no threshold (`control` says why the promise is kept)."""

    def threshold(self, promise: Promise, level: float, detail: float) -> float:
        """Scores below it are unveiled; between two settings interpolated. ValueError for a level that is not there."""
        if level not in self.levels.get(promise, ()):
            raise ValueError(f"No promise of {level:g} was calibrated; there are {self.levels.get(promise, ())}.")
        column = self.levels[promise].index(level)
        values = [row[column] for row in self.thresholds[promise]]
        above = bisect(self.details, detail)
        if above == 0 or above == len(self.details):
            return values[0 if above == 0 else -1]
        low, high = self.details[above - 1 : above + 1]
        first, second = values[above - 1 : above + 1]
        if max(first, second) >= EVERYTHING:  # an infinite one has no share in a mean
            return first if detail == low else min(first, second)
        return first + (detail - low) / (high - low) * (second - first)


@dataclass(frozen=True)
class Calibrations:
    """The file."""

    delta: float
    """Share of photographs in which a promise may be broken."""
    share: float
    """ε: share of the unveiled area that may be worse."""
    entries: tuple[Calibration, ...]

    def of(self, model: str, degradation: Degradation) -> Calibration | None:
        found = (one for one in self.entries if (one.model, one.degradation) == (model, degradation))
        return next(found, None)

    def levels(self) -> tuple[float, ...]:
        """Grey levels that every network was calibrated for, rising."""
        offered = [set(one.levels.get("area", ())) for one in self.entries]
        return tuple(sorted(set.intersection(*offered))) if offered else ()


@cache
def calibrations() -> Calibrations:
    """The committed file, read once."""
    return read(TRUST)


def read(path: Path) -> Calibrations:
    """ThresholdsError for a file that is no calibration."""
    try:
        held = json.loads(path.read_text("utf-8"))
        entries = tuple(_entry(one) for one in held["entries"])
        return Calibrations(float(held["delta"]), float(held["share"]), entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsError(
            f"{path.name} holds no calibration of the error map; make it with training.analyses.trust_calibration."
        ) from error


def head_of(one: dict[str, Any]) -> BlockScore:
    """A score as the file has it, which leaves out what has no weight; ValueError or KeyError for other measures than
    are known here."""
    weights, usual = one["weights"], one["usual"]
    if isinstance(weights, str):
        return SmallNetwork.unpacked(weights, tuple(float(usual[name]) for name in WHOLE))
    needed = {name for name in WHOLE if weights.get(name)}
    if not set(weights) <= set(FEATURES) or not needed <= set(usual):
        raise ValueError("other measures")
    return Head(
        tuple(float(weights.get(name, 0)) for name in FEATURES),
        float(one["bias"]),
        tuple(float(usual.get(name, 1)) for name in WHOLE),
    )


def head_json(head: BlockScore) -> dict[str, Any]:
    """What `head_of` reads."""
    if isinstance(head, SmallNetwork):
        return {"weights": head.packed(), "usual": dict(zip(WHOLE, head.usual, strict=True))}
    weights = {name: weight for name, weight in zip(FEATURES, head.weights, strict=True) if weight}
    usual = {name: value for name, value in zip(WHOLE, head.usual, strict=True) if name in weights}
    return {"weights": weights, "bias": head.bias, "usual": usual}


def _entry(one: dict[str, Any]) -> Calibration:
    levels = {name: tuple(map(float, held["levels"])) for name, held in one["promises"].items()}
    rows = {name: tuple(tuple(map(float, row)) for row in held["thresholds"]) for name, held in one["promises"].items()}
    details = tuple(map(float, one["details"]))
    for name, held in rows.items():
        if len(held) != len(details) or any(len(row) != len(levels[name]) for row in held):
            raise ValueError("thresholds of another shape")
    return Calibration(
        one["model"],
        one["sha256"],
        one["degradation"],
        one["photographs"],
        details,
        float(one["blur"]),
        levels,
        rows,  # type: ignore[arg-type]
        head_of(one["score"]),
    )


def finite(threshold: float) -> float:
    """A threshold as the file has it."""
    return EVERYTHING if threshold == math.inf else 0.0 if threshold == -math.inf else threshold


def at_least(levels: Sequence[float], wanted: float) -> float:
    """The smallest level of the grid that is no smaller than the wanted one; the largest where none is."""
    return next((level for level in levels if level >= wanted), levels[-1])
