"""No-reference checks of a result: consistency with its input, added detail, colour shift, out-of-range inputs.

Nothing here imports scikit-image or SciPy before a colour difference is asked for.
"""

from __future__ import annotations

from cf_esrt.fidelity.backprojection import back_project
from cf_esrt.fidelity.colour import ColourDifference, ciede2000, colour_difference
from cf_esrt.fidelity.consistency import low_resolution_consistency, shrink
from cf_esrt.fidelity.effect import Effect, EffectError, effects
from cf_esrt.fidelity.maps import (
    Legend,
    Levels,
    added_detail,
    added_legend,
    added_levels,
    colour_legend,
    colour_map,
    residual_legend,
    residual_map,
)
from cf_esrt.fidelity.notices import Notice, Range, ThresholdsError, notices
from cf_esrt.fidelity.properties import Properties, measure
from cf_esrt.fidelity.report import Report, assess

__all__ = [
    "ColourDifference",
    "Effect",
    "EffectError",
    "Legend",
    "Levels",
    "Notice",
    "Properties",
    "Range",
    "Report",
    "ThresholdsError",
    "added_detail",
    "added_legend",
    "added_levels",
    "assess",
    "back_project",
    "ciede2000",
    "colour_difference",
    "colour_legend",
    "colour_map",
    "effects",
    "low_resolution_consistency",
    "measure",
    "notices",
    "residual_legend",
    "residual_map",
    "shrink",
]
