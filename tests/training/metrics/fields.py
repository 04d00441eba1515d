"""Drawn pictures of skin whose dots, lines and grain are known."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

SKIN = (200, 160, 140)


def skin(grey: np.ndarray) -> np.ndarray:
    """RGB uint8 of a field in grey levels around 0, added to the colour of skin."""
    return np.clip(np.rint(np.array(SKIN) + grey[..., None]), 0, 255).astype(np.uint8)


def places(side: int, count: int, seed: int, apart: int = 12) -> np.ndarray:
    """``count`` places (y, x), inside, no two nearer than ``apart`` pixels."""
    random = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    while len(found) < count:
        place = random.integers(14, side - 14, 2)
        if all(np.abs(place - other).max() >= apart for other in found):
            found.append(place)
    return np.array(found)


def dots(side: int, at: np.ndarray, depth: float = 60, sigma: float = 1.6) -> np.ndarray:
    """Dark blobs at these places, in grey levels."""
    field = np.zeros((side, side))
    field[at[:, 0], at[:, 1]] = -depth * 2 * np.pi * sigma**2
    return ndimage.gaussian_filter(field, sigma)


def lines(side: int, columns: np.ndarray, depth: float = 40, sigma: float = 1.4) -> np.ndarray:
    """Dark upright lines in these columns."""
    field = np.zeros((side, side))
    field[:, columns] = -depth * np.sqrt(2 * np.pi) * sigma
    return ndimage.gaussian_filter1d(field, sigma, axis=1)


def grain(side: int, level: float, seed: int, sigma: float = 0.8) -> np.ndarray:
    """Noise of that RMS in grey levels, a little smooth."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), sigma)
    return level * noise / noise.std()


def mesh(side: int, step: int = 6, depth: float = 14) -> np.ndarray:
    """Faint dots on a grid: fish scales."""
    inside = np.arange(8, side - 8, step)
    at = np.stack(np.meshgrid(inside, inside, indexing="ij"), -1).reshape(-1, 2)
    return dots(side, at, depth, 1.3)
