"""Fourier ring correlation: at which frequencies a result's detail is the ground truth's.

Saxton and Baumeister 1982; microscopy's and cryo-EM's standard. No radially symmetric filter, sharpening or blurring,
changes it: it asks whether detail is there, not how strong it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.metrics.grey import grey

BANDS = {
    "ring_correlation_input": (0.0625, 0.125),
    "ring_correlation": (0.125, 0.1875),
    "ring_correlation_fine": (0.1875, 0.25),
}
"""Name → frequencies in cycles a pixel of the result; the input of ×4 ends at 0.125."""
_NO_POWER = 1e-9


@dataclass(frozen=True)
class Curve:
    frequencies: np.ndarray
    """Cycles a pixel of the result, below 0.5."""
    correlations: np.ndarray
    """−1..1, one a ring."""

    def falls_below(self, threshold: float) -> float:
        """The first frequency, from the fifth ring on, whose correlation is below; 0.5 where none is."""
        below = self.correlations[4:] < threshold
        return float(self.frequencies[4:][np.argmax(below)]) if below.any() else 0.5

    def band(self, low: float, high: float) -> float:
        """Mean over the rings with low ≤ frequency < high."""
        return float(self.correlations[(self.frequencies >= low) & (self.frequencies < high)].mean())


class RingCorrelation:
    """Grey values less their mean under a Hann window, rings one frequency step of the set's first picture wide.

    Sums of a photograph: for each ring the real cross-spectrum and the two powers. A ring's correlation is the first
    over the root of the others' product, each summed over the photographs.
    """

    names = tuple(BANDS)

    def __init__(self) -> None:
        self.steps: int | None = None
        """Frequency steps to a cycle a pixel: the height of the first picture."""

    def prepare(self, picture: np.ndarray) -> np.ndarray:
        """Spectrum of RGB uint8 H×W×3."""
        values = grey(picture)
        self.steps = self.steps or values.shape[0]
        window = np.outer(np.hanning(values.shape[0]), np.hanning(values.shape[1]))
        return np.fft.fft2((values - (values * window).sum() / window.sum()) * window)

    def observe(self, result: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Sums of one photograph, 3 × rings, flat."""
        height, width = truth.shape
        assert self.steps is not None
        frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij"))
        ring = (frequency * self.steps + 0.5).astype(int).ravel()
        count = self.steps // 2
        parts = ((result * truth.conj()).real, np.abs(result) ** 2, np.abs(truth) ** 2)
        return np.concatenate([np.bincount(ring, part.ravel(), count)[:count] for part in parts])

    def sums(self, observations: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(observations)

    def correlations(self, sums: np.ndarray) -> np.ndarray:
        """…×(3 × rings) → …×rings."""
        cross, result, truth = np.split(sums, 3, axis=-1)
        return cross / np.sqrt(result.clip(0) * truth.clip(0) + _NO_POWER)

    def curve(self, sums: np.ndarray) -> Curve:
        """Of a set, from its photographs' sums, N×(3 × rings)."""
        return Curve(self.frequencies, self.correlations(sums.sum(0)))

    def values(self, sums: np.ndarray) -> dict[str, np.ndarray]:
        correlations, f = self.correlations(sums), self.frequencies
        return {name: correlations[..., (f >= low) & (f < high)].mean(-1) for name, (low, high) in BANDS.items()}

    @cached_property
    def frequencies(self) -> np.ndarray:
        """Of the rings, in cycles a pixel."""
        assert self.steps is not None
        return np.arange(self.steps // 2) / self.steps
