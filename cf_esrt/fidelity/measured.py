"""What notices, suggestions and the error map know of an input: measured once, when one of them asks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cf_esrt.fidelity.effective_resolution import EffectiveResolution, effective_resolution
from cf_esrt.fidelity.notices import Notice, notices_of, thresholds
from cf_esrt.fidelity.properties import Properties, measure

if TYPE_CHECKING:
    from cf_esrt.models import Degradation


class InputMeasures:
    """Of an input, RGB uint8 ``H×W×3``; each raises ValueError for another kind of array."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    @cached_property
    def properties(self) -> Properties:
        """`fidelity.measure`."""
        return measure(self.pixels)

    @cached_property
    def resolution(self) -> EffectiveResolution | None:
        """`fidelity.effective_resolution`; None where it is too small or too flat to tell."""
        return effective_resolution(self.pixels, self.properties)

    def notices(self, degradation: Degradation) -> tuple[Notice, ...]:
        """In what it lies outside what the networks of a degradation learned from."""
        return notices_of(self.properties, thresholds(degradation))
