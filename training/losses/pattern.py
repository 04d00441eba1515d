"""A loss on the pattern of the input's grid: features reward a network that puts the same weave on every picture."""

from __future__ import annotations

from torch import Tensor

from training.degradation import SCALE


def pattern_loss(image: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute value of each picture's pattern: the mean of its errors at each place of the 4×4 block that an
    input pixel becomes, less its channel's mean (`training.metrics.pattern` has the same of a set).

    N×3×H×W, sides multiples of 4. What a picture holds adds its share of chance, which has no direction.
    """
    height, width = image.shape[-2:]
    blocks = (image - truth).reshape(*image.shape[:2], height // SCALE, SCALE, width // SCALE, SCALE)
    pattern = blocks.mean((2, 4))
    return (pattern - pattern.mean((2, 3), keepdim=True)).abs().mean()
