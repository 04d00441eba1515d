"""How the part of a result that is not believed looks: grey, paler and hatched, so that no eye needs colour to tell."""

from __future__ import annotations

import numpy as np

from cf_esrt.fidelity.strips import strips
from cf_esrt.fidelity.trust.scores import luma
from cf_esrt.pixels import check_rgb

PERIOD, LINE = 16, 4
"""Pixels of the result from one stripe to the next, and across its white and its black part."""
PALE = 0.45
"""Share of the picture's own contrast that is left."""
GREY = 168.0
"""Level that it is paled towards."""


def mask_picture(believed: np.ndarray) -> np.ndarray:
    """H×W of bool as RGB uint8 H×W×3: white where a result may be believed, else black."""
    return np.repeat(believed.astype(np.uint8)[..., None] * np.uint8(255), 3, axis=2)


def veiled(result: np.ndarray, believed: np.ndarray) -> np.ndarray:
    """A copy of a result (RGB uint8 H×W×3) in which whatever is not ``believed`` (H×W of bool) is veiled.

    Stripes of white beside black differ from skin of every tone in lightness. ValueError where the sizes differ.
    """
    check_rgb(result, "result")
    if believed.shape != result.shape[:2]:
        raise ValueError("The mask and the result must be of one size.")
    out = result.copy()
    for top, bottom in strips(*result.shape[:2]):
        hidden = ~believed[top:bottom]
        if not hidden.any():
            continue
        grey = GREY + PALE * (luma(result[top:bottom]) - GREY)
        rows, columns = np.ogrid[top:bottom, : result.shape[1]]
        phase = (rows + columns) % PERIOD
        grey = np.where(phase < LINE, 235.0, np.where(phase < 2 * LINE, 40.0 + 0.3 * grey, grey))
        out[top:bottom][hidden] = np.rint(grey[hidden]).astype(np.uint8)[:, None]
    return out
