"""Comparison grids: pictures of several methods side by side, and below each the same detail, enlarged.

Every picture is placed on whole pixels of the PNG file, and a detail's pixels are repeated a whole number of times,
so that what is seen is what was reconstructed: nothing is interpolated in drawing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

DPI = 200
#: Greatest side of a panel in pixels of the PNG file.
PANEL = 256
_GAP, _MARGIN, _LINE = 8, 16, 26
_SIZE = 6.5
"""Of the letters, in points; a line takes `_LINE` pixels."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of a 4H×4W picture; on multiples of 4, so that the input has the same detail."""

    left: int
    top: int
    width: int
    height: int

    def of(self, image: np.ndarray, scale: int = 1) -> np.ndarray:
        """The detail of an H×W×3 picture that is ``scale`` times smaller."""
        left, top = self.left // scale, self.top // scale
        return image[top : top + self.height // scale, left : left + self.width // scale]

    def check(self, height: int, width: int) -> None:
        """ValueError unless it lies inside, on multiples of 4, from 32 to `PANEL` pixels a side."""
        values = (self.left, self.top, self.width, self.height)
        inside = self.left + self.width <= width and self.top + self.height <= height and min(values) >= 0
        sides = (self.width, self.height)
        if not inside or any(v % 4 for v in values) or min(sides) < 32 or max(sides) > PANEL:
            raise ValueError(
                f"The detail box {' '.join(map(str, values))} does not fit: it must lie inside {width} × {height}, on "
                f"multiples of 4, with sides from 32 to {PANEL} pixels."
            )


def central_box(height: int, width: int) -> Box:
    """The middle of a picture: 64 pixels each way (128 of a picture from 1024 on), or as many as there are."""
    shorter = min(height, width)
    side = min(PANEL // 4 if shorter < 4 * PANEL else PANEL // 2, shorter // 4 * 4)
    return Box((width - side) // 8 * 4, (height - side) // 8 * 4, side, side)


@dataclass(frozen=True)
class Panel:
    """One method's picture of a photograph, and what is written under its detail."""

    title: str
    image: np.ndarray
    """RGB uint8."""
    detail: np.ndarray
    """RGB uint8; the box's part of the picture."""
    scale: int = 1
    """How many times smaller the picture is than the box's pixels say: 4 for the input."""
    caption: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    box: Box
    panels: tuple[Panel, ...]


def enlarged(image: np.ndarray, side: int = PANEL) -> np.ndarray:
    """Each pixel repeated as often, a whole number of times, as both sides stay within ``side``."""
    factor = max(1, side // max(image.shape[:2]))
    return image.repeat(factor, 0).repeat(factor, 1)


def fitted(image: np.ndarray, side: int = PANEL) -> np.ndarray:
    """`enlarged`, or shrunk to ``side`` (Lanczos) where the picture is larger."""
    if max(image.shape[:2]) <= side:
        return enlarged(image, side)
    factor = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.array(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))


def draw(rows: Sequence[Row], footer: str) -> Figure:
    """Titles above, one pair of lines (pictures, details with captions) a row, the footer below."""
    columns = max(len(row.panels) for row in rows)
    width = 2 * _MARGIN + columns * PANEL + (columns - 1) * _GAP
    footer_lines = textwrap.wrap(footer, max(30, width // 10 - 4))
    bottom = (len(footer_lines) + 1) * _LINE
    heights = [_heights(row) for row in rows]
    height = 2 * _MARGIN + _LINE + bottom + sum(first + second + 2 * _GAP + 3 * _LINE for first, second in heights)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")

    def place(image: np.ndarray, left: int, top: int) -> None:
        tall, wide = image.shape[:2]
        axes = figure.add_axes((left / width, 1 - (top + tall) / height, wide / width, tall / height))
        axes.imshow(image, interpolation="none", aspect="auto")
        axes.set_axis_off()

    def write(text: str, left: float, top: float, align: str, *, weight: str = "normal", color: str = "black") -> None:
        place = (left / width, 1 - top / height)
        figure.text(*place, text, fontsize=_SIZE, va="top", ha=align, weight=weight, color=color)

    top = _MARGIN
    for column, panel in enumerate(rows[0].panels):
        write(panel.title, _MARGIN + column * (PANEL + _GAP) + PANEL / 2, top, "center", weight="bold")
    top += _LINE + _GAP
    for row, (first, second) in zip(rows, heights, strict=True):
        for column, panel in enumerate(row.panels):
            left = _MARGIN + column * (PANEL + _GAP)
            shown, detail = fitted(panel.image), enlarged(panel.detail)
            place(shown, left + (PANEL - shown.shape[1]) // 2, top)
            _outline(figure, row.box, shown.shape[1] / (panel.image.shape[1] * panel.scale))
            place(detail, left + (PANEL - detail.shape[1]) // 2, top + first + _GAP)
            write(panel.caption, left + PANEL / 2, top + first + second + 1.5 * _GAP, "center")
        top += first + second + _GAP + _LINE
        write(row.name, _MARGIN, top + 0.5 * _GAP, "left", color="0.35")
        top += 2 * _LINE + _GAP
    for number, line in enumerate(footer_lines):
        write(line, _MARGIN, height - bottom + number * _LINE, "left")
    return figure


def _heights(row: Row) -> tuple[int, int]:
    wholes = max(fitted(panel.image).shape[0] for panel in row.panels)
    return wholes, max(enlarged(panel.detail).shape[0] for panel in row.panels)


def _outline(figure: Figure, box: Box, factor: float) -> None:
    """The box on the picture that was placed last; ``factor``: pixels shown per pixel of the box."""
    corner = (box.left * factor - 0.5, box.top * factor - 0.5)
    for colour, line in (("black", 1.2), ("white", 0.6)):  # seen on dark and on light skin
        figure.axes[-1].add_patch(
            Rectangle(corner, box.width * factor, box.height * factor, fill=False, edgecolor=colour, linewidth=line)
        )
