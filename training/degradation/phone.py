"""Inputs like a phone's photographs, through the camera's own steps: optics, mosaic, noise, demosaicking, denoising,
sharpening, tone, JPEG; for some a digital zoom before that, and a messenger after it.

Pictures are "unprocessed" to a linear raw image and developed again (Brooks et al. 2019, "Unprocessing images for
learned raw denoising"), so that noise enters before the mosaic, where a sensor has it, and leaves it smeared over
neighbours and channels, as the noise of `training.degradation.clinical` is not. Tone and white balance go back as they
came: the input keeps the truth's colours. With these ranges the median spectrum of the inputs is within 0.4 of a decade
of that of PAD-UFES-20's photographs at every ring (`python -m training.analyses.camera_match`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from training.degradation.bicubic import SCALE
from training.degradation.jpeg import compress_on_grid

Range = tuple[float, float]
ENLARGING = (cv2.INTER_CUBIC, cv2.INTER_LANCZOS4, cv2.INTER_LINEAR)


@dataclass(frozen=True)
class Phone:
    """Ranges from which each picture's walk is drawn, uniformly unless said otherwise. Lengths are in input pixels."""

    sharp: float = 0.6
    """Share of lenses that are in focus: a Gaussian of 0.1 to 0.45 px alone."""
    defocus: Range = (0.3, 1.0)
    """Radius of the disc of a lens out of focus; a disc's standard deviation is half its radius."""
    moved: float = 0.15
    """Chance of motion on top."""
    motion: Range = (0.7, 4.0)
    """Length of the hand's straight way while the shutter was open."""
    zoomed: float = 0.25
    """Chance that the true resolution is below the pixel grid: digital zoom, or a picture that was enlarged."""
    zoom: Range = (0.45, 0.95)
    """Sensor pixels for an input pixel, along a side, then."""
    shrunk: float = 0.4
    """Chance that the sensor has more pixels than the input, and the picture was made smaller afterwards."""
    larger: Range = (1.2, 3.0)
    """Sensor pixels for an input pixel, along a side, then; `SCALE` at the most is known."""
    photons: Range = (1e2, 5e3)
    """Electrons that make full white, log-uniform: shot noise. Phones indoors to phones by daylight."""
    read_noise: Range = (0.0, 0.004)
    """Standard deviation of the signal-independent noise over full white, in the linear raw image."""
    red: Range = (1.6, 2.4)
    blue: Range = (1.4, 2.2)
    """White balance gains over green's (Brooks et al. 2019: 1.9 to 2.4 and 1.5 to 1.9)."""
    denoising: Range = (0.0, 0.5)
    """Strength of the bilateral denoising over the noise that is there."""
    chroma: Range = (0.5, 3.0)
    """Standard deviation of the Gaussian over chroma, sensor pixels: phones denoise colour far more than luma."""
    sharpening: Range = (0.5, 2.5)
    """Amount of the unsharp mask of `radius`; phones sharpen more than cameras, with halos."""
    radius: Range = (0.5, 1.8)
    quality: tuple[int, int] = (80, 98)
    """JPEG quality of the phone, 4:2:0, at the input's own size and grid."""
    sent: float = 0.2
    """Chance of a messenger or an upload that compresses again."""
    sent_quality: tuple[int, int] = (60, 85)
    cropped: float = 0.4
    """Chance that a crop moved the JPEG's grid before the picture reached us."""


