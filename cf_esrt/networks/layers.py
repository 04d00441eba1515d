"""Small layers that every network here is put together from. Tensors are N×C×H×W floats."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Padding = Literal["zeros", "replicate"]


def conv3x3(inputs: int, outputs: int, *, bias: bool = True, padding_mode: Padding = "zeros") -> nn.Conv2d:
    """A 3×3 convolution of stride 1 that keeps height and width."""
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias, padding_mode=padding_mode)


class Scale(nn.Module):
    """One learnable factor, initially 1 (ESRT, Lu et al. 2021, section 3.2: adaptive weights)."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


def weighted_sum(weight_x: Scale, x: Tensor, weight_y: Scale, y: Tensor) -> Tensor:
    """weight_x·x + weight_y·y, in two passes over memory instead of three."""
    return torch.addcmul(weight_y(y), x, weight_x.scale)


class ConvReLU(nn.Module):
    """A convolution without bias, then ReLU; height and width are kept."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, padding_mode: Padding = "zeros") -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False, padding_mode=padding_mode)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.conv(x))


class ChannelAttention(nn.Module):
    """Squeeze and excitation: each channel is scaled by a gate computed from all channels' means.

    The two layers are 1×1 convolutions by name and shape, as published; on a vector they are matrices, and cheaper so.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        gate = torch.relu(_linear(self.squeeze, x.mean((2, 3))))
        return x * torch.sigmoid(_linear(self.excite, gate))[..., None, None]


def _linear(pointwise: nn.Conv2d, x: Tensor) -> Tensor:
    return F.linear(x, pointwise.weight.flatten(1), pointwise.bias)


class ResidualUnit(nn.Module):
    """ESRT's RU: w1·x + w2·f(x), f being 3×3 reduction to half the channels, PReLU, 3×3 expansion.

    9,282 parameters at 32 channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = conv3x3(channels, channels // 2)
        self.activation = nn.PReLU(channels // 2)
        self.expand = conv3x3(channels // 2, channels)
        self.weight_in = Scale()
        self.weight_out = Scale()

    def forward(self, x: Tensor) -> Tensor:
        return weighted_sum(self.weight_in, x, self.weight_out, self.expand(self.activation(self.reduce(x))))


class Upsampler(nn.Sequential):
    """×4 by two steps of 3×3 convolution to four times the channels and PixelShuffle(2).

    ``padding_mode`` says what the convolutions see beyond the border: ``zeros`` as published, or
    ``replicate``, with which an interpolating initialisation has no dark rim to unlearn.
    """

    def __init__(self, channels: int, *, padding_mode: Padding = "zeros") -> None:
        super().__init__(
            conv3x3(channels, 4 * channels, padding_mode=padding_mode),
            nn.PixelShuffle(2),
            conv3x3(channels, 4 * channels, padding_mode=padding_mode),
            nn.PixelShuffle(2),
        )
