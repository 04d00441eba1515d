"""Full-reference metrics, from torchmetrics. Images are N×3×H×W in 0..1, on 8-bit levels, results one per image.

===== ============ ====== =======================================================
name  better       range  colour space
===== ============ ====== =======================================================
psnr  higher (dB)  0..∞   RGB; ``luma=True``: BT.601 luma (ITU-R BT.601-7, 8 bit: 16..235)
ssim  higher       −1..1  the same; 11×11 Gaussian window, σ 1.5 (Wang et al. 2004)
lpips lower        0..    RGB; AlexNet, version 0.1 (Zhang et al. 2018)
===== ============ ====== =======================================================
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure  # isort: skip
from torchmetrics.functional.image.lpips import _LPIPS  # isort: skip


def luma(images: Tensor) -> Tensor:
    """BT.601 luma of RGB in 0..1, N×1×H×W in 16/255..235/255 (the field's "Y channel")."""
    weights = images.new_tensor([65.481, 128.553, 24.966]).view(1, 3, 1, 1)
    return ((images * weights).sum(1, keepdim=True) + 16) / 255


def psnr(result: Tensor, truth: Tensor, *, use_luma: bool = False) -> Tensor:
    """Peak signal-to-noise ratio in dB, shape (N,)."""
    if use_luma:
        result, truth = luma(result), luma(truth)
    value = peak_signal_noise_ratio(result, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
    return value.reshape(-1)


def ssim(result: Tensor, truth: Tensor, *, use_luma: bool = False) -> Tensor:
    """Structural similarity, shape (N,)."""
    if use_luma:
        result, truth = luma(result), luma(truth)
    value = structural_similarity_index_measure(result, truth, data_range=1.0, reduction="none")
    assert isinstance(value, Tensor)
    return value.reshape(-1)


class LPIPS(nn.Module):
    """Learned perceptual image patch similarity, AlexNet, v0.1: shape (N,); 0 for equal images.

    ``weights``: safetensors of AlexNet's convolutions under torchvision's names; None lets torchvision download
    them. The linear layers come with torchmetrics.
    """

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        self.network = _LPIPS(net="alex", pnet_rand=weights is not None)
        if weights is not None:
            if not weights.is_file():
                raise FileNotFoundError(f"The AlexNet weights for LPIPS are not at {weights}: see lpips_weights.")
            self._load_convolutions(load_file(weights))
        self.requires_grad_(False).eval()

    def _load_convolutions(self, state: dict[str, Tensor]) -> None:
        own = self.network.net.state_dict()  # slice2.3.weight is torchvision's features.3.weight
        for name in own:
            own[name] = state["features." + name.split(".", 1)[1]]
        self.network.net.load_state_dict(own)

    @torch.no_grad()
    def forward(self, result: Tensor, truth: Tensor) -> Tensor:
        return self.network(result * 2 - 1, truth * 2 - 1).reshape(-1)
