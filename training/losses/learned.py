"""Learned perceptual image patch similarity (LPIPS): its network, from torchmetrics, and a loss made of it.

Source: Zhang et al. 2018, "The unreasonable effectiveness of deep features as a perceptual metric", version 0.1.
Results are judged with AlexNet (`training.metrics.LPIPS`); a network may be trained with VGG16, so that it is never
judged by what it was trained on.
"""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

if TYPE_CHECKING:
    from torchmetrics.functional.image.lpips import _LPIPS

NAMES = {"alex": "AlexNet", "vgg": "VGG16"}


def lpips_network(backbone: Literal["alex", "vgg"], weights: Path | None, setting: str) -> _LPIPS:
    """LPIPS of two pictures N×3×H×W in −1..1, frozen; N×1×1×1. The linear layers come with torchmetrics.

    ``weights``: safetensors of the backbone's convolutions under torchvision's names; None lets torchvision download
    them. ``setting`` is what the caller's user would correct: FileNotFoundError or ValueError names it in one sentence
    where the convolutions cannot be had.
    """
    # Imported here: it takes longer than all else that a training needs.
    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    from torchmetrics.functional.image.lpips import _LPIPS  # isort: skip

    name = NAMES[backbone]
    if weights is not None and not weights.is_file():
        raise FileNotFoundError(f"The {name} weights for LPIPS are not at {weights}: see {setting}.")
    try:
        network = _LPIPS(net=backbone, pnet_rand=weights is not None)
    except (OSError, RuntimeError, HTTPException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].strip("<> .")
        raise FileNotFoundError(
            f"{name}'s weights for LPIPS could not be downloaded ({reason}): give a local file ({setting})."
        ) from error
    if weights is not None:
        own = network.net.state_dict()  # slice2.3.weight is torchvision's features.3.weight
        try:
            state = load_file(weights)
            network.net.load_state_dict({key: state["features." + key.split(".", 1)[1]] for key in own})
        except (SafetensorError, KeyError, RuntimeError) as error:
            raise ValueError(f"{weights} does not hold {name}'s convolutions, or is damaged: make it anew.") from error
    return network.requires_grad_(False).eval()


class _Cast(nn.Module):
    """A backbone in a dtype of its own between float32 images and float32 features."""

    def __init__(self, backbone: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.backbone, self.dtype = backbone.to(dtype), dtype

    def forward(self, image: Tensor) -> list[Tensor]:
        return [features.float() for features in self.backbone(image.to(self.dtype))]


class LearnedPerceptualLoss(nn.Module):
    """Mean LPIPS on VGG16 of N×3×S×S, RGB in 0..1, S ≥ 16; beyond the paper (CF-ESRT-plus). For ``weights`` see
    `lpips_network`; ``dtype`` is the convolutions', all else is float32."""

    def __init__(self, weights: Path | None, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = lpips_network("vgg", weights, "backbones")
        self.network.net = _Cast(self.network.net, dtype)  # type: ignore[assignment]

    def forward(self, prediction: Tensor, truth: Tensor) -> Tensor:
        return self.network(prediction * 2 - 1, truth * 2 - 1).mean()
