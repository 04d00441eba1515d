"""CIEDE2000 between the shrunk result and its input: did colours shift?

Source: CIE 142-2001; Sharma, Wu and Dalal 2005. Computed by scikit-image, CIELAB of sRGB under D65, 2° observer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cf_esrt.fidelity.consistency import shrink
from cf_esrt.fidelity.strips import check_pair, strips

_PIXELS = 1 << 16
"""In one strip: the formula holds some thirty floats a pixel."""


@dataclass(frozen=True)
class ColourDifference:
    """CIEDE2000 (no unit, kL = kC = kH = 1) over the pixels of the input."""

    mean: float
    percentile95: float
    maximum: float
    map: np.ndarray = field(repr=False, compare=False)
    """float32 ``H×W``; `maps.colour_map` paints it."""


def ciede2000(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """CIEDE2000 between two sRGB pictures, RGB uint8 ``H×W×3`` of one size: float32 ``H×W``.

    Equal pixels are exactly 0. The first call imports scikit-image's colour functions and SciPy (about a second).
    """
    from skimage.color import deltaE_ciede2000, rgb2lab  # heavy: a page that shows no colour difference never pays

    out = np.zeros(a.shape[:2], np.float32)
    for top, bottom in strips(*a.shape[:2], pixels=_PIXELS):
        differ = np.any(a[top:bottom] != b[top:bottom], axis=2)
        if differ.any():
            out[top:bottom][differ] = deltaE_ciede2000(rgb2lab(a[top:bottom][differ]), rgb2lab(b[top:bottom][differ]))
    return out


def colour_difference(result: np.ndarray, original: np.ndarray) -> ColourDifference:
    """CIEDE2000 between ``shrink(result)`` and ``original``.

    ``result`` is uint8 ``4H×4W×3`` and ``original`` uint8 ``H×W×3``, both sRGB. Raises ValueError where the
    result is not exactly four times the original.
    """
    check_pair(result, original)
    found = ciede2000(shrink(result), original)
    return ColourDifference(
        mean=float(found.mean(dtype=np.float64)),
        percentile95=float(np.percentile(found, 95)),
        maximum=float(found.max()),
        map=found,
    )
