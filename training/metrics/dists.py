"""DISTS: torchmetrics' network and the published coefficients, on VGG16's convolutions from a local file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.losses import VGG16Features


class DISTS(nn.Module):
    """Deep image structure and texture similarity (Ding et al. 2020, "Image quality assessment: unifying structure and
    texture similarity"): 0 for equal pictures; below 2, and seldom above 0.5.

    It compares means (texture) and correlations (structure) of VGG16's five stages and of the picture itself, so that
    plain noise buys less than it does in LPIPS. ``weights``: safetensors of VGG16's convolutions under torchvision's
    names; None lets torchvision download them. FileNotFoundError in one sentence where they cannot be had.
    """

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        from training.metrics.dists_network import DISTSNetwork

        self.network = DISTSNetwork(VGG16Features.load(weights, before_relu=False))
        self.requires_grad_(False).eval()

    @torch.no_grad()
    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        """N×3×H×W, RGB in 0..1, at least 32 pixels a side, → (N,)."""
        return self.network(result, truth).reshape(-1)
