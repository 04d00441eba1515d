"""Low-resolution consistency: does the result, shrunk again, give back the photograph it was made from?

Necessary, not sufficient: invented texture that averages out on shrinking passes.
Source: Lugmayr et al., NTIRE 2021 Learning the Super-Resolution Space Challenge, "LR-PSNR".
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

_SCALE = 4


def shrink(image: np.ndarray, scale: int = _SCALE) -> np.ndarray:
    """Shrink uint8 ``sH×sW×3`` to uint8 ``H×W×3`` with Pillow's antialiased bicubic.

    This is the shrinking that made the networks' training inputs. Raises ValueError for other arrays, and
    for sides that ``scale`` does not divide.
    """
    _check(image, "image")
    height, width = image.shape[:2]
    if scale < 1 or height % scale or width % scale:
        raise ValueError(f"An image of {width} × {height} pixels cannot be shrunk by exactly {scale}.")
    size = (width // scale, height // scale)
    return np.array(Image.fromarray(np.ascontiguousarray(image)).resize(size, Image.Resampling.BICUBIC))


def low_resolution_consistency(result: np.ndarray, original: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB between ``shrink(result)`` and ``original``, over all channels.

    ``result`` is uint8 ``4H×4W×3`` and ``original`` uint8 ``H×W×3``, both sRGB; the peak is 255. Equal
    pictures give ``inf``. Raises ValueError where the result is not exactly four times the original.
    """
    _check(result, "result")
    _check(original, "original")
    height, width = original.shape[:2]
    if result.shape[:2] != (_SCALE * height, _SCALE * width):
        raise ValueError(
            f"The result is {result.shape[1]} × {result.shape[0]} pixels, which is not {_SCALE} times "
            f"the original's {width} × {height}."
        )
    difference = shrink(result).astype(np.int32) - original
    # squares sum up in 64-bit integers, so no rounding can make equal pictures differ
    squares = int(np.sum(difference * difference, dtype=np.int64))
    return math.inf if squares == 0 else 10 * math.log10(255**2 * difference.size / squares)


def _check(image: np.ndarray, name: str) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"The {name} must be uint8 H×W×3, not {image.dtype} {image.shape}.")
