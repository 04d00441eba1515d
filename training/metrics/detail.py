"""Whether the detail of results is there: every measure that a set of photographs has as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from training.metrics.plain_skin import PlainSkin
from training.metrics.ring_correlation import RingCorrelation
from training.metrics.structure import Structure
from training.metrics.whole_sets import influence_values

DETAIL = (
    "ring_correlation",
    "ring_correlation_fine",
    "dot_precision",
    "dot_recall",
    "line_precision",
    "line_recall",
    "false_dots",
    "invented",
)
"""The measures that validation and tables tell, by their names in `training.metrics.METRICS`."""


class SetMeasure(Protocol):
    """Measures of a set that follow from sums over its photographs."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the metrics that it serves (see `training.metrics.METRICS`)."""
        ...

    def prepare(self, picture: np.ndarray) -> Any:
        """What is compared, of a result or a ground truth, RGB uint8 H×W×3."""
        ...

    def observe(self, result: Any, truth: Any) -> np.ndarray:
        """What one photograph contributes, of two prepared pictures."""
        ...

    def sums(self, observations: Sequence[np.ndarray]) -> np.ndarray:
        """N×K, a row a photograph."""
        ...

    def values(self, sums: np.ndarray) -> dict[str, np.ndarray]:
        """Rows of sums, …×K → name → …"""
        ...


Prepared = tuple[Any, ...]
Observation = tuple[np.ndarray, ...]


class Detail:
    """Ring correlation, structure and plain skin of one set of photographs; a new object for each set."""

    def __init__(self) -> None:
        self.rings = RingCorrelation()
        self.measures: tuple[SetMeasure, ...] = (self.rings, Structure(), PlainSkin())

    def prepare(self, picture: np.ndarray) -> Prepared:
        """RGB uint8 H×W×3, at least 32 pixels a side; a ground truth is prepared once for all its results."""
        return tuple(measure.prepare(picture) for measure in self.measures)

    def observe(self, result: Prepared, truth: Prepared) -> Observation:
        """What one photograph contributes."""
        pairs = zip(self.measures, result, truth, strict=True)
        return tuple(measure.observe(own, wanted) for measure, own, wanted in pairs)

    def per_photograph(self, observations: Sequence[Observation]) -> dict[str, list[float]]:
        """name → one number a photograph, whose mean is the set's measure (see `influence_values`)."""
        found: dict[str, list[float]] = {}
        for measure, own in zip(self.measures, zip(*observations, strict=True), strict=True):
            influences = influence_values(measure.sums(own), measure.values)
            found |= {name: values.tolist() for name, values in influences.items()}
        return found

    def of_set(self, observations: Sequence[Observation]) -> dict[str, float]:
        """name → the set's measure."""
        found: dict[str, float] = {}
        for measure, own in zip(self.measures, zip(*observations, strict=True), strict=True):
            values = measure.values(measure.sums(own).sum(0))
            found |= {name: float(value) for name, value in values.items()}
        return found
