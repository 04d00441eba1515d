"""Plain noise beside which texture is judged: its σ is the one at which LPIPS takes it for as good as the texture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

STEP = 0.5
"""Grey levels between the σ that are tried before the bisection."""
LARGEST = 8.0
"""Grey levels: far beyond the grain of a dermatoscope's photographs."""
TOLERANCE = 2e-4
"""LPIPS that differ by less than this are equal; tables print four decimals."""
PRECISION = 1e-3
"""Grey levels: σ is told to three decimals."""


def add_noise(image: np.ndarray, level: float, seed: int) -> np.ndarray:
    """RGB uint8 H×W×3 with Gaussian noise of ``level`` grey levels (standard deviation), one value a pixel."""
    noise = np.random.default_rng(seed).normal(0, level, image.shape[:2])[..., None]
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def equal_level(wanted: float, distance: Callable[[float], float]) -> tuple[float, bool]:
    """The least σ whose ``distance`` falls to ``wanted``, to three decimals, and whether it does.

    A little noise brings LPIPS down, much brings it up again: where it rises before it has fallen that far, or is less
    without any noise, the σ of the least distance to ``wanted`` among those tried stands, and False.
    """
    low = high = 0.0
    reached = distance(low)
    while reached > wanted + TOLERANCE:
        low, before = high, reached
        high = low + STEP
        if high > LARGEST or (reached := distance(high)) >= before:
            return low, False
    level = high
    if high > 0 and reached < wanted - TOLERANCE:

        def excess(level: float) -> float:
            return distance(round(level, 3)) - wanted

        level = round(optimize.root_scalar(excess, method="brentq", bracket=(low, high), xtol=PRECISION / 2).root, 3)
        reached = distance(level)
    return level, abs(reached - wanted) <= TOLERANCE
