"""Fidelity maps: where a downscaled result differs from its input, and where a result differs from bicubic.

Each has a `Legend`: the range of values that its colours stand for, as data that a page can draw and a file can keep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cf_esrt.fidelity.consistency import residual
from cf_esrt.fidelity.strips import strips
from cf_esrt.pixels import check_rgb

Colour = tuple[int, int, int, int]

AMPLIFICATION = 16
"""Levels of the residual map for one level of difference."""
ADDED_FULL = 16
"""Difference from bicubic in levels at which the overlay is opaque."""
COLOUR_FULL = 3.0
"""CIEDE2000 difference at which the colour map reaches its last colour."""
ADDED_COLOUR = (0, 229, 255)
"""Cyan: skin has none of it, and it differs from skin in lightness, too."""
MID_GREY = 128


@dataclass(frozen=True)
class Legend:
    """What a map's colours stand for; what lies outside low..high has the colour of the nearer end."""

    low: float
    high: float
    unit: str
    stops: tuple[tuple[float, Colour], ...]
    """(value, RGBA 0..255), rising; between two stops the colour is interpolated in sRGB levels."""


@dataclass(frozen=True)
class Levels:
    """How large a difference is over all pixels; per pixel, the channel that differs most, in levels of 255."""

    mean: float
    percentile95: float
    maximum: float


def residual_map(result: np.ndarray, original: np.ndarray, amplification: int = AMPLIFICATION) -> np.ndarray:
    """``128 + amplification·(shrink(result) − original)`` in each channel, clipped: RGB uint8 ``H×W×3``.

    Mid-grey: the result agrees with its input. Brighter: it is too bright there, in colours that are too strong.
    For the arguments and ValueError see `consistency.residual`; for the scale `residual_legend`.
    """
    legend = residual_legend(amplification)  # checks the factor
    low, high = int(legend.low) - 1, int(legend.high) + 1
    table = np.clip(MID_GREY + amplification * np.arange(low, high + 1), 0, 255).astype(np.uint8)
    return table[np.clip(residual(result, original), low, high) - low]


def residual_legend(amplification: int = AMPLIFICATION) -> Legend:
    """The scale of `residual_map`; ValueError unless the amplification is 1 to 128."""
    if not 1 <= amplification <= 128:
        raise ValueError(f"The amplification is {amplification}: it must lie between 1 and 128.")
    low, high = -MID_GREY / amplification, (255 - MID_GREY) / amplification
    grey = (MID_GREY, MID_GREY, MID_GREY, 255)
    return Legend(low, high, "levels of 255", ((low, (0, 0, 0, 255)), (0.0, grey), (high, (255, 255, 255, 255))))


def added_detail(result: np.ndarray, bicubic: np.ndarray, full: int = ADDED_FULL) -> np.ndarray:
    """An overlay of one colour where the result differs from bicubic: RGBA uint8 ``H×W×4``, straight alpha.

    Both arguments are RGB uint8 ``H×W×3`` of one size. Alpha grows linearly with the difference of the channel
    that differs most, and is 255 from ``full`` levels on. ValueError for other arrays; the scale is `added_legend`.
    """
    _check_same(result, bicubic)
    added_legend(full)  # checks it
    alpha = np.rint(np.minimum(np.arange(256) / full, 1) * 255).astype(np.uint8)
    out = np.empty((*result.shape[:2], 4), np.uint8)
    out[..., :3] = ADDED_COLOUR
    for top, bottom in strips(*result.shape[:2]):
        out[top:bottom, :, 3] = alpha[_largest(result[top:bottom], bicubic[top:bottom])]
    return out


def added_legend(full: int = ADDED_FULL) -> Legend:
    """The scale of `added_detail`; ValueError unless ``full`` is 1 to 255 levels."""
    if not 1 <= full <= 255:
        raise ValueError(f"The overlay cannot be opaque at {full} levels: give 1 to 255.")
    return Legend(0.0, full, "levels of 255", ((0.0, (*ADDED_COLOUR, 0)), (float(full), (*ADDED_COLOUR, 255))))


def added_levels(result: np.ndarray, bicubic: np.ndarray) -> Levels:
    """How much goes beyond bicubic, in numbers. Arguments and errors as `added_detail`."""
    _check_same(result, bicubic)
    counts = np.zeros(256, np.int64)
    for top, bottom in strips(*result.shape[:2]):
        counts += np.bincount(_largest(result[top:bottom], bicubic[top:bottom]).ravel(), minlength=256)
    below = np.cumsum(counts)
    rank = 0.95 * below[-1]  # the least level that 95% of the pixels do not exceed
    return Levels(
        mean=float(counts @ np.arange(256) / below[-1]),
        percentile95=float(np.searchsorted(below, rank)),
        maximum=float(np.flatnonzero(counts)[-1]),
    )


def colour_map(difference: np.ndarray, full: float = COLOUR_FULL) -> np.ndarray:
    """A map of CIEDE2000 differences (`ColourDifference.map`, float ``H×W``) as RGB uint8 ``H×W×3``.

    The scale is `colour_legend`, which raises ValueError unless ``full`` is above 0.
    """
    stops = colour_legend(full).stops
    values = [value for value, _ in stops]
    out = np.empty((*difference.shape, 3), np.uint8)
    for top, bottom in strips(*difference.shape):
        for channel in range(3):
            ramp = [colour[channel] for _, colour in stops]
            out[top:bottom, :, channel] = np.rint(np.interp(difference[top:bottom], values, ramp))
    return out


def colour_legend(full: float = COLOUR_FULL) -> Legend:
    """The scale of `colour_map`: black, plum, sand, of rising lightness; ValueError unless ``full`` is above 0."""
    if not full > 0:
        raise ValueError(f"The largest colour difference of a map is {full}: it must be above 0.")
    stops = ((0.0, (0, 0, 0, 255)), (full / 2, (176, 56, 110, 255)), (float(full), (255, 240, 190, 255)))
    return Legend(0.0, full, "CIEDE2000", stops)


def _largest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The difference of the channel that differs most, uint8 H×W."""
    return (np.maximum(a, b) - np.minimum(a, b)).max(axis=2)


def _check_same(result: np.ndarray, bicubic: np.ndarray) -> None:
    check_rgb(result, "result")
    check_rgb(bicubic, "bicubic picture")
    if result.shape != bicubic.shape:
        raise ValueError(
            f"The result is {result.shape[1]} × {result.shape[0]} pixels and the bicubic picture "
            f"{bicubic.shape[1]} × {bicubic.shape[0]}: they must be of one size."
        )
