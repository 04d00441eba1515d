"""Votes made by hand."""

from __future__ import annotations

import numpy as np

from cf_esrt.survey.statistics.ratings import Votes
from cf_esrt.survey.statistics.simulation import numbered


def votes_from(scores: object) -> Votes:
    """raters × images × methods, one vote each."""
    array = np.asarray(scores, dtype=float)
    raters, images, methods = array.shape
    names = numbered("rater", raters), numbered("image", images), numbered("method", methods)
    return Votes(*names, array[..., None])