def photograph(truth: np.ndarray, random: np.random.Generator, ranges: Phone | None = None) -> np.ndarray:
    """Float32 RGB 4H×4W×3 in 0..1 → float32 H×W×3 on 8-bit levels; every choice comes from ``random``."""
    ranges = ranges or Phone()
    height, width = (side // SCALE for side in truth.shape[:2])
    seen = _optics(truth, random, ranges)
    pixels = 1.0
    if random.uniform() < ranges.zoomed:
        pixels = random.uniform(*ranges.zoom)
    elif random.uniform() < ranges.shrunk:
        pixels = random.uniform(*ranges.larger)
    size = tuple(max(8, 2 * round(side * pixels / 2)) for side in (width, height))
    raw = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    picture = _develop(raw, random, ranges)
    if picture.shape[:2] != (height, width):
        way = cv2.INTER_AREA if pixels > 1 else ENLARGING[random.integers(len(ENLARGING))]
        picture = cv2.resize(picture, (width, height), interpolation=way)
    return _store(picture.clip(0, 1), random, ranges)


def _optics(truth: np.ndarray, random: np.random.Generator, ranges: Phone) -> np.ndarray:
    """Lens and hand, in linear light: a blur of brightness as the sensor sees it."""
    light = truth**2.2
    if random.uniform() < ranges.sharp:
        light = cv2.GaussianBlur(light, (0, 0), SCALE * random.uniform(0.1, 0.45), borderType=cv2.BORDER_REFLECT_101)
    else:
        radius = SCALE * random.uniform(*ranges.defocus)
        reach = math.ceil(radius)
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        light = _convolve(light, np.clip(radius + 0.5 - np.hypot(x, y), 0, 1))
    if random.uniform() < ranges.moved:
        light = _convolve(light, _way(SCALE * random.uniform(*ranges.motion), random.uniform(0, np.pi)))
    return light.clip(0, 1) ** (1 / 2.2)


def _convolve(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return cv2.filter2D(picture, -1, (kernel / kernel.sum()).astype(np.float32), borderType=cv2.BORDER_REFLECT_101)


def _way(length: float, angle: float) -> np.ndarray:
    """A straight line of that length as a kernel, with soft ends and sides."""
    reach = math.ceil(length / 2) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.clip(1 - np.abs(across), 0, 1) * np.clip(length / 2 + 0.5 - np.abs(along), 0, 1)


def _develop(picture: np.ndarray, random: np.random.Generator, ranges: Phone) -> np.ndarray:
    """Unprocess to raw, mosaic, add noise, and develop again. RGB float32 of even sides in 0..1, and so it returns."""
    gains = np.array([random.uniform(*ranges.red), 1, random.uniform(*ranges.blue)], np.float32)
    linear = _untone(picture) ** np.float32(2.2) / gains
    height, width = picture.shape[:2]
    channel = np.array([[0, 1], [1, 2]])[np.arange(height)[:, None] % 2, np.arange(width)[None] % 2]  # RGGB
    raw = np.take_along_axis(linear, channel[..., None], 2)[..., 0]
    photons = np.exp(random.uniform(*np.log(ranges.photons)))
    variance = raw / np.float32(photons) + np.float32(random.uniform(*ranges.read_noise) ** 2)
    raw = raw + np.sqrt(variance) * random.standard_normal(raw.shape, np.float32)
    levels = (raw.clip(0, 1) * 65535).round().astype(np.uint16)
    way = (cv2.COLOR_BayerRGGB2RGB_EA, cv2.COLOR_BayerRGGB2RGB)[random.integers(2)]
    colour = cv2.cvtColor(levels, way).astype(np.float32) / 65535
    developed = (colour * gains).clip(0, 1) ** np.float32(1 / 2.2)
    noise = float(np.sqrt(variance.mean())) * 2.2 / max(float(developed.mean()), 0.1)
    return _tone(_sharpen(_denoise(developed, noise, random, ranges), random, ranges).clip(0, 1))


def _denoise(picture: np.ndarray, noise: float, random: np.random.Generator, ranges: Phone) -> np.ndarray:
    luma, *chroma = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
    strength = 2 * noise * random.uniform(*ranges.denoising)
    luma = cv2.bilateralFilter(luma, 5, max(strength, 1e-3), 1.5)
    sigma = random.uniform(*ranges.chroma)
    chroma = [cv2.GaussianBlur(one, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101) for one in chroma]
    return cv2.cvtColor(cv2.merge([luma, *chroma]), cv2.COLOR_YCrCb2RGB)


def _sharpen(picture: np.ndarray, random: np.random.Generator, ranges: Phone) -> np.ndarray:
    soft = cv2.GaussianBlur(picture, (0, 0), random.uniform(*ranges.radius), borderType=cv2.BORDER_REFLECT_101)
    return picture + np.float32(random.uniform(*ranges.sharpening)) * (picture - soft)


def _tone(picture: np.ndarray) -> np.ndarray:
    """The smoothstep curve that Brooks et al. take for a phone's."""
    return (3 - 2 * picture) * picture**2


def _untone(picture: np.ndarray) -> np.ndarray:
    """Its inverse."""
    return np.float32(0.5) - np.sin(np.arcsin(1 - 2 * picture.clip(0, 1)) / np.float32(3))


def _store(picture: np.ndarray, random: np.random.Generator, ranges: Phone) -> np.ndarray:
    """JPEG at the input's own size, once or twice; RGB float32 in 0..1."""
    qualities = [random.integers(*ranges.quality, endpoint=True)]
    if random.uniform() < ranges.sent:
        qualities.append(random.integers(*ranges.sent_quality, endpoint=True))
    for quality in qualities:
        top, left = random.integers(0, 8, 2) * (random.uniform() < ranges.cropped)
        picture = compress_on_grid(picture, int(quality), int(top), int(left))
    return np.ascontiguousarray(picture)
