"""A loss on the grid artifact: features reward a network that makes the same error on every picture."""

from __future__ import annotations

from torch import Tensor

from training.degradation import SCALE


def grid_artifacts(errors: Tensor) -> Tensor:
    """N×3×H×W, sides multiples of 4 → N×3×4×4: each picture's mean error at each place of the block that an input pixel
    becomes, less its channel's mean."""
    height, width = errors.shape[-2:]
    means = errors.reshape(*errors.shape[:2], height // SCALE, SCALE, width // SCALE, SCALE).mean((2, 4))
    return means - means.mean((2, 3), keepdim=True)


def grid_artifact_loss(image: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute value of each picture's grid artifact (`training.metrics.grid_artifact` has a set's).

    N×3×H×W, sides multiples of 4. What a picture holds adds its share of chance, which has no direction.
    """
    return grid_artifacts(image - truth).abs().mean()
