"""Inputs like a clinic's photographs: blur, resizing, noise and JPEG in random order, shrinking, then what a camera
does to the pixels that it stores: noise, sharpening and JPEG at the input's own size.

After the shuffled degradation of Zhang et al. 2021 ("Designing a Practical Degradation Model for Deep Blind Image
Super-Resolution", BSRGAN, section 3, which ends with JPEG too) and the second-order one of Wang et al. 2021
("Real-ESRGAN", section 3 and its published training options). Ranges are narrower than theirs: a dermatologist's
photographs are better than any picture from anywhere, and harsher inputs teach a network to smooth skin away.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from torch import Tensor

from training.degradation import phone
from training.degradation.bicubic import SCALE, resize, to_eight_bits
from training.degradation.jpeg import compress, compress_on_grid

Range = tuple[float, float]
REACH = 3
"""Standard deviations from the middle of a blur kernel to its rim."""
RESIZERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
"""Area, bilinear and bicubic, one of them drawn; without antialiasing but for area, as in both papers."""


@dataclass(frozen=True)
class Clinical:
    """Ranges from which each picture's degradation is drawn, uniformly unless said otherwise."""

    clean: float = 0.1
    """Share of inputs that are only shrunk, 0..1, so that a clean photograph is not smoothed."""
    phones: float = 0.0
    """Share of the other inputs that go through a phone's pipeline (`training.degradation.phone`) instead of what
    follows here, 0..1."""
    disturbance: float = 0.5
    """Chance that the resizing, the noise and the JPEG before shrinking take part, each for itself, 0..1. BSRGAN leaves
    each out with a chance of 0.25 to 0.5; what lasts through the shrinking is little."""
    blurred: float = 0.8
    """Chance of the blur, 0..1."""
    blur: Range = (0.1, 2.8)
    """Standard deviation along each axis of the Gaussian kernel, in pixels of the ground truth, from above 0 up. Zhang
    et al. for ×4: 0.1 to 2.8 (isotropic), variances up to 8 (anisotropic); Wang et al.: 0.2 to 3."""
    isotropic: float = 0.6
    """Share of kernels with both axes alike, 0..1; the others are turned by any angle. Zhang et al.: 0.5."""
    scale: Range = (0.25, 1.0)
    """Size of the resized picture over the ground truth's, 1/4 (the input's own size) to 1. Zhang et al.: down to 1/8
    and up to 2; Wang et al.: 0.15 to 1.5; left out here since what follows would be lost, or nearly so."""
    noise: Range = (0.0, 6.0)
    """Standard deviation of the signal-independent noise before shrinking, in 8-bit levels from 0 up. Zhang et al.: 1
    to 25; Wang et al.: 1 to 30, much noisier than a phone's photograph by daylight."""
    photons: Range = (1e3, 1e5)
    """Photons that make full white, log-uniform: the signal-dependent noise has variance x / photons at brightness x in
    0..1. Zhang et al.'s code: 10² to 10⁴."""
    grey: float = 0.4
    """Share of pictures whose noise is the same in all channels, 0..1. Both papers: 0.4."""
    quality: tuple[int, int] = (60, 98)
    """JPEG quality (libjpeg's) before shrinking, 1 to 100. Both papers: 30 to 95."""
    noisy: float = 0.7
    """Chance of noise at the input's own size, 0..1."""
    final_noise: Range = (0.0, 4.5)
    """Its standard deviation, in 8-bit levels; the square of a uniform number is drawn, so that little is common."""
    sharpened: float = 0.25
    """Chance of unsharp masking at the input's own size, as cameras do, 0..1."""
    sharpening: Range = (0.1, 0.8)
    """Its amount; its Gaussian has a standard deviation of 0.6 to 1.5 px. Wang et al. sharpen the ground truth with
    0.5; phones sharpen what they store."""
    compressed: float = 0.9
    """Chance of JPEG at the input's own size, 0..1: next to every upload has been through it."""
    final_quality: tuple[int, int] = (55, 96)
    """Its quality; mild more often than harsh (highest less the range times the 1.3th power of a uniform number).
    Clinic archives store 75 to 95, messengers 60 to 80."""
    twice: float = 0.15
    """Chance that it is compressed once more, its grid moved, as a messenger does with a cropped picture, 0..1."""
    chroma: float = 0.7
    """Share of final JPEGs with halved chroma (4:2:0), 0..1; the others are 4:4:4."""


