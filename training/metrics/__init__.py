"""Metrics of results against their ground truth: what each means, and how it is measured.

One definition for each in `definitions`, named in `METRICS`; the arithmetic is torchmetrics' (`pictures`, `lpips`), the
published DISTS (`dists`), between sets of pictures the Fréchet distance (`frechet`, `features`), and whether detail is
there (`detail`: ring correlation, structure, plain skin).
"""

from __future__ import annotations

from training.metrics.definitions import METRICS, Comparison, Metric, measure, metric
from training.metrics.detail import DETAIL, Detail
from training.metrics.dists import DISTS
from training.metrics.features import (
    AlexNetCrops,
    EfficientNetLite0Crops,
    Features,
    FeaturesMissing,
    InceptionV3Pictures,
    VGG16Crops,
)
from training.metrics.frechet import frechet_distance, frechet_distances
from training.metrics.kernel_distance import kernel_distance, kernel_distances
from training.metrics.lpips import LPIPS
from training.metrics.pictures import luma, psnr, ssim

__all__ = [
    "DETAIL",
    "DISTS",
    "LPIPS",
    "METRICS",
    "AlexNetCrops",
    "Comparison",
    "Detail",
    "EfficientNetLite0Crops",
    "Features",
    "FeaturesMissing",
    "InceptionV3Pictures",
    "Metric",
    "VGG16Crops",
    "frechet_distance",
    "frechet_distances",
    "kernel_distance",
    "kernel_distances",
    "luma",
    "measure",
    "metric",
    "psnr",
    "ssim",
]
