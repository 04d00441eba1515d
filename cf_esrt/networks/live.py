"""Live ×4: plain 3×3 convolutions at the input's size and one pixel shuffle, fast enough to follow the hand.

Plain stacks win the efficient tracks of NTIRE by time at equal PSNR (SPAN, Wan et al. 2024, and its heirs): a
processor multiplies one dense 3×3 convolution faster than the attention or the grouped layers that save operations.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks.bicubic import REACH, SCALE, enlarge_unshuffled
from cf_esrt.networks.layers import conv3x3


class Live(nn.Module):
    """``convolutions`` 3×3 convolutions of ``channels`` with ReLU between them, added to the bicubic enlargement.

    271,536 parameters; 1.11 G multiply-adds for a 64×64 input.

    Input N×3×H×W with H, W ≥ 1, RGB in 0..1; output N×3×4H×4W, not clamped. The convolutions begin with He's variances
    and the last one with zeros, so that an untrained network is bicubic interpolation. Under autocast the convolutions
    run in its precision; the enlargement and the sum stay in float32. ValueError for fewer than two convolutions.
    """

    def __init__(self, *, channels: int = 48, convolutions: int = 14) -> None:
        super().__init__()
        if convolutions < 2:
            raise ValueError(f"Live has a first and a last convolution, so {convolutions} are too few.")
        widths = [3, *[channels] * (convolutions - 1), 3 * SCALE**2]
        self.convolutions = nn.ModuleList(conv3x3(inputs, outputs) for inputs, outputs in pairwise(widths))
        self.start_from_bicubic()

    @property
    def context(self) -> int:
        """Input pixels around a rectangle that its result can depend on: one for each convolution."""
        return max(len(self.convolutions), REACH)

    def forward(self, x: Tensor) -> Tensor:
        return add_to_bicubic(self.residual(x), x)

    def residual(self, x: Tensor) -> Tensor:
        """What is added to the enlargement: N×48×H×W, before the pixel shuffle."""
        *hidden, last = self.convolutions
        for convolve in hidden:
            x = torch.relu(convolve(x))
        return last(x)

    @torch.no_grad()
    def start_from_bicubic(self) -> None:
        """Set the weights, in place, so that the network is bicubic interpolation and learns from there."""
        for convolve in self.convolutions:
            assert isinstance(convolve, nn.Conv2d)
            assert convolve.bias is not None
            nn.init.kaiming_normal_(convolve.weight, nonlinearity="relu")
            nn.init.zeros_(convolve.bias)
        nn.init.zeros_(self.convolutions[-1].weight)  # type: ignore[arg-type]


def add_to_bicubic(residual: Tensor, x: Tensor) -> Tensor:
    """`Live.residual`'s result and its input → N×3×4H×4W."""
    return F.pixel_shuffle(_in_own_precision(x) + residual, SCALE)


def _in_own_precision(x: Tensor) -> Tensor:
    """The enlargement without autocast: eight bits of bfloat16 would be all that is left of a level."""
    if not torch.is_autocast_enabled(x.device.type):
        return enlarge_unshuffled(x)
    with torch.autocast(x.device.type, enabled=False):
        return enlarge_unshuffled(x)
