"""LPIPS as a metric, with AlexNet's convolutions from a local file where nothing can be downloaded."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from training.losses.learned import lpips_network


class LPIPS(nn.Module):
    """Learned perceptual image patch similarity (Zhang et al. 2018), AlexNet, v0.1: shape (N,); 0 for equal pictures.

    ``weights``: safetensors of AlexNet's convolutions under torchvision's names; None lets torchvision download
    them. FileNotFoundError or ValueError in one sentence where the convolutions cannot be had.
    """

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        self.network = lpips_network("alex", weights, "backbones, --lpips-weights")

    @torch.no_grad()
    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        """N×3×H×W, RGB in 0..1, at least 32 pixels a side, → (N,)."""
        return self.network(result * 2 - 1, truth * 2 - 1).reshape(-1)
