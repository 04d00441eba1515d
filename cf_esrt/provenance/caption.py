"""The caption strip: below the picture, outside its pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from cf_esrt.provenance.text_drawing import LINE, draw_lines, wrap

MIN_FONT_SIZE = 14
"""Size of the smallest letters, in pixels."""
WIDTH_IN_LETTERS = 72
"""A picture's width in sizes of its letters: shown on a screen's width, a wide picture's strip reads like text."""
MIN_WIDTH = 360
"""Pixels that a line of text needs; a narrower picture gets a margin on its right."""
PAPER, INK = "#f5f5f5", "#161616"


def font_size(width: int) -> int:
    """Size of the strip's letters in pixels under a picture of that width."""
    return max(MIN_FONT_SIZE, round(width / WIDTH_IN_LETTERS))


def with_caption(pixels: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """The picture (RGB uint8 ``H×W×3``) at the upper left corner, unchanged, with the lines below it.

    The first line is a heading. Gives RGB uint8, at least `MIN_WIDTH` wide. ValueError without lines.
    """
    if not lines:
        raise ValueError("A caption strip needs a line.")
    height, width = pixels.shape[:2]
    size, across = font_size(width), max(width, MIN_WIDTH)
    heading, margin = round(1.3 * size), size
    parts = [(wrap(line, wanted, across - 2 * margin), wanted)
             for line, wanted in zip(lines, [heading] + [size] * len(lines), strict=False)]  # fmt: skip
    tall = sum(len(part) * round(LINE * wanted) for part, wanted in parts) + 2 * margin
    strip = Image.new("RGB", (across, tall), PAPER)
    draw = ImageDraw.Draw(strip)
    draw.rectangle((0, 0, across, max(1, size // 8) - 1), fill=INK)
    top = margin
    for part, wanted in parts:
        top += draw_lines(draw, (margin, top), part, wanted, INK)
    drawn = np.asarray(strip)
    out = np.empty((height + tall, across, 3), np.uint8)
    out[:] = drawn[-1, -1]
    out[:height, :width] = pixels
    out[height:] = drawn
    return out
