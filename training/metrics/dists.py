"""DISTS as a metric, on VGG16's convolutions from a local file, with the published coefficients.

The networks of torchmetrics (1.9) and DISTS-pytorch download VGG16 when they are built and take no local file. A test
compares this one with DISTS-pytorch's on the same weights.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.losses import VGG16Features

#: Of the two ratios (Ding et al. 2020, equations 4 and 5).
STABILISER = 1e-6


class DISTS(nn.Module):
    """Deep image structure and texture similarity (Ding et al. 2020, "Image quality assessment: unifying structure and
    texture similarity"): 0 for equal pictures; below 2, and seldom above 0.5.

    It compares means (texture) and correlations (structure) of VGG16's five stages and of the picture itself, so that
    plain noise buys less than it does in LPIPS. ``weights``: safetensors of VGG16's convolutions under torchvision's
    names; None lets torchvision download them. The coefficients come with the package DISTS-pytorch (MIT).
    FileNotFoundError in one sentence where either cannot be had.
    """

    alpha: Tensor
    beta: Tensor
    window: Tensor

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        self.vgg16 = VGG16Features.load(weights, before_relu=False)
        coefficients = torch.load(_coefficients_file(), map_location="cpu", weights_only=True)
        alpha, beta = (coefficients[name].detach().flatten() for name in ("alpha", "beta"))
        total = alpha.sum() + beta.sum()
        self.register_buffer("alpha", alpha / total)
        self.register_buffer("beta", beta / total)
        window = torch.hann_window(5, periodic=False)[1:-1]
        self.register_buffer("window", torch.outer(window, window) / window.sum() ** 2)
        self.requires_grad_(False).eval()
        self._truth: tuple[Tensor, list[Tensor]] | None = None

    @torch.no_grad()
    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        """N×3×H×W, RGB in 0..1, at least 32 pixels a side, → (N,)."""
        texture, structure = [], []
        for x, y in zip(self._stages(result), self._stages_of_truth(truth), strict=True):
            x_mean, y_mean = x.mean((2, 3)), y.mean((2, 3))
            x_variance, y_variance = x.var((2, 3), correction=0), y.var((2, 3), correction=0)
            covariance = (x * y).mean((2, 3)) - x_mean * y_mean
            texture.append((2 * x_mean * y_mean + STABILISER) / (x_mean**2 + y_mean**2 + STABILISER))
            structure.append((2 * covariance + STABILISER) / (x_variance + y_variance + STABILISER))
        return 1 - (torch.cat(texture, 1) @ self.alpha + torch.cat(structure, 1) @ self.beta)

    def _stages_of_truth(self, truth: Tensor) -> list[Tensor]:
        """Kept for the next result: a table compares every method with the same ground truth."""
        if self._truth is None or self._truth[0].shape != truth.shape or not torch.equal(self._truth[0], truth):
            self._truth = (truth, self._stages(truth))
        return self._truth[1]

    def _stages(self, image: Tensor) -> list[Tensor]:
        """The picture, then VGG16's features after the last ReLU before each pooling; the poolings are L2 poolings."""
        stages, x = [image], (image - self.vgg16.mean) / self.vgg16.std
        for layer in self.vgg16.features:
            if isinstance(layer, nn.MaxPool2d):
                stages.append(x)
                x = self._l2_pooling(x)
            else:
                x = layer(x)
        return [*stages, x]

    def _l2_pooling(self, x: Tensor) -> Tensor:
        """Root of the Hann-weighted mean of squares, stride 2 (Hénaff and Simoncelli 2016): no aliasing."""
        channels = x.shape[1]
        kernel = self.window.expand(channels, 1, 3, 3)
        return (F.conv2d(x**2, kernel, stride=2, padding=1, groups=channels) + 1e-12).sqrt()


def _coefficients_file() -> Path:
    """Found without importing the package, whose import wants torchvision to be whole."""
    spec = find_spec("DISTS_pytorch")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("DISTS's coefficients are not here: pip install DISTS-pytorch==0.1.")
    return Path(spec.origin).with_name("weights.pt")
