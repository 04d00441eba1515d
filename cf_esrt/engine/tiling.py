"""Even, overlapping, blended tiles: where they lie, how they are weighted, and their sum, band by band.

Two kinds, for two kinds of network. One whose output depends on the whole tile (attention, pooled gates) has no exact
tiling: its tiles overlap and are blended (`Plan`, `Canvas`). One with a finite receptive field has: each tile is run
with the context it can see, which is cut off again (`with_context`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axis:
    """The tiles along one axis: all of one size, evenly spaced, first at 0, last at the end."""

    length: int
    size: int
    starts: tuple[int, ...]

    def windows(self, scale: int) -> list[np.ndarray]:
        """Blending weights of each tile at ``scale`` times its size, float32: linear ramps where tiles overlap.

        A quarter of the overlap at a tile's own edge counts for nothing: there the network saw padding where the
        picture goes on. Over all tiles the weights sum to one at every pixel.
        """
        windows = []
        for index, start in enumerate(self.starts):
            position = np.arange(self.size * scale, dtype=np.float64) + 0.5
            weight = np.ones_like(position)
            if index > 0:
                overlap = (self.starts[index - 1] + self.size - start) * scale
                weight *= _ramp(position, overlap)
            if index + 1 < len(self.starts):
                overlap = (start + self.size - self.starts[index + 1]) * scale
                weight *= _ramp(self.size * scale - position, overlap)
            windows.append(weight)
        total = np.zeros(self.length * scale)
        for start, weight in zip(self.starts, windows, strict=True):
            total[start * scale :][: weight.size] += weight
        return [
            (weight / total[start * scale :][: weight.size]).astype(np.float32)
            for start, weight in zip(self.starts, windows, strict=True)
        ]


def _ramp(distance: np.ndarray, overlap: int) -> np.ndarray:
    """0 up to a quarter of the overlap from the tile's edge, 1 from three quarters on."""
    return np.clip((distance - overlap / 4) / (overlap / 2), 0, 1)


def plan_axis(length: int, tile: int, overlap: int) -> Axis:
    """The fewest tiles of at most ``tile`` that cover ``length`` with at least ``overlap`` shared.

    They are made equal, and even-numbered in pixels where that fits, so that no tile is a narrow rest.
    ValueError unless 0 < overlap < tile and length ≥ 1.
    """
    if not 0 < overlap < tile or length < 1:
        raise ValueError(f"Tiles of {tile} with an overlap of {overlap} cannot cover {length} pixels.")
    if length <= tile:
        return Axis(length, length, (0,))
    count = math.ceil((length - overlap) / (tile - overlap))
    size = math.ceil((length + (count - 1) * overlap) / count)
    size = min(size + size % 2, length)
    starts = tuple(round(index * (length - size) / (count - 1)) for index in range(count))
    return Axis(length, size, starts)


@dataclass(frozen=True)
class Plan:
    """All tiles of a picture, in row-major order."""

    rows: Axis
    columns: Axis

    @classmethod
    def of(cls, height: int, width: int, tile: int, overlap: int) -> Plan:
        return cls(plan_axis(height, tile, overlap), plan_axis(width, tile, overlap))

    def __len__(self) -> int:
        return len(self.rows.starts) * len(self.columns.starts)

    def __iter__(self) -> Iterator[tuple[slice, slice]]:
        """(rows, columns) of each tile in the input."""
        for top in self.rows.starts:
            for left in self.columns.starts:
                yield slice(top, top + self.rows.size), slice(left, left + self.columns.size)


class Canvas:
    """Sums weighted tiles, in the plan's order, into an 8-bit picture of ``scale`` times the plan's size.

    Only the band of tiles at work is kept in floating point: memory beyond the picture grows with its width alone.
    """

    def __init__(self, plan: Plan, scale: int) -> None:
        self.plan, self.scale = plan, scale
        self.picture = np.empty((plan.rows.length * scale, plan.columns.length * scale, 3), np.uint8)
        self._band = np.zeros((plan.rows.size * scale, plan.columns.length * scale, 3), np.float32)
        self._row_windows, self._column_windows = plan.rows.windows(scale), plan.columns.windows(scale)
        self._next = 0

    def add(self, tile: np.ndarray) -> None:
        """The next tile in order: float32 scale·h × scale·w × 3 in 0..1."""
        columns = len(self.plan.columns.starts)
        row, column = divmod(self._next, columns)
        left = self.plan.columns.starts[column] * self.scale
        weight = np.outer(self._row_windows[row], self._column_windows[column])[..., None]
        self._band[:, left : left + tile.shape[1]] += weight * tile
        self._next += 1
        if column + 1 == columns:
            self._flush(row)

    def _flush(self, row: int) -> None:
        """Write the lines that no later band touches, and move the others up."""
        starts = self.plan.rows.starts
        top = starts[row] * self.scale
        last = row + 1 == len(starts)
        done = self._band.shape[0] if last else (starts[row + 1] - starts[row]) * self.scale
        np.clip(np.rint(self._band[:done] * 255), 0, 255, out=self._band[:done])
        self.picture[top : top + done] = self._band[:done]
        if not last:
            kept = self._band.shape[0] - done
            self._band[:kept] = self._band[done:].copy()
            self._band[kept:] = 0


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture: what is run (``seen``), what is kept of it (``kept``), and where that goes."""

    seen: tuple[slice, slice]
    kept: tuple[slice, slice]
    """Within what was run."""
    target: tuple[slice, slice]
    """Within the picture."""


def with_context(height: int, width: int, core: int, halo: int) -> list[Window]:
    """Windows whose cores of at most core×core cover the picture once, each run with ``halo`` pixels around it.

    Multiples of ``halo``'s and ``core``'s common step stay multiples, so that a network that pools by that step sees
    every window on the same grid as the whole picture. ValueError unless core and halo are multiples of 4.
    """
    if core % 4 or halo % 4 or core < 4:
        raise ValueError(f"Cores of {core} with a halo of {halo} do not keep a grid of 4 pixels.")
    rows, columns = _spans(height, core, halo), _spans(width, core, halo)
    return [Window((row[0], column[0]), (row[1], column[1]), (row[2], column[2])) for row in rows for column in columns]


def _spans(length: int, core: int, halo: int) -> list[tuple[slice, slice, slice]]:
    spans = []
    for start in range(0, length, core):
        stop = min(start + core, length)
        first, last = max(0, start - halo), min(length, stop + halo)
        spans.append((slice(first, last), slice(start - first, stop - first), slice(start, stop)))
    return spans
