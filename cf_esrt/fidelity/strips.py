"""Pictures in strips, so that floats and Pillow's copies never hold a whole large one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cf_esrt.pixels import SCALE, check_rgb

STRIP = 1 << 20
"""Pixels of the larger picture in one strip: some ten megabytes as float32 RGB."""


def strips(height: int, width: int, scale: int = 1, pixels: int = STRIP) -> Iterator[tuple[int, int]]:
    """(first, past the last) row of each strip, for ``height`` rows of which each stands for ``scale`` rows of
    ``scale·width`` pixels; at least 8 rows a strip, since each strip is read with some rows around it.
    """
    rows = max(8, pixels // max(1, scale * scale * width))
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def check_pair(result: np.ndarray, original: np.ndarray) -> None:
    """ValueError unless both are pictures and the result is exactly `SCALE` times as wide and high."""
    check_rgb(result, "result")
    check_rgb(original, "original")
    height, width = original.shape[:2]
    if result.shape[:2] != (SCALE * height, SCALE * width):
        raise ValueError(
            f"The result is {result.shape[1]} × {result.shape[0]} pixels, which is not {SCALE} times "
            f"the original's {width} × {height}."
        )
