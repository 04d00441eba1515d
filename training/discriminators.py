"""What judges a network that is trained adversarially, and what of a picture it is shown."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from cf_esrt.networks import Discriminator as SRGANDiscriminator
from training.bfloat16 import convolving_in
from training.config import Discriminator

#: Of the Gaussian that `texture` takes away, in pixels: one pixel of the input. It passes what is finer than about
#: 21 pixels by more than half, so hairs and pigment networks stay, and the colour around them goes.
SIGMA = 4
#: Brings what is left, in training crops 0.027 in root mean square, to about 1: spectral norms keep small inputs small.
GAIN = 40.0


class UNetDiscriminator(nn.Module):
    """Real-ESRGAN's discriminator (Wang et al. 2021, arXiv 2107.10833, section 3.3, and the authors' code): an encoder
    of three halvings, a decoder with additive skips, spectral norm on all but the first and the last convolution.

    4,376,897 parameters and 3.6 G multiply-adds for a 96×96 input at ``width=64``, the published one; 1,094,817 and
    0.9 G at 32.

    Input N×3×H×W, H and W multiples of 8; output N×1×H×W: a logit a pixel, so that each place is judged by itself.
    """

    def __init__(self, *, width: int = 64) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        widths = [width, 2 * width, 4 * width, 8 * width]
        self.encode = nn.ModuleList(_normed(a, b, 4, 2) for a, b in pairwise(widths))
        self.decode = nn.ModuleList(_normed(b, a, 3, 1) for a, b in reversed([*pairwise(widths)]))
        self.last = nn.Sequential(*(nn.Sequential(_normed(width, width, 3, 1), nn.LeakyReLU(0.2)) for _ in range(2)))
        self.logit = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        if height % 8 or width % 8:
            raise ValueError(f"The discriminator takes sides that are multiples of 8 pixels, not {height}×{width}.")
        stages = [F.leaky_relu(self.first(image), 0.2)]
        for halve in self.encode:
            stages.append(F.leaky_relu(halve(stages[-1]), 0.2))
        x = stages.pop()
        for merge in self.decode:
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = F.leaky_relu(merge(x), 0.2) + stages.pop()
        return self.logit(self.last(x))


def _normed(inputs: int, outputs: int, side: int, stride: int) -> nn.Module:
    """A convolution whose largest singular value is kept at 1 (Miyato et al. 2018)."""
    return spectral_norm(nn.Conv2d(inputs, outputs, side, stride, padding=1, bias=False))


def texture(image: Tensor) -> Tensor:
    """N×3×H×W, sides above 12 pixels → the picture less its Gaussian blur (σ 4 pixels, borders mirrored), times 40.

    A network may then not please its judge by a shift of colour or brightness: those are the pixel term's. What is
    taken away is each channel's own, so that grain of a colour that photographs have not is still seen.
    """
    reach = 3 * SIGMA
    taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=image.device, dtype=image.dtype) / SIGMA) ** 2)
    row = (taps / taps.sum()).expand(3, 1, 1, -1)
    blurred = F.conv2d(F.pad(image, (reach,) * 4, mode="reflect"), row, groups=3)
    return GAIN * (image - F.conv2d(blurred, row.transpose(2, 3), groups=3))


class Judge(nn.Module):
    """A discriminator behind what it is shown of a picture, N×3×H×W in 0..1, unclamped predictions too.

    ``settings`` say which; ``dtype`` is its convolutions', its logits are float32.
    """

    def __init__(self, settings: Discriminator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = SRGANDiscriminator() if settings.kind == "srgan" else UNetDiscriminator(width=settings.width)
        self.sees, self.dtype = settings.sees, dtype

    def forward(self, image: Tensor) -> Tensor:
        seen = texture(image) if self.sees == "texture" else image
        with convolving_in(self.dtype, image.device):
            return self.network(seen).float()
