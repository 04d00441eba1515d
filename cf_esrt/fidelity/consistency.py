"""Low-resolution consistency: does the result, downscaled, reproduce the photograph it was made from?

Necessary, not sufficient: invented texture that averages out on shrinking passes.
Source: Lugmayr et al., NTIRE 2021 Learning the Super-Resolution Space Challenge, "LR-PSNR".
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from cf_esrt.fidelity.strips import check_pair, strips
from cf_esrt.pixels import SCALE, check_rgb

_SUPPORT = 2
"""How far Pillow's bicubic reaches, in pixels of the smaller picture."""


def shrink(image: np.ndarray, scale: int = SCALE) -> np.ndarray:
    """Shrink uint8 ``sH×sW×3`` to uint8 ``H×W×3`` with Pillow's antialiased bicubic.

    This is the shrinking that made the networks' training inputs. It is done in strips, to the same bytes as in
    one piece; memory beyond input and output is some megabytes. Raises ValueError for other arrays, and for
    sides that ``scale`` does not divide.
    """
    check_rgb(image, "image")
    height, width = image.shape[:2]
    if scale < 1 or height % scale or width % scale:
        raise ValueError(f"An image of {width} × {height} pixels cannot be shrunk by exactly {scale}.")
    rows, columns = height // scale, width // scale
    out = np.empty((rows, columns, 3), np.uint8)
    for top, bottom in strips(rows, columns, scale):
        first, last = max(0, top - _SUPPORT) * scale, min(rows, bottom + _SUPPORT) * scale
        strip = Image.fromarray(np.ascontiguousarray(image[first:last]))
        box = (0, top * scale - first, width, bottom * scale - first)  # Pillow reads what lies around the box, too
        out[top:bottom] = np.asarray(strip.resize((columns, bottom - top), Image.Resampling.BICUBIC, box))
    return out


def residual(result: np.ndarray, original: np.ndarray) -> np.ndarray:
    """``shrink(result) − original`` as int16 ``H×W×3``, in levels of 255.

    ``result`` is uint8 ``4H×4W×3`` and ``original`` uint8 ``H×W×3``, both sRGB. Raises ValueError where the
    result is not exactly four times the original.
    """
    check_pair(result, original)
    return shrink(result).astype(np.int16) - original


def decibels(difference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of a difference in levels of 255; ``inf`` where it is zero everywhere."""
    squares = 0
    for top, bottom in strips(len(difference), max(1, difference[0].size)):
        # squares sum up in 64-bit integers, so no rounding can make equal pictures differ
        squares += int(np.sum(np.square(difference[top:bottom], dtype=np.int64)))
    return math.inf if squares == 0 else 10 * math.log10(255**2 * difference.size / squares)


def low_resolution_consistency(result: np.ndarray, original: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB between ``shrink(result)`` and ``original``, over all channels.

    ``result`` is uint8 ``4H×4W×3`` and ``original`` uint8 ``H×W×3``, both sRGB; the peak is 255. Equal
    pictures give ``inf``. Raises ValueError where the result is not exactly four times the original.
    """
    return decibels(residual(result, original))
