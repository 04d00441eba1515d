"""The grid artifact: an error with the period of the input's grid that a network makes alike on every picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from training.degradation import SCALE
from training.losses import grid_artifacts


def grid_artifact(errors: Iterable[np.ndarray]) -> np.ndarray:
    """Mean of the errors at each place of the block that an input pixel becomes, 4×4×3, less each channel's mean.

    ``errors``: result less ground truth of several pictures, H×W×3 with sides that are multiples of 4, in grey levels.
    What a picture holds is anywhere on the grid and falls out of the mean; what stays is the network's own.
    ValueError without errors or for other sides.
    """
    own_errors = []
    for error in errors:
        height, width = error.shape[:2]
        if height % SCALE or width % SCALE:
            raise ValueError(f"Sides must be multiples of {SCALE}, not {height}×{width}.")
        own = grid_artifacts(torch.from_numpy(np.ascontiguousarray(error)).permute(2, 0, 1)[None])
        own_errors.append(own[0].permute(1, 2, 0).numpy())
    if not own_errors:
        raise ValueError("A grid artifact needs at least one picture.")
    return np.mean(own_errors, 0)


def strength(artifact: np.ndarray) -> float:
    """Root mean square of a grid artifact, in grey levels."""
    return float(np.sqrt(np.mean(artifact**2)))
