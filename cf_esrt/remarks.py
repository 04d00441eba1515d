"""What a user should know of a photograph and of its result, as the page says it: for the command line and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cf_esrt import photo
from cf_esrt.fidelity import low_resolution_consistency, measure
from cf_esrt.fidelity.agreement import disagreement
from cf_esrt.fidelity.family import Suggestion, contradiction, least_quality, suggest
from cf_esrt.fidelity.notices import notices_of, thresholds

if TYPE_CHECKING:
    from cf_esrt.fidelity.properties import Properties
    from cf_esrt.models import Family, ModelDescriptor


def suggested_family(found: Properties, metadata: photo.PhotoMetadata) -> Suggestion:
    """The family of networks that the traces of a photograph speak for (`fidelity.family`)."""
    phone = metadata.format == "HEIC"
    return suggest(found, thresholds(), least_quality(), quality=metadata.jpeg_quality, phone=phone)


def on_photograph(opened: photo.Photo, family: Family | None) -> list[str]:
    """Cautions of how it was read, and in what it is unlike what networks of the ``family`` learned from; None:
    interpolation, which learned from nothing. One sentence each."""
    sentences = photo.cautions(opened.metadata)
    if family is None:
        return sentences
    found = measure(opened.pixels)
    sentences += [notice.sentence for notice in notices_of(found, thresholds(family))]
    contradicting = contradiction(suggested_family(found, opened.metadata), family)
    return sentences if contradicting is None else [*sentences, contradicting]


def on_result(result: np.ndarray, pixels: np.ndarray, model: ModelDescriptor) -> list[str]:
    """Whether a network's result (RGB uint8 ``4H×4W×3``) gives back its input (``H×W×3``) less well than usual."""
    return [] if model.family is None else on_consistency(low_resolution_consistency(result, pixels), model)


def on_consistency(consistency: float, model: ModelDescriptor) -> list[str]:
    """The same, from the result's consistency in dB (`fidelity.low_resolution_consistency`)."""
    if model.family is None:
        return []
    low = disagreement(model.title, consistency, model.family)
    return [] if low is None else [low]
