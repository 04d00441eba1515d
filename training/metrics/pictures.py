"""PSNR and SSIM, from torchmetrics. Pictures are N×3×H×W, RGB in 0..1, on 8-bit levels; results are one a picture.

torchmetrics is imported where a picture is measured: it takes longer to import than all else that a training needs.
"""

from __future__ import annotations

from torch import Tensor


def luma(images: Tensor) -> Tensor:
    """BT.601 luma of RGB in 0..1, N×1×H×W in 16/255..235/255 (the field's "Y channel")."""
    weights = images.new_tensor([65.481, 128.553, 24.966]).view(1, 3, 1, 1)
    return ((images * weights).sum(1, keepdim=True) + 16) / 255


def psnr(result: Tensor, truth: Tensor, *, use_luma: bool = False) -> Tensor:
    """Peak signal-to-noise ratio in dB, shape (N,); the peak is 1, equal pictures give infinity."""
    if use_luma:
        result, truth = luma(result), luma(truth)
    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    from torchmetrics.functional.image import peak_signal_noise_ratio  # isort: skip

    value = peak_signal_noise_ratio(result, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
    return value.reshape(-1)


def ssim(result: Tensor, truth: Tensor, *, use_luma: bool = False) -> Tensor:
    """Structural similarity (Wang et al. 2004: 11×11 Gaussian window, σ 1.5), shape (N,).

    Borders are mirrored and count, where the authors' code leaves five pixels out all around.
    """
    if use_luma:
        result, truth = luma(result), luma(truth)
    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    from torchmetrics.functional.image import structural_similarity_index_measure  # isort: skip

    value = structural_similarity_index_measure(result, truth, data_range=1.0, reduction="none")
    assert isinstance(value, Tensor)
    return value.reshape(-1)
