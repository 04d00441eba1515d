"""How much detail a photograph really holds: its effective resolution, from its spectrum.

The spectrum of a sharp photograph of skin falls smoothly with frequency until the noise floor. Blur, a soft lens or an
enlargement take the fine frequencies away: from some frequency on, nothing but noise is left. That frequency says how
fine the finest detail is. It is looked for in the ring spectra of windows with contrast (`spectrum`): the highest
frequency at which the power still stands above that of the quietest windows (`noise`), which hold the noise of camera
and JPEG, not flat over frequency, and above what rounding leaves.

Strong noise can pass for detail, or hide it, and so can the blocks of a strong JPEG. Then the spectrum cannot tell how
sharp a photograph is, and the interval says so: it reaches to the detail that stands clearly above the noise.

What the estimate is worth is measured on photographs of known blur: `python -m training.analyses.resolution`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from cf_esrt.fidelity.properties import Properties, blockiness
from cf_esrt.pixels import check_rgb

WINDOW = 128
"""Side of a window in pixels."""
RINGS = 32
"""Rings of the spectrum up to the Nyquist frequency of 0.5 cycles per pixel."""
MOST_WINDOWS = 36
STEEP = 2.6
"""Exponent by which the power of sharp photographs of skin falls with frequency."""
LOST = 0.15
"""Share of the power that a sharp photograph would have, under which detail counts as lost."""
QUIET_WINDOW, MOST_QUIET, QUIET_PART = 48, 12, 8
"""Side of the windows that noise is looked for in, most of them along a side, and the part of them that is taken."""
UNSURE = (0.55, 1.45)
"""The estimate times these: the truth of 9 of 10 photographs of known enlargement without noise
(`training.analyses.resolution`)."""
CLEAR = 2.0
"""Times the noise's power, from which detail is no noise."""
NOISY = 1.5
"""The finest detail that is no noise is so many times as coarse as the estimate where noise may pass for detail."""
BLOCKY, HIDDEN_BY_BLOCKS = 0.55, 2.5
"""`properties.blockiness` from which JPEG's blocks may pass for detail; the truth may then be so many times the
estimate."""
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
    clear: float = 1.0
    """The same of the finest detail that stands clearly above the noise."""
    blocks: float = 0.0
    """How strongly JPEG's blocks stand out (`properties.blockiness`)."""

    @property
    def hidden_by(self) -> Literal["noise", "blocks"] | None:
        """What may hide detail, or pass for it, so that only the interval can be said; None: nothing."""
        if self.clear > NOISY * self.pixels:
            return "noise"
        return "blocks" if self.blocks > BLOCKY else None

    @property
    def interval(self) -> tuple[float, float]:
        """Pixels between which the truth lies for about 9 of 10 photographs of known enlargement, noise and JPEG."""
        low, high = UNSURE[0] * self.pixels, UNSURE[1] * max(self.pixels, self.clear)
        if self.hidden_by == "noise":
            low = 1.0
        elif self.hidden_by == "blocks":
            high = max(high, HIDDEN_BY_BLOCKS * self.pixels)
        return max(1.0, low), high

    @property
    def share(self) -> float:
        """Of the photograph's width, at which a sharp photograph would hold as much."""
        return 1 / self.pixels


def effective_resolution(image: np.ndarray, properties: Properties | None = None) -> EffectiveResolution | None:
    """Of an RGB uint8 ``H×W×3`` photograph; None where it is too small or too flat to tell. ValueError for others.

    ``properties``: of the photograph, where they are there, so that its blocks are not measured again.
    """
    check_rgb(image, "photograph")
    rings = spectrum(image)
    if rings is None:
        return None
    quiet = noise(image)
    blocks = blockiness(image) if properties is None else properties.blockiness
    return EffectiveResolution(_cutoff_pixels(rings, quiet), _cutoff_pixels(rings, quiet, CLEAR), blocks or 0.0)


def spectrum(image: np.ndarray) -> np.ndarray | None:
    """Mean power of luma in `RINGS` rings from 0 to 0.5 cycles per pixel, over the windows with most contrast."""
    if min(image.shape[:2]) < LEAST:
        return None
    side = min(WINDOW, *image.shape[:2])
    contrast, rings = _windows(image, side, int(math.sqrt(MOST_WINDOWS)))
    order = np.argsort(-contrast, kind="stable")
    order = order[contrast[order] >= FLAT]
    return _mean(rings[order[: max(1, len(order) // 2)]]) if len(order) else None


def noise(image: np.ndarray) -> np.ndarray:
    """The same of the windows with the least fine power: what there is without detail."""
    _, rings = _windows(image, QUIET_WINDOW, MOST_QUIET)
    order = np.argsort(rings[:, 4:].sum(axis=1), kind="stable")
    return _mean(rings[order[: max(2, len(order) // QUIET_PART)]])


def _windows(image: np.ndarray, side: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Of N windows side by side, at most so many along each side: their contrast, N, and the power in each ring,
    N×`RINGS`."""
    tops, lefts = (_starts(length, side, most) for length in image.shape[:2])
    taper, ring, counts = _rings(side)
    contrast, rings = [], []
    for top in tops:  # a row of windows at a time: all of them may be a large part of a photograph
        windows = np.stack([image[top : top + side, left : left + side] @ _LUMA for left in lefts])
        contrast.append(windows.std(axis=(1, 2)))
        waves = np.fft.rfft2((windows - windows.mean(axis=(1, 2), keepdims=True)) * taper)
        power = (waves.real**2 + waves.imag**2) / side**2
        rings += [np.bincount(ring, one.ravel(), RINGS + 1)[:RINGS] / counts for one in power]
    return np.concatenate(contrast), np.stack(rings)


@cache
def _rings(side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of a window: its taper, the ring of each place of its spectrum, and how many places a ring has (at least 1)."""
    taper = np.hanning(side)[:, None] * np.hanning(side)[None, :]
    taper /= np.sqrt((taper**2).mean())
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    ring = np.minimum((frequency / 0.5 * RINGS).astype(int), RINGS).ravel()
    return taper, ring, np.maximum(np.bincount(ring, minlength=RINGS + 1)[:RINGS], 1)


def _mean(rings: np.ndarray) -> np.ndarray:
    """Of logarithms over the windows: one bright reflex does not make it."""
    return np.exp(np.mean(np.log(np.maximum(rings, 1e-9)), axis=0))


def _starts(length: int, side: int, most: int) -> list[int]:
    count = min(most, max(1, length // side))
    return [round(start) for start in np.linspace(0, length - side, count)]


def _cutoff_pixels(rings: np.ndarray, quiet: np.ndarray, clear: float = 1.0) -> float:
    """From the power at each ring: what is left of a sharp photograph's, beyond ``clear`` times the noise."""
    frequency = (np.arange(RINGS) + 0.5) / RINGS / 2
    floor = max(float(np.min(rings[-4:])), 1 / 12)  # rounding to whole levels alone leaves a twelfth
    least = np.maximum(quiet, 1.3 * floor)
    signal = np.maximum(rings - least, 0)
    low = (frequency >= 0.03) & (frequency <= 0.09)
    level = np.exp(np.mean(np.log(np.maximum(rings[low], 1e-9)) + STEEP * np.log(frequency[low])))
    kept = signal / (level * frequency**-STEEP)
    there = np.flatnonzero((kept >= LOST) & (rings >= clear * least))
    return float(np.clip(0.5 / (frequency[there[-1]] if len(there) else frequency[0]), 1.0, 16.0))
