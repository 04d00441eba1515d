"""CF-ESRT (Park and You): a coarse network, then a refinement network that adds texture. Sections 2.1 and 2.2."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks.backbones import LightweightCNNBackbone, LightweightTransformerBackbone
from cf_esrt.networks.esrt import CHANNELS, Reconstructor
from cf_esrt.networks.layers import Padding, conv3x3


class CoarseNetwork(nn.Module):
    """Section 2.1: ESRT with its two backbones side by side, and HPBs without their outermost residual.

    770,231 parameters; 5.44 G multiply-adds for a 64×64 input.

    Input N×3×H×W with H, W ≥ 1, RGB in 0..1; output N×3×4H×4W, not clamped. How the two backbones are fused
    is not in the paper: concatenation and a 3×3 convolution here.
    """

    def __init__(self, *, skip_padding: Padding = "zeros") -> None:
        super().__init__()
        self.head = conv3x3(3, CHANNELS)
        self.lcb = LightweightCNNBackbone(CHANNELS, skip=False)
        self.ltb = LightweightTransformerBackbone(CHANNELS)
        self.fuse = conv3x3(2 * CHANNELS, CHANNELS)
        self.reconstruct = Reconstructor(CHANNELS, skip_padding=skip_padding)

    def forward(self, x: Tensor) -> Tensor:
        head = self.head(x)
        return self.reconstruct(self.body(head), head)

    def body(self, head: Tensor) -> Tensor:
        """The head's features through both backbones side by side, N×32×H×W."""
        return self.fuse(torch.cat([self.lcb(head), self.ltb(head, residual=head)], 1))


class Stage(nn.Module):
    """Convolutions with ReLU at one size; the first one's output is added to the last one's."""

    def __init__(self, inputs: int, width: int, convolutions: int) -> None:
        super().__init__()
        self.first = conv3x3(inputs, width)
        self.others = nn.ModuleList(conv3x3(width, width) for _ in range(convolutions - 1))

    def forward(self, x: Tensor) -> Tensor:
        first = x = torch.relu_(self.first(x))
        for conv in self.others[:-1]:
            x = torch.relu_(conv(x))
        return torch.relu_(self.others[-1](x).add_(first))


class RefinementNetwork(nn.Module):
    """Section 2.2: encoder–decoder with max-pool 2, nearest ×2 and 3×3 convolutions; adds texture to its input.

    712,419 parameters; 13.14 G multiply-adds for a 256×256 input (at ``width=32``, the default).

    Input and output N×3×H×W with H, W ≥ 1, RGB in 0..1, not clamped. Encoder stages of 3 convolutions
    (width, 2·width, 4·width), decoder stages of 4 (2·width, width), one convolution to RGB, added to the
    input: the stages of Zoom-to-Inpaint (Kim et al. 2020), which the paper follows, with plain convolutions.
    ``skips`` adds each encoder stage's output to the decoder stage's at the same size; whether the paper has them
    cannot be read from its text. ``sharpen`` is the amount of a fixed unsharp mask under the texture (`Sharpen`), which
    the paper does not have: 0, the default, has none.
    """

    HALO = 40
    """Pixels around a rectangle, on a grid of 4, that its result can depend on (34 by the convolutions alone)."""
    FRAME = 16
    """Pixels, a multiple of 4, for which a picture's border goes on around it. Convolutions would put black there, an
    edge that is not in the picture, and the refinement would answer it with a pattern along the border."""

    def __init__(self, *, width: int = 32, skips: bool = True, sharpen: float = 0.0) -> None:
        super().__init__()
        self.skips = skips
        self.sharpen = Sharpen(sharpen) if sharpen else None
        self.encode1 = Stage(3, width, 3)
        self.encode2 = Stage(width, 2 * width, 3)
        self.encode3 = Stage(2 * width, 4 * width, 3)
        self.decode2 = Stage(4 * width, 2 * width, 4)
        self.decode1 = Stage(2 * width, width, 4)
        self.to_rgb = conv3x3(width, 3)

    def forward(self, image: Tensor) -> Tensor:
        full = self.encode1(F.pad(image, [self.FRAME] * 4, mode="replicate"))
        half = self.encode2(F.max_pool2d(full, 2))
        quarter = self.encode3(F.max_pool2d(half, 2))
        x = self.decode2(_enlarge(quarter, half))
        x = x + half if self.skips else x
        x = self.decode1(_enlarge(x, full))
        x = x + full if self.skips else x
        inside = slice(self.FRAME, -self.FRAME)
        refined = image + self.to_rgb(x)[..., inside, inside]
        return refined if self.sharpen is None else refined + self.sharpen(image)


class Sharpen(nn.Module):
    """``amount`` times the image less its Gaussian: what an unsharp mask adds. N×3×H×W → N×3×H×W, borders replicated.

    A network trained with the mean absolute error shows detail that it is unsure of too weakly. A filter that is the
    same in all directions gives it back its strength and cannot add any that is not there: ring correlation stays as
    it is. The amount is a buffer, so that weights alone tell it.
    """

    SIGMA = 1.5
    """Of the Gaussian, in pixels of the result."""
    REACH = 5

    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount: Tensor
        self.register_buffer("amount", torch.tensor(float(amount)))

    @classmethod
    def taps(cls) -> Tensor:
        """The Gaussian along one axis, 2·REACH + 1 numbers that sum to 1."""
        at = torch.arange(-cls.REACH, cls.REACH + 1, dtype=torch.float32)
        weights = torch.exp(-at.square() / (2 * cls.SIGMA**2))
        return weights / weights.sum()

    def forward(self, image: Tensor) -> Tensor:
        taps = self.taps().to(image).expand(3, 1, 1, -1)
        padded = F.pad(image, [self.REACH] * 4, mode="replicate")
        soft = F.conv2d(F.conv2d(padded, taps, groups=3), taps.transpose(2, 3), groups=3)
        return self.amount * (image - soft)


def _enlarge(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[-2:], mode="nearest")


class Stages(NamedTuple):
    """What CF-ESRT returns, both N×3×4H×4W and not clamped."""

    coarse: Tensor
    refined: Tensor


class CFESRT(nn.Module):
    """The whole of Figure 1: coarse network, then refinement network; both images are returned.

    1,482,650 parameters; 18.58 G multiply-adds for a 64×64 input (at ``width=32``, the default).

    With ``rounded``, the refinement network reads the coarse image as it would be shown, clamped and on 8-bit
    levels (the gradient passes as if it were not). The paper does not say. What rounding leaves, a pattern of
    less than one level, is the only fine structure in smooth skin that a deterministic network can make grain from.
    """

    def __init__(
        self,
        *,
        width: int = 32,
        skips: bool = True,
        rounded: bool = True,
        sharpen: float = 0.0,
        skip_padding: Padding = "zeros",
    ) -> None:
        super().__init__()
        self.rounded = rounded
        self.coarse = CoarseNetwork(skip_padding=skip_padding)
        self.refine = RefinementNetwork(width=width, skips=skips, sharpen=sharpen)

    def forward(self, x: Tensor) -> Stages:
        coarse = self.coarse(x)
        return Stages(coarse, self.refine(self.refinement_input(coarse)))

    def refinement_input(self, coarse: Tensor) -> Tensor:
        """The coarse picture as the refinement network reads it."""
        return round_to_levels(coarse) if self.rounded else coarse


def round_to_levels(image: Tensor) -> Tensor:
    """RGB in 0..1 clamped and rounded to multiples of 1/255; straight through for the gradient."""
    levels = torch.round(image.detach().float().clamp(0, 1) * 255) / 255
    return image + (levels.to(image.dtype) - image).detach()
