"""ϕ: the features of VGG16 that perceptual losses compare."""

from __future__ import annotations

from collections import OrderedDict
from http.client import HTTPException
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

#: Output channels of VGG16's thirteen convolutions; "M" is a max-pooling (Simonyan and Zisserman, column D).
VGG16_LAYOUT: tuple[int | str, ...] = (
    *(64, 64, "M", 128, 128, "M", 256, 256, 256, "M"),
    *(512, 512, 512, "M", 512, 512, 512),
)
CONV5_3 = 28


class VGG16Features(nn.Module):
    """ϕ: VGG16's conv5_3 for RGB in 0..1 (normalised inside); N×512×H/16×W/16. Frozen.

    ``before_relu`` says which side of conv5_3's activation is taken; the paper does not. Before keeps more signal.
    ``dtype`` is the convolutions' and the result's; the image is normalised in its own.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, state: dict[str, Tensor], *, before_relu: bool = True, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.features = vgg16_until_conv5_3(before_relu)
        wanted = {name: tensor for name, tensor in state.items() if name.startswith("features.")}
        self.load_state_dict(wanted, strict=True)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)
        self.dtype = dtype
        self.features.to(dtype)
        self.requires_grad_(False).eval()

    @classmethod
    def load(
        cls, weights: Path | None, *, before_relu: bool = True, dtype: torch.dtype = torch.float32
    ) -> VGG16Features:
        """From a local safetensors file of the convolutions, or, with None, from torchvision (downloads once)."""
        if weights is not None:
            if not weights.is_file():
                raise FileNotFoundError(
                    f"The VGG16 weights {weights} are not there: make them with get_backbones.py, "
                    "or let torchvision download them (backbones: null)."
                )
            return cls(load_file(weights), before_relu=before_relu, dtype=dtype)
        from training import torchvision_shim  # noqa: F401  (must come before torchvision)
        from torchvision.models import VGG16_Weights, vgg16  # isort: skip

        try:
            state = dict(vgg16(weights=VGG16_Weights.IMAGENET1K_V1).state_dict())
        except (OSError, RuntimeError, HTTPException) as error:  # no network; another file than expected
            reason = (str(error).splitlines() or [type(error).__name__])[0].strip("<> .")
            raise FileNotFoundError(
                f"VGG16's weights could not be downloaded ({reason}): give backbones a folder, or --vgg-weights a "
                "file, with its convolutions, as get_backbones.py makes them."
            ) from error
        return cls(state, before_relu=before_relu, dtype=dtype)

    def forward(self, image: Tensor) -> Tensor:
        return self.features(((image - self.mean) / self.std).to(self.dtype))


def vgg16_until_conv5_3(before_relu: bool) -> nn.Sequential:
    """The convolutions, ReLUs and max-poolings under torchvision's names, with random weights."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    inputs = 3
    for item in VGG16_LAYOUT:
        if isinstance(item, int):
            layers[str(len(layers))] = nn.Conv2d(inputs, item, 3, padding=1)
            layers[str(len(layers))] = nn.ReLU(inplace=True)
            inputs = item
        else:
            layers[str(len(layers))] = nn.MaxPool2d(2)
    if before_relu:
        del layers[str(CONV5_3 + 1)]
    return nn.Sequential(layers)
