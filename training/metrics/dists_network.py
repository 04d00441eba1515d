"""torchmetrics' network of DISTS on convolutions that are given.

A module of its own, imported where DISTS is measured: torchmetrics takes longer to import than all else that a training
needs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

from torchmetrics.functional.image import dists as library  # isort: skip

from training.losses import VGG16Features

STAGES = (range(4), range(5, 9), range(10, 16), range(17, 23), range(24, 30))
"""Layers of VGG16 between its poolings, up to the last ReLU of each stage."""
CHANNELS = (3, 64, 128, 256, 512, 512)
"""Of the picture, and of each stage."""
KEPT = 2
"""Pictures whose features are kept: the truth's serve every method that a table compares with it."""


class DISTSNetwork(library.DISTSNetwork):
    """On convolutions that are given: torchmetrics' own constructor downloads them and takes no file."""

    def __init__(self, vgg16: VGG16Features) -> None:
        nn.Module.__init__(self)
        layers = list(vgg16.features)
        for number, stage in enumerate(STAGES, 1):
            parts = [layers[place] for place in stage]
            if number > 1:
                parts.insert(0, library.L2pooling(channels=CHANNELS[number - 1]))
            setattr(self, f"stage{number}", nn.Sequential(*parts))
        self.register_buffer("mean", vgg16.mean)
        self.register_buffer("std", vgg16.std)
        coefficients = torch.load(library._PATH_WEIGHT_DISTS, weights_only=True)
        self.alpha, self.beta = (nn.Parameter(coefficients[name].detach()) for name in ("alpha", "beta"))
        self.chns = list(CHANNELS)
        self._kept: list[tuple[Tensor, list[Tensor]]] = []

    def forward_once(self, x: Tensor) -> list[Tensor]:
        for place, (picture, features) in enumerate(self._kept):
            if picture.shape == x.shape and torch.equal(picture, x):
                self._kept.append(self._kept.pop(place))
                return features
        self._kept = [*self._kept, (x, super().forward_once(x))][-KEPT:]
        return self._kept[-1][1]
