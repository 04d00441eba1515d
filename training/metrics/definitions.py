"""The list of metrics: a metric is added by writing one definition here."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from cf_esrt.fidelity import low_resolution_consistency
from training.metrics.dists import DISTS
from training.metrics.lattice import lattice
from training.metrics.lpips import LPIPS
from training.metrics.pictures import psnr, ssim


@dataclass(frozen=True)
class Comparison:
    """One result beside its ground truth and its input, RGB uint8: 4H×4W×3, 4H×4W×3 and H×W×3."""

    result: np.ndarray
    truth: np.ndarray
    low: np.ndarray
    lpips: LPIPS
    dists: DISTS | None = None
    """None: DISTS is left out."""

    @cached_property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Result and ground truth as 1×3×H×W in 0..1, on the device of LPIPS."""
        device = next(self.lpips.parameters()).device
        first, second = (
            torch.from_numpy(np.ascontiguousarray(image)).to(device).permute(2, 0, 1)[None].float() / 255
            for image in (self.result, self.truth)
        )
        return first, second


@dataclass(frozen=True)
class Metric:
    """What a number means."""

    name: str
    """Key in files."""
    title: str
    """Heading of its column, without unit."""
    better: Literal["higher", "lower"]
    low: float
    """Least value there can be."""
    high: float
    """Greatest value there can be; that of equal pictures where higher is better."""
    colours: str
    """Colour space that it is measured in."""
    unit: str
    """Empty where it has none."""
    decimals: int
    """As printed."""
    source: str
    """Where it is defined, and how it is computed here."""
    measure: Callable[[Comparison], float | None] | None = None
    """One number a photograph, or None where the comparison lacks what it needs; no function for a measure of a whole
    set (see `training.metrics.detail` and `training.metrics.features`)."""
    compared: Literal["difference", "ratio"] = "difference"
    """How two methods are compared: difference of their means, or ratio."""

    @property
    def heading(self) -> str:
        """Title, arrow in the better direction, unit."""
        arrow = "↑" if self.better == "higher" else "↓"
        return f"{self.title} {arrow}" + (f" ({self.unit})" if self.unit else "")

    @property
    def per_photograph(self) -> bool:
        return self.measure is not None


_RGB = "RGB (sRGB)"
_LUMA = "BT.601 luma, 16..235 of 255 (ITU-R BT.601-7)"
_GREY = "BT.601 luma, 0..255"
_RINGS = "Fourier ring correlation (Saxton and Baumeister 1982), mean of the rings from"
_BEYOND = "beyond chance, the result turned by 180° (`training.metrics.structure`): 0 by chance, 1 at best"
_PLAIN = "high-pass of σ 2 in blocks of 16×16 pixels (`training.metrics.plain_skin`)"
_FRECHET = "Fréchet distance between Gaussians fitted to features (Heusel et al. 2017)"

