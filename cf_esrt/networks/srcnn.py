"""SRCNN (Dong et al., Image Super-Resolution Using Deep Convolutional Networks, 2014 and 2016), a baseline."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cf_esrt.networks.bicubic import enlarge


class SRCNN(nn.Module):
    """The 9-1-5 network with 64 and 32 filters, on the image that bicubic interpolation has enlarged ×4.

    20,099 parameters; 1.31 G multiply-adds for a 64×64 input.

    Input N×3×H×W with H, W ≥ 1, RGB in 0..1; output N×3×4H×4W, not clamped. Two things as published: no residual
    connection, and borders that are replicated (the authors' test code), which keeps every size. It reads
    and writes RGB, one of the colour settings that the 2016 paper compares, where its main results are on luma.
    """

    CONTEXT = 3
    """Input pixels around a rectangle that its result can depend on: 6 enlarged ones, and what they are made of."""

    def __init__(self) -> None:
        super().__init__()
        self.extract = nn.Conv2d(3, 64, 9, padding=4, padding_mode="replicate")
        self.map = nn.Conv2d(64, 32, 1)
        self.reconstruct = nn.Conv2d(32, 3, 5, padding=2, padding_mode="replicate")

    def forward(self, x: Tensor) -> Tensor:
        features = torch.relu(self.extract(enlarge(x)))
        return self.reconstruct(torch.relu(self.map(features)))
