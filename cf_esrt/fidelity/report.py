"""All no-reference measurements of one result."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from cf_esrt.fidelity.colour import ColourDifference, colour_difference
from cf_esrt.fidelity.consistency import low_resolution_consistency
from cf_esrt.fidelity.maps import Levels, added_levels
from cf_esrt.fidelity.notices import Notice, notices, thresholds

if TYPE_CHECKING:
    from cf_esrt.models import Degradation


@dataclass(frozen=True)
class Report:
    """No-reference measurements of one result."""

    consistency: float
    """Low-resolution consistency in dB; ``inf`` where the shrunk result equals the input."""
    colour: ColourDifference
    """CIEDE2000 of the shrunk result against the input."""
    added: Levels
    """Difference of the result from bicubic interpolation."""
    notices: tuple[Notice, ...]
    """In what the input lies outside what the networks learned from; the same for every result of one input."""

    def as_json(self) -> dict[str, object]:
        """Numbers and sentences alone, ready for `json.dumps`: no map; an infinite consistency is None."""
        return {
            "consistency_db": self.consistency if math.isfinite(self.consistency) else None,
            "ciede2000": {
                "mean": self.colour.mean,
                "percentile95": self.colour.percentile95,
                "maximum": self.colour.maximum,
            },
            "beyond_bicubic": asdict(self.added),
            "notices": [asdict(notice) for notice in self.notices],
        }


def assess(
    result: np.ndarray,
    original: np.ndarray,
    bicubic: np.ndarray,
    *,
    known: tuple[Notice, ...] | None = None,
    degradation: Degradation = "bicubic",
) -> Report:
    """The report of ``result`` (RGB uint8 ``4H×4W×3``) for ``original`` (``H×W×3``), beside ``bicubic`` (``4H×4W×3``).

    ``known`` are the input's notices where another result of it was assessed already; else they are those of the
    ``degradation``. ValueError where the sizes do not fit. Maps are not kept, but for the colour
    difference's, at the input's size.
    """
    return Report(
        consistency=low_resolution_consistency(result, original),
        colour=colour_difference(result, original),
        added=added_levels(result, bicubic),
        notices=notices(original, thresholds(degradation)) if known is None else known,
    )
