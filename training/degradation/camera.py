"""Test inputs like a camera's photographs, for the protocols ``camera256``: the same for everybody, by file name.

The walk of one picture, in the order of a real one: lens, sensor size, noise, sharpening and JPEG inside the camera;
then, for half of them, what a messenger or an export does: smaller, and JPEG again. Held apart from the training
inputs (`training.degradation.clinical`): other seeds, a fixed order instead of a shuffled one, defocus discs besides
Gaussians, Pillow's resizers instead of OpenCV's, noise that the camera's own processing has smeared over neighbours,
Pillow's JPEG encoder and unsharp mask.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageFilter

from training.degradation.bicubic import SCALE

RESIZERS = (Image.Resampling.LANCZOS, Image.Resampling.HAMMING, Image.Resampling.BOX)
Range = tuple[float, float]


@dataclass(frozen=True)
class Camera:
    """Ranges of the protocol, drawn from uniformly; part of the protocol, so not to be changed."""

    gaussian: Range = (0.0, 2.4)
    """Standard deviation of half of the lens blurs, pixels of the ground truth. The lower part of Zhang et al. 2021
    (BSRGAN, section 3.1: 0.1 to 2.8 for ×4)."""
    defocus: Range = (0.5, 3.5)
    """Radius of the disc of the other half: a lens out of focus spreads a point evenly over a disc, here of up to less
    than two input pixels across. The standard deviation of a disc is half its radius."""
    larger: Range = (1.2, 2.5)
    """How many times wider than the input the camera's picture is, for those that are made smaller afterwards."""
    photons: Range = (2e3, 5e4)
    """Photons that make full white (Poisson noise); half a stop to five above the 10² to 10⁴ of Zhang et al.'s code,
    whose noise is a night photograph's."""
    read_noise: Range = (0.0, 2.0)
    """Standard deviation of the signal-independent noise, 8-bit levels; the smooth skin of the PAD-UFES-20 photographs
    here has 0.3 to 1.5 in all after the camera's own denoising (`cf_esrt.fidelity.properties`)."""
    smear: float = 0.6
    """Standard deviation in pixels of the Gaussian that demosaicking and denoising leave on the noise."""
    sharpening: Range = (0.0, 80.0)
    """Per cent of Pillow's unsharp mask of radius 1. Wang et al. 2021 (Real-ESRGAN, section 3.4) sharpen with 50."""
    camera_quality: tuple[int, int] = (80, 97)
    """JPEG quality that a camera stores with."""
    messenger_quality: tuple[int, int] = (62, 88)
    """JPEG quality after the second shrinking: social platforms quantise again (Giudice et al. 2017, "A classification
    engine for image ballistics of social data"); HAM10000 went through 75 on its way to us."""


def photograph(truth: np.ndarray, name: str, ranges: Camera | None = None) -> np.ndarray:
    """RGB uint8 4H×4W×3 → H×W×3; every random choice comes from ``name`` (the file's name without its suffix)."""
    ranges = ranges or Camera()
    seed = int.from_bytes(hashlib.sha256(f"camera256 {name}".encode()).digest()[:8], "big")
    random = np.random.Generator(np.random.PCG64(seed))
    height, width = (side // SCALE for side in truth.shape[:2])
    blurred = _lens(truth, random, ranges)
    resent = random.uniform() < 0.5
    times = random.uniform(*ranges.larger) if resent else 1.0
    size = (round(width * times), round(height * times))
    picture = Image.fromarray(blurred).resize(size, RESIZERS[random.integers(len(RESIZERS))])
    picture = Image.fromarray(_sensor(np.asarray(picture), random, ranges))
    amount = round(random.uniform(*ranges.sharpening))
    picture = picture.filter(ImageFilter.UnsharpMask(radius=1, percent=amount, threshold=0))
    picture = _jpeg(picture, int(random.integers(*ranges.camera_quality, endpoint=True)), random)
    if resent:
        picture = picture.resize((width, height), RESIZERS[random.integers(len(RESIZERS))])
        picture = _jpeg(picture, int(random.integers(*ranges.messenger_quality, endpoint=True)), random)
    return np.array(picture)


def _lens(truth: np.ndarray, random: np.random.Generator, ranges: Camera) -> np.ndarray:
    if random.uniform() < 0.5:
        sigma = random.uniform(*ranges.gaussian)
        return truth if sigma < 0.1 else cv2.GaussianBlur(truth, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    radius = random.uniform(*ranges.defocus)
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)  # a rim of one pixel, so that the disc grows evenly
    return cv2.filter2D(truth, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT_101)


def _sensor(picture: np.ndarray, random: np.random.Generator, ranges: Camera) -> np.ndarray:
    light = picture.astype(np.float32) / 255
    variance = light / random.uniform(*ranges.photons) + (random.uniform(*ranges.read_noise) / 255) ** 2
    noise = cv2.GaussianBlur(random.standard_normal(picture.shape, np.float32), (0, 0), ranges.smear)
    noise /= noise.std()
    return ((light + np.sqrt(variance) * noise).clip(0, 1) * 255).round().astype(np.uint8)


def _jpeg(picture: Image.Image, quality: int, random: np.random.Generator) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=int(quality), subsampling=2 if random.uniform() < 0.7 else 0)
    return Image.open(io.BytesIO(data.getvalue())).convert("RGB")
