"""How much detail a photograph really holds: its effective resolution, from its spectrum.

The spectrum of a sharp photograph of skin falls smoothly with frequency until the noise floor. Blur, a soft lens or an
enlargement take the fine frequencies away: from some frequency on, nothing but noise is left. That frequency says how
fine the finest detail is. It is looked for in the ring spectrum of windows (`spectrum`): the highest frequency at which
the power still stands above the floor and above what rounding leaves.

What the estimate is worth is measured on photographs of known blur: `python -m training.analyses.resolution`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cf_esrt.pixels import check_rgb

WINDOW = 128
"""Side of a window in pixels."""
RINGS = 32
"""Rings of the spectrum up to the Nyquist frequency of 0.5 cycles per pixel."""
MOST_WINDOWS = 36
STEEP = 2.6
"""Exponent by which the power of sharp photographs of skin falls with frequency."""
LOST = 0.12
"""Share of the power that a sharp photograph would have, under which detail counts as lost."""
FLAT = 2.0
"""Standard deviation in levels under which a window holds nothing to measure."""
LEAST = 64
"""Shorter side in pixels under which nothing is said."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class EffectiveResolution:
    """The finest detail of a photograph."""

    pixels: float
    """Pixels that a sharp photograph would need one for; 1: sharp to the pixel."""

    @property
    def share(self) -> float:
        """Of the photograph's width, at which a sharp photograph would hold as much."""
        return 1 / self.pixels


def effective_resolution(image: np.ndarray) -> EffectiveResolution | None:
    """Of an RGB uint8 ``H×W×3`` photograph; None where it is too small or too flat to tell. ValueError for others."""
    check_rgb(image, "photograph")
    rings = spectrum(image)
    if rings is None:
        return None
    return EffectiveResolution(_cutoff_pixels(rings))


def spectrum(image: np.ndarray) -> np.ndarray | None:
    """Mean power of luma in `RINGS` rings from 0 to 0.5 cycles per pixel, over the windows with most contrast."""
    if min(image.shape[:2]) < LEAST:
        return None
    side = min(WINDOW, *image.shape[:2])
    tops, lefts = (_starts(length, side) for length in image.shape[:2])
    taper = np.hanning(side)[:, None] * np.hanning(side)[None, :]
    taper /= np.sqrt((taper**2).mean())
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    ring = np.minimum((frequency / 0.5 * RINGS).astype(int), RINGS)
    counts = np.bincount(ring.ravel(), minlength=RINGS + 1)
    found = []
    for top in tops:
        for left in lefts:
            window = image[top : top + side, left : left + side] @ _LUMA
            contrast = float(window.std())
            if contrast >= FLAT:
                power = np.abs(np.fft.rfft2((window - window.mean()) * taper)) ** 2 / side**2
                found.append((contrast, np.bincount(ring.ravel(), power.ravel(), RINGS + 1) / np.maximum(counts, 1)))
    if not found:
        return None
    found.sort(key=lambda one: -one[0])
    best = [rings for _, rings in found[: max(1, len(found) // 2)]]
    return np.exp(np.mean(np.log(np.maximum(best, 1e-9)), axis=0))[:RINGS]


def _starts(length: int, side: int) -> list[int]:
    count = min(int(math.sqrt(MOST_WINDOWS)), max(1, length // side))
    return [round(start) for start in np.linspace(0, length - side, count)]


def _cutoff_pixels(rings: np.ndarray) -> float:
    """From the power at each ring: what is left of a sharp photograph's, beyond the floor."""
    frequency = (np.arange(RINGS) + 0.5) / RINGS / 2
    floor = max(float(np.min(rings[-4:])), 1 / 12)  # rounding to whole levels alone leaves a twelfth
    signal = np.maximum(rings - 1.5 * floor, 0)
    low = (frequency >= 0.03) & (frequency <= 0.09)
    level = np.exp(np.mean(np.log(np.maximum(rings[low], 1e-9)) + STEEP * np.log(frequency[low])))
    kept = signal / (level * frequency**-STEEP)
    there = np.flatnonzero(kept >= LOST)
    return float(np.clip(0.5 / (frequency[there[-1]] if len(there) else frequency[0]), 1.0, 16.0))
