"""Even, overlapping, blended tiles: where they lie, how they are weighted, and their sum, band by band."""

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

        Over all tiles they sum to one at every pixel.
        """
        windows = []
        for index, start in enumerate(self.starts):
            position = np.arange(self.size * scale, dtype=np.float64) + 0.5
            weight = np.ones_like(position)
            if index > 0:
                overlap = (self.starts[index - 1] + self.size - start) * scale
                weight *= np.clip(position / overlap, 0, 1)
            if index + 1 < len(self.starts):
                overlap = (start + self.size - self.starts[index + 1]) * scale
                weight *= np.clip((self.size * scale - position) / overlap, 0, 1)
            windows.append(weight)
        total = np.zeros(self.length * scale)
        for start, weight in zip(self.starts, windows, strict=True):
            total[start * scale :][: weight.size] += weight
        return [
            (weight / total[start * scale :][: weight.size]).astype(np.float32)
            for start, weight in zip(self.starts, windows, strict=True)
        ]


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
