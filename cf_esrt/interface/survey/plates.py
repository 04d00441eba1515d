"""Plates of coloured dots with a digit in them, after Ishihara's idea: a look at how colours arrive. No medical test.

Digit and ground differ along a confusion line of one kind of cone, through the white point and the copunctal point
(Wyszecki and Stiles 1982, table 5.14.2), at one luminance, which jitters from dot to dot so that it tells nothing. The
first plate differs in luminance alone: everybody reads it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cf_esrt.survey.errors import Refused
from cf_esrt.survey.survey import Survey

SIDE = 260
"""Width and height of a plate in pixels."""
_WHITE = np.array((0.3127, 0.3290))  # D65
_TO_LINEAR_SRGB = np.array(
    ((3.2406, -1.5372, -0.4986), (-0.9689, 1.8758, 0.0415), (0.0557, -0.2040, 1.0570))
)  # IEC 61966-2-1
_LUMINANCE, _JITTER = 0.30, 0.22
_SMALLEST, _LARGEST, _GAP = 3.2, 8.5, 1.2
_GROUND = 232


@dataclass(frozen=True)
class Axis:
    """What digit and ground of a plate differ in."""

    name: str
    copunctal: tuple[float, float] | None
    """CIE xy; None: luminance."""
    step: float
    """From white to each side, in xy; for luminance, its share."""


AXES = (
    Axis("control", None, 0.55),
    Axis("protan", (0.747, 0.253), 0.055),
    Axis("deutan", (1.400, -0.400), 0.055),
    Axis("tritan", (0.171, 0.000), 0.055),
)
"""The plates, in the order in which they are shown."""


def find(survey: Survey, rater: str, number: str) -> tuple[int, int, int]:
    """(axis, digit, seed) of a rater's plate of that number; Refused where there is none."""
    if number not in {str(place) for place in range(len(AXES))}:
        raise Refused("There is no such plate.")
    chance = survey.chance("plate", rater, number)
    return int(number), chance % 10, chance // 10 % 2**32


@lru_cache(maxsize=64)
def draw(axis: int, digit: int, seed: int) -> bytes:
    """The plate as a PNG."""
    rng = np.random.default_rng(seed)
    scale = 4
    canvas = Image.new("RGB", (SIDE * scale, SIDE * scale), (_GROUND,) * 3)
    pen = ImageDraw.Draw(canvas)
    inside = _digit(digit)
    flip = rng.choice((-1, 1))  # whether the digit is the redder or the greener one
    dots = _dots(rng)
    within = np.array([inside[int(y), int(x)] for x, y, _ in dots])
    jitter = np.empty(len(dots))
    for part in (within, ~within):  # the same levels in digit and ground
        jitter[part] = rng.permutation(np.linspace(-1, 1, part.sum()))
    for (x, y, radius), is_digit, level in zip(dots, within, jitter, strict=True):
        colour = _colour(AXES[axis], flip if is_digit else -flip, float(level))
        pen.ellipse([scale * one for one in (x - radius, y - radius, x + radius, y + radius)], fill=colour)
    out = io.BytesIO()
    canvas.resize((SIDE, SIDE), Image.Resampling.BOX).save(out, "PNG")
    return out.getvalue()


def _digit(digit: int) -> np.ndarray:
    mask = Image.new("L", (SIDE, SIDE), 0)
    font = ImageFont.load_default(round(0.86 * SIDE))
    ImageDraw.Draw(mask).text((SIDE / 2, SIDE / 2), str(digit), fill=255, font=font, anchor="mm", stroke_width=5)
    return np.asarray(mask) > 127


def _dots(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """(x, y, radius) of dots that do not touch, inside a circle: large ones first, small ones into what is left."""
    placed = np.empty((0, 3))
    for x, y in rng.uniform(0, SIDE, (6000, 2)):
        room = SIDE / 2 - 2 - np.hypot(x - SIDE / 2, y - SIDE / 2)
        if len(placed):
            room = min(room, (np.hypot(placed[:, 0] - x, placed[:, 1] - y) - placed[:, 2]).min() - _GAP)
        if room >= _SMALLEST:
            placed = np.vstack((placed, (x, y, min(room, rng.uniform(_SMALLEST, _LARGEST)))))
    return [(float(x), float(y), float(radius)) for x, y, radius in placed]


def _colour(axis: Axis, side: int, jitter: float) -> tuple[int, int, int]:
    """sRGB of a dot: ``side`` is -1 or 1, ``jitter`` from -1 to 1."""
    luminance, place = _LUMINANCE * (1 + _JITTER * jitter), _WHITE
    if axis.copunctal is None:
        luminance = _LUMINANCE * (1 + 0.3 * _JITTER * jitter) * (1 + axis.step * side)
    else:
        away = np.array(axis.copunctal) - _WHITE
        place = _WHITE + side * axis.step * away / np.hypot(*away)
    x, y = place
    linear = _TO_LINEAR_SRGB @ (np.array((x / y, 1.0, (1 - x - y) / y)) * luminance)
    linear = np.clip(linear, 0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(255 * coded).astype(int).tolist()
    return red, green, blue
