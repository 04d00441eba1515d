"""LPIPS, from torchmetrics, with AlexNet's convolutions from a local file where nothing can be downloaded."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

from torchmetrics.functional.image.lpips import _LPIPS  # isort: skip


class LPIPS(nn.Module):
    """Learned perceptual image patch similarity (Zhang et al. 2018), AlexNet, v0.1: shape (N,); 0 for equal pictures.

    ``weights``: safetensors of AlexNet's convolutions under torchvision's names; None lets torchvision download
    them. The linear layers come with torchmetrics. FileNotFoundError or ValueError in one sentence where the
    convolutions cannot be had.
    """

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        if weights is not None and not weights.is_file():
            raise FileNotFoundError(f"The AlexNet weights for LPIPS are not at {weights}: see lpips_weights.")
        try:
            self.network = _LPIPS(net="alex", pnet_rand=weights is not None)
        except OSError as error:
            raise FileNotFoundError(
                f"AlexNet's weights for LPIPS could not be downloaded ({error}): give a local file (--lpips-weights)."
            ) from error
        if weights is not None:
            self._load_convolutions(weights)
        self.requires_grad_(False).eval()

    def _load_convolutions(self, weights: Path) -> None:
        own = self.network.net.state_dict()  # slice2.3.weight is torchvision's features.3.weight
        try:
            state = load_file(weights)
            own = {name: state["features." + name.split(".", 1)[1]] for name in own}
            self.network.net.load_state_dict(own)
        except (SafetensorError, KeyError, RuntimeError) as error:
            raise ValueError(f"{weights} does not hold AlexNet's convolutions, or is damaged: make it anew.") from error

    @torch.no_grad()
    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        """N×3×H×W, RGB in 0..1, at least 32 pixels a side, → (N,)."""
        return self.network(result * 2 - 1, truth * 2 - 1).reshape(-1)
