"""The pattern of its input's grid that a network puts on every picture alike: no detail, and a weave to the eye."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from training.degradation import SCALE


def grid_pattern(errors: Iterable[np.ndarray]) -> np.ndarray:
    """Mean of the errors at each place of the block that an input pixel becomes, 4×4×3, less each channel's mean.

    ``errors``: result less ground truth of several pictures, H×W×3 with sides that are multiples of 4, in grey levels.
    What a picture holds is anywhere on the grid and falls out of the mean; what stays is the network's own.
    ValueError without errors or for other sides.
    """
    means = []
    for error in errors:
        height, width = error.shape[:2]
        if height % SCALE or width % SCALE:
            raise ValueError(f"Sides must be multiples of {SCALE}, not {height}×{width}.")
        means.append(error.reshape(height // SCALE, SCALE, width // SCALE, SCALE, 3).mean((0, 2)))
    if not means:
        raise ValueError("A pattern needs at least one picture.")
    pattern = np.mean(means, 0)
    return pattern - pattern.mean((0, 1))


def strength(pattern: np.ndarray) -> float:
    """Root mean square of a pattern, in grey levels."""
    return float(np.sqrt(np.mean(pattern**2)))
