"""A lattice on the grid of the input: what a network draws with the period of 2 or 4 pixels, without ground truth."""

from __future__ import annotations

import numpy as np

from cf_esrt.pixels import enlarge_bicubic
from training.metrics.grey import grey

_NEAR, _FAR = 2, 8
"""Bins that the Hann window spreads a wave over, and those to which its neighbourhood reaches."""
_STEPS = (0.0, 0.25, 0.5)
"""Frequencies of the input's grid, cycles a pixel of the result."""


def lattice(result: np.ndarray, low: np.ndarray) -> float | None:
    """Power of result − bicubic at the strongest grid frequency, over the mean of its neighbourhood: 1 without a
    lattice, some hundreds where one can be seen. None where the result is the bicubic enlargement.

    ``result``: RGB uint8 4H×4W×3, at least 64 pixels a side; ``low``: its input, H×W×3. Both sides of the result are
    multiples of 4, so that the frequencies ¼ and ½, and those with them along one axis or both, are bins of the
    spectrum (under a Hann window). The mean error of many pictures (`training.metrics.grid_artifact`) misses a lattice
    whose phase or sign changes from place to place; this does not.
    """
    size = (result.shape[1], result.shape[0])
    added = grey(result) - grey(enlarge_bicubic(low))
    if not added.any():
        return None
    window = np.outer(np.hanning(size[1]), np.hanning(size[0]))
    power = np.abs(np.fft.fft2((added - (added * window).sum() / window.sum()) * window)) ** 2
    frequencies = [(v, u) for v in _STEPS for u in (*_STEPS, -0.25) if (u, v) != (0, 0)]
    return max(_peak(power, round(v * size[1]), round(u * size[0])) for v, u in frequencies)


def _peak(power: np.ndarray, row: int, column: int) -> float:
    """Power at a bin over the mean of the square around it, its own spread left out."""
    rows, columns = (np.arange(at - _FAR, at + _FAR + 1) for at in (row, column))
    square = power[np.ix_(rows % power.shape[0], columns % power.shape[1])]
    around = np.ones_like(square, bool)
    around[_FAR - _NEAR : _FAR + _NEAR + 1, _FAR - _NEAR : _FAR + _NEAR + 1] = False
    return float(square[_FAR, _FAR] / max(square[around].mean(), 1e-12))
