"""The frozen networks that losses compare pictures with."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import nn

from training.config import Config
from training.losses.features import VGG16Features
from training.losses.learned import LearnedPerceptualLoss
from training.losses.perceptual import ContentLoss, PerceptualLoss


class LossNetworks(NamedTuple):
    """None where no weight needs one."""

    perceptual: PerceptualLoss | None = None
    content: ContentLoss | None = None
    lpips: LearnedPerceptualLoss | None = None
    judge: nn.Module | None = None
    """The discriminator in its current state."""

    @classmethod
    def needed(cls, config: Config, device: torch.device, dtype: torch.dtype) -> LossNetworks:
        """Those of the recipe's phases, ``dtype`` in their convolutions. FileNotFoundError where a file
        is missing."""
        names = {name for phase in config.phases for name, weight in vars(phase.losses).items() if weight > 0}
        made: list[Any] = [None, None, None]
        if names & {"perceptual", "coarse_perceptual", "content"}:
            features = VGG16Features.load(config.vgg16_weights, dtype=dtype)
            made[:2] = [PerceptualLoss(features), ContentLoss(features)]
        if "lpips" in names:
            made[2] = LearnedPerceptualLoss(config.vgg16_weights, dtype)
        return cls(*(one and one.to(device, memory_format=torch.channels_last) for one in made))
