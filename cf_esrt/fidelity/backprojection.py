"""Back-projection: correct a result until it downscales to its input.

Source: Irani and Peleg 1991, "Improving resolution by image registration", CVGIP 53(3), with bicubic enlarging as the
back-projection kernel.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from cf_esrt.fidelity.consistency import decibels, residual
from cf_esrt.fidelity.strips import strips
from cf_esrt.pixels import SCALE

TARGET = 45.0
"""Low-resolution consistency in dB that NTIRE 2021 asked of a result (Lugmayr et al.)."""
ITERATIONS = 20
"""Enough for pictures whose input can be met at all; most need one to three."""


def back_project(
    result: np.ndarray, original: np.ndarray, *, iterations: int = ITERATIONS, target: float = TARGET
) -> np.ndarray:
    """``result += enlarge(original − shrink(result))`` until the consistency exceeds ``target`` dB.

    ``result`` is uint8 ``4H×4W×3`` and ``original`` uint8 ``H×W×3``, both sRGB; returns uint8 ``4H×4W×3``. A result
    whose consistency exceeds the target already is returned as it is (the same array). Else at most ``iterations``
    corrections are made and the best picture on the way is returned: its consistency never falls as ``iterations``
    grow, and may stay below the target where the input cannot be met within 0..255.

    Enlarging is linear, so the corrections are summed in float32 at the input's size and enlarged once a step; the
    picture is rounded to 8 bits once, from the sum. Memory beyond the arguments: at most two pictures of the result's
    size in 8 bits (one of them is the result), floats at the input's size only, and one strip.

    ValueError where the sizes do not fit, ``iterations`` is negative or ``target`` is not a number.
    """
    if iterations < 0 or math.isnan(target):
        raise ValueError(f"Back-projection needs 0 or more iterations and a target in dB, not {iterations}, {target}.")
    difference = residual(result, original)
    best, consistency = result, decibels(difference)
    correction = np.zeros(original.shape, np.float32)
    for _ in range(iterations):
        if consistency > target:
            break
        correction -= difference
        corrected = _add(result, correction)
        difference = residual(corrected, original)
        reached = decibels(difference)
        if reached > consistency:
            best, consistency = corrected, reached
    return best


def _add(result: np.ndarray, correction: np.ndarray) -> np.ndarray:
    """``result + enlarge(correction)``, rounded and clipped to uint8; float only in strips."""
    height, width = correction.shape[:2]
    planes = [Image.fromarray(np.ascontiguousarray(correction[..., channel])) for channel in range(3)]
    out = np.empty_like(result)
    for top, bottom in strips(height, width, SCALE):
        rows = slice(SCALE * top, SCALE * bottom)
        size, box = (SCALE * width, SCALE * (bottom - top)), (0, top, width, bottom)
        for channel, plane in enumerate(planes):
            larger = np.asarray(plane.resize(size, Image.Resampling.BICUBIC, box)) + result[rows, :, channel]
            out[rows, :, channel] = np.clip(np.rint(larger), 0, 255)
    return out