METRICS: tuple[Metric, ...] = (
    Metric(
        "psnr", "PSNR RGB", "higher", 0, math.inf, _RGB, "dB", 2,
        "10·log10(255² / mean squared error over all channels); torchmetrics",
        lambda c: float(psnr(*c.tensors)),
    ),
    Metric(
        "psnr_luma", "PSNR luma", "higher", 0, math.inf, _LUMA, "dB", 2,
        "as PSNR RGB, of the luma alone; torchmetrics",
        lambda c: float(psnr(*c.tensors, use_luma=True)),
    ),
    Metric(
        "ssim", "SSIM RGB", "higher", -1, 1, _RGB, "", 4,
        "Wang et al. 2004, 11×11 Gaussian, σ 1.5, mean of channels and all pixels, borders mirrored; torchmetrics",
        lambda c: float(ssim(*c.tensors)),
    ),
    Metric(
        "ssim_luma", "SSIM luma", "higher", -1, 1, _LUMA, "", 4,
        "as SSIM RGB, of the luma alone; torchmetrics",
        lambda c: float(ssim(*c.tensors, use_luma=True)),
    ),
    Metric(
        "lpips", "LPIPS", "lower", 0, math.inf, _RGB, "", 4,
        "Zhang et al. 2018, AlexNet, version 0.1; torchmetrics",
        lambda c: float(c.lpips(*c.tensors)),
        compared="ratio",
    ),
    Metric(
        "dists", "DISTS", "lower", 0, 2, _RGB, "", 4,
        "Ding et al. 2020, VGG16 and the published coefficients, pictures at their own size",
        lambda c: None if c.dists is None else float(c.dists(*c.tensors)),
        compared="ratio",
    ),
    Metric(
        "consistency", "LR consistency", "higher", 0, math.inf, _RGB, "dB", 1,
        "Lugmayr et al. 2021 (NTIRE), LR-PSNR: PSNR of the result, shrunk again, to the input",
        lambda c: low_resolution_consistency(c.result, c.low),
    ),
    Metric(
        "fid", "FID", "lower", 0, math.inf, _RGB, "", 2,
        f"{_FRECHET}: InceptionV3 pool3, pictures resized to 299×299; torchmetrics, torch-fidelity's weights",
        compared="ratio",
    ),
    Metric(
        "frechet_vgg16", "Fréchet distance on VGG16 features", "lower", 0, math.inf, _RGB, "", 2,
        f"{_FRECHET}: mean of VGG16's conv5_3, before ReLU, over crops of 128×128 pixels; not comparable with FID",
        compared="ratio",
    ),
    Metric(
        "kid", "KID on EfficientNet-lite0", "lower", -math.inf, math.inf, _RGB, "", 3,
        "unbiased kernel distance (Bińkowski et al. 2018), polynomial of degree 3, of EfficientNet-lite0's features "
        "over crops of 128×128 pixels; not comparable with InceptionV3's",
        compared="ratio",
    ),
    Metric(
        "frechet_efficientnet", "Fréchet distance on EfficientNet-lite0", "lower", 0, math.inf, _RGB, "", 2,
        f"{_FRECHET}: mean of EfficientNet-lite0's features over crops of 128×128 pixels; not comparable with FID",
        compared="ratio",
    ),
    Metric(
        "frechet_alexnet", "Fréchet distance on AlexNet", "lower", 0, math.inf, _RGB, "", 1,
        f"{_FRECHET}: mean of AlexNet's conv5, before ReLU, over crops of 128×128 pixels; not comparable with FID",
        compared="ratio",
    ),
    Metric(
        "lattice", "lattice", "lower", 0, math.inf, _GREY, "times", 0,
        "spectral power of result − bicubic at frequencies ¼ and ½ over that of their neighbourhood, "
        "the strongest of them; 1 without a lattice (`training.metrics.lattice`)",
        lambda c: lattice(c.result, c.low),
        compared="ratio",
    ),
    Metric(
        "ring_correlation_input", "ring correlation .0625–.125", "higher", -1, 1, _GREY, "", 3,
        f"{_RINGS} 0.0625 to 0.125 cycles a pixel, which the input holds",
    ),
    Metric(
        "ring_correlation", "ring correlation .125–.1875", "higher", -1, 1, _GREY, "", 3,
        f"{_RINGS} 0.125 to 0.1875 cycles a pixel, beyond the input of ×4",
    ),
    Metric(
        "ring_correlation_fine", "ring correlation .1875–.25", "higher", -1, 1, _GREY, "", 3,
        f"{_RINGS} 0.1875 to 0.25 cycles a pixel, beyond the input of ×4",
    ),
    Metric(
        "dot_precision", "dots that are true", "higher", -math.inf, 1, _GREY, "", 3,
        f"share of the result's dots that the truth has, {_BEYOND}",
    ),
    Metric(
        "dot_recall", "dots that are found", "higher", -math.inf, 1, _GREY, "", 3,
        f"share of the truth's dots that the result has, {_BEYOND}",
    ),
    Metric(
        "line_precision", "lines that are true", "higher", -math.inf, 1, _GREY, "", 3,
        f"share of the result's lines, by length, that the truth has, {_BEYOND}",
    ),
    Metric(
        "line_recall", "lines that are found", "higher", -math.inf, 1, _GREY, "", 3,
        f"share of the truth's lines, by length, that the result has, {_BEYOND}",
    ),
    Metric(
        "false_dots", "false dots a megapixel", "lower", 0, math.inf, _GREY, "", 0,
        "dots of the result that the truth lacks (`training.metrics.structure`)", compared="ratio",
    ),
    *(
        Metric(
            f"{name}_alone", f"{title}, chance left in", "higher", 0, 1, _GREY, "", 3,
            "as counted, what chance gives included (`training.metrics.structure`)",
        )
        for name, title in (
            ("dot_precision", "dots that are true"), ("dot_recall", "dots that are found"),
            ("line_precision", "lines that are true"), ("line_recall", "lines that are found"),
        )
    ),
    Metric(
        "invented", "invented on plain skin", "lower", 0, math.inf, _GREY, "grey levels", 2,
        f"RMS that the truth does not explain, where its own detail is weakest; {_PLAIN}", compared="ratio",
    ),
    Metric(
        "gain", "strength of detail", "higher", 0, math.inf, _GREY, "", 3,
        f"slope of the result's detail over the truth's, 1 where it is as strong; {_PLAIN}",
    ),
    Metric(
        "explained", "detail that is explained", "higher", 0, 1, _GREY, "", 3,
        f"share of the result's detail that the truth explains; {_PLAIN}",
    ),
)  # fmt: skip


def metric(name: str) -> Metric:
    """The metric of that name; KeyError for another."""
    return {m.name: m for m in METRICS}[name]


def measure(comparison: Comparison, names: Collection[str] | None = None) -> dict[str, float]:
    """Every metric that one photograph has, by name; of ``names`` alone where they are given."""
    chosen = [m for m in METRICS if m.measure is not None and (names is None or m.name in names)]
    values = {m.name: m.measure(comparison) for m in chosen if m.measure is not None}
    return {name: value for name, value in values.items() if value is not None}
