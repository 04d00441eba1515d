"""What a user should know of a photograph and of its result, as the page says it: for the command line and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cf_esrt import photo
from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.fidelity.agreement import disagreement
from cf_esrt.fidelity.degradation import SOFT_FROM, Suggestion, contradiction, least_quality, suggest
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.notices import thresholds

if TYPE_CHECKING:
    from cf_esrt.models import Degradation, ModelDescriptor


def suggested_degradation(measured: InputMeasures, metadata: photo.PhotoMetadata) -> Suggestion:
    """The degradation that the traces of a photograph speak for (`fidelity.degradation`)."""
    height, width = measured.pixels.shape[:2]
    return suggest(
        measured.properties,
        thresholds(),
        least_quality(),
        quality=metadata.jpeg_quality,
        phone=metadata.format == "HEIC",
        resolution=measured.resolution if min(height, width) >= SOFT_FROM else None,
    )


def on_photograph(
    opened: photo.Photo, degradation: Degradation | None, measured: InputMeasures | None = None
) -> list[str]:
    """Cautions of how it was read, and in what it is unlike what networks of the ``degradation`` learned from; None:
    interpolation, which learned from nothing. One sentence each. ``measured``: of its pixels, where that is there."""
    sentences = photo.cautions(opened.metadata)
    if degradation is None:
        return sentences
    measured = measured or InputMeasures(opened.pixels)
    sentences += [notice.sentence for notice in measured.notices(degradation)]
    contradicting = contradiction(suggested_degradation(measured, opened.metadata), degradation)
    return sentences if contradicting is None else [*sentences, contradicting]


def on_result(result: np.ndarray, pixels: np.ndarray, model: ModelDescriptor) -> list[str]:
    """Whether a network's result (RGB uint8 ``4H×4W×3``) gives back its input (``H×W×3``) less well than usual."""
    return [] if model.degradation is None else on_consistency(low_resolution_consistency(result, pixels), model)


def on_consistency(consistency: float, model: ModelDescriptor) -> list[str]:
    """The same, from the result's consistency in dB (`fidelity.low_resolution_consistency`)."""
    if model.degradation is None:
        return []
    low = disagreement(model.title, consistency, model.degradation)
    return [] if low is None else [low]
