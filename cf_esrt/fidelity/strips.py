"""Pictures in strips, so that floats and Pillow's copies never hold a whole large one; and what a picture is here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SCALE = 4
"""How many times wider and higher a result is than the photograph it was made from."""
STRIP = 1 << 20
"""Pixels of the larger picture in one strip: some ten megabytes as float32 RGB."""


def strips(height: int, width: int, scale: int = 1, pixels: int = STRIP) -> Iterator[tuple[int, int]]:
    """(first, past the last) row of each strip, for ``height`` rows of which each stands for ``scale`` rows of
    ``scale·width`` pixels; at least 8 rows a strip, since each strip is read with some rows around it.
    """
    rows = max(8, pixels // max(1, scale * scale * width))
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def check(image: np.ndarray, name: str) -> None:
    """ValueError, with ``name`` in its sentence, unless the array is RGB uint8 H×W×3 with at least one pixel."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"The {name} must be uint8 H×W×3, not {image.dtype} {image.shape}.")


def check_pair(result: np.ndarray, original: np.ndarray) -> None:
    """ValueError unless both are pictures and the result is exactly `SCALE` times as wide and high."""
    check(result, "result")
    check(original, "original")
    height, width = original.shape[:2]
    if result.shape[:2] != (SCALE * height, SCALE * width):
        raise ValueError(
            f"The result is {result.shape[1]} × {result.shape[0]} pixels, which is not {SCALE} times "
            f"the original's {width} × {height}."
        )