def shrink_clinical(
    truth: Tensor, seeds: Sequence[int], ranges: Clinical | None = None, pool: Executor | None = None
) -> Tensor:
    """N×3×4H×4W in 0..1 → N×3×H×W on 8-bit levels, one seed (0 ≤ seed < 2⁶³) a picture; computed on the CPU, in threads
    or in ``pool``.

    The result depends on each picture and its seed alone, not on the batch around it.
    """
    ranges = ranges or Clinical()
    size = (truth.shape[-2] // SCALE, truth.shape[-1] // SCALE)
    pictures = truth.detach().float().cpu().permute(0, 2, 3, 1).contiguous().numpy()
    if len(seeds) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures have {len(seeds)} seeds: give one to each.")
    one = partial(_one, size=size, ranges=ranges)
    if pool is not None:
        small = list(pool.map(one, pictures, seeds, chunksize=max(1, len(pictures) // 16)))
    else:
        with ThreadPoolExecutor(min(len(pictures), os.cpu_count() or 1)) as threads:
            small = list(threads.map(one, pictures, seeds))
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).to(truth.device, truth.dtype)


class ClinicalShrinker:
    """`shrink_clinical` in so many processes, started at the first call; in threads where there are none."""

    def __init__(self, processes: int, ranges: Clinical | None = None) -> None:
        self.processes, self.ranges = processes, ranges
        self._pool: ProcessPoolExecutor | None = None

    def __call__(self, truth: Tensor, seeds: Sequence[int]) -> Tensor:
        if self.processes and self._pool is None:
            spawn = multiprocessing.get_context("spawn")  # a process that uses a GPU must not be forked
            self._pool = ProcessPoolExecutor(self.processes, spawn, initializer=_prepare_process)
        return shrink_clinical(truth, seeds, self.ranges, self._pool)


def _prepare_process() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the training's, which ends its step first
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _one(picture: np.ndarray, seed: int, size: tuple[int, int], ranges: Clinical) -> np.ndarray:
    random = np.random.Generator(np.random.PCG64(seed))
    clean = random.uniform() < ranges.clean
    if not clean and ranges.phones and random.uniform() < ranges.phones:
        return phone.photograph(picture, random)
    if not clean:
        side = picture.shape[0]
        for step in random.permutation(len(BEFORE)):
            chance = ranges.blurred if BEFORE[step] is _blur else ranges.disturbance
            if random.uniform() < chance:
                picture = BEFORE[step](picture, picture.shape[0] / side, random, ranges).clip(0, 1)
    shrunk = to_eight_bits(resize(torch.from_numpy(picture).permute(2, 0, 1)[None], size))
    low = shrunk[0].permute(1, 2, 0).contiguous().numpy()
    return low if clean else _store(low, random, ranges)


def _store(low: np.ndarray, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    """The last steps, at the input's own size: noise, sharpening, JPEG. float32 H×W×3 in 0..1 to 8-bit levels."""
    if random.uniform() < ranges.noisy:
        least, most = ranges.final_noise
        low = _noise(low, least + (most - least) * random.uniform() ** 2, random, ranges).clip(0, 1)
    if random.uniform() < ranges.sharpened:
        soft = cv2.GaussianBlur(low, (0, 0), random.uniform(0.6, 1.5), borderType=cv2.BORDER_REFLECT_101)
        low = (low + np.float32(random.uniform(*ranges.sharpening)) * (low - soft)).clip(0, 1)
    low = np.round(low * 255) / np.float32(255)
    times = (random.uniform() < ranges.compressed) * (1 + (random.uniform() < ranges.twice))
    for _ in range(times):
        worst, best = ranges.final_quality
        quality = round(best - (best - worst) * random.uniform() ** 1.3)
        # Half of the grids begin at the corner, as in an upload that was not cropped; the others anywhere.
        top, left = random.integers(0, 8, 2) * (random.uniform() < 0.5)
        low = compress_on_grid(low, quality, int(top), int(left), halved=random.uniform() < ranges.chroma)
    return np.ascontiguousarray(low)


# Each step takes a float32 H×W×3 in 0..1 and how much smaller than the ground truth it is by now, 0..1.


def _blur(picture: np.ndarray, shrunk: float, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    """Gaussian with axes of their own widths, turned by an angle; beyond the border the picture is mirrored."""
    first, second = shrunk * random.uniform(*ranges.blur, 2)
    angle = random.uniform(0, np.pi)
    if random.uniform() < ranges.isotropic:
        second = first
    reach = math.ceil(REACH * max(first, second))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.exp(-0.5 * ((along / first) ** 2 + (across / second) ** 2))
    kernel = (kernel / kernel.sum()).astype(np.float32)
    return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def _resize(picture: np.ndarray, shrunk: float, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    scale = random.uniform(*ranges.scale)
    height, width = (max(2, round(scale * side)) for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=RESIZERS[random.integers(len(RESIZERS))])


def _sensor(picture: np.ndarray, shrunk: float, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    return _noise(picture, random.uniform(*ranges.noise), random, ranges)


def _noise(picture: np.ndarray, levels: float, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    """Poisson and Gaussian noise as one Gaussian of variance x / photons + σ² (Foi et al. 2008, "Practical
    Poissonian-Gaussian noise modeling and fitting for single-image raw-data"), a fifth of the time of Poisson draws."""
    sigma = levels / 255
    photons = np.exp(random.uniform(*np.log(ranges.photons)))
    channels = 1 if random.uniform() < ranges.grey else 3
    noise = random.standard_normal((*picture.shape[:2], channels), np.float32)
    return picture + np.sqrt(picture / np.float32(photons) + np.float32(sigma**2)) * noise


def _jpeg(picture: np.ndarray, shrunk: float, random: np.random.Generator, ranges: Clinical) -> np.ndarray:
    return compress(picture, int(random.integers(*ranges.quality, endpoint=True)))


BEFORE = (_blur, _resize, _sensor, _jpeg)
"""The steps before shrinking, in an order of their own for each picture."""
