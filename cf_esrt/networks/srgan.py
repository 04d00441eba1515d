"""SRGAN ×4 (Ledig et al., Photo-Realistic Single Image Super-Resolution Using a GAN, 2017), a baseline."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks.layers import Padding, conv3x3


class ResidualBlock(nn.Module):
    """Convolution, batch norm, PReLU, convolution, batch norm; added to the input. 74,048 parameters at 64 channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(width, width, bias=False)  # a bias would be taken away by the norm
        self.norm1 = nn.BatchNorm2d(width)
        self.activation = nn.PReLU(width)
        self.conv2 = conv3x3(width, width, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.conv2(self.activation(self.norm1(self.conv1(x)))))


class SRResNet(nn.Module):
    """SRGAN's generator; trained with a pixel loss alone the paper calls it SRResNet. Figure 4, above.

    1,548,547 parameters; 9.09 G multiply-adds for a 64×64 input (with 16 blocks of 64 channels, the default).

    Input N×3×H×W with H, W ≥ 1, RGB in 0..1; output N×3×4H×4W, not clamped and in 0..1 too, where the paper has −1..1.
    PReLU has a slope for each channel (He et al. 2015); the paper does not say. In training mode batch norm needs more
    than one pixel in the batch. ``padding="replicate"`` departs from the published zero padding in the two upsampling
    convolutions alone (see `start_from_interpolation`).
    """

    def __init__(self, *, blocks: int = 16, width: int = 64, padding: Padding = "zeros") -> None:
        super().__init__()
        self.head = nn.Conv2d(3, width, 9, padding=4)
        self.activation = nn.PReLU(width)
        self.blocks = nn.Sequential(*(ResidualBlock(width) for _ in range(blocks)))
        self.body = conv3x3(width, width, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.enlarge1 = _Enlarge(width, padding)
        self.enlarge2 = _Enlarge(width, padding)
        self.to_rgb = nn.Conv2d(width, 3, 9, padding=4)

    @property
    def context(self) -> int:
        """Input pixels around a rectangle that its result can depend on, in evaluation mode; 8 without the blocks."""
        return 8 + 2 * len(self.blocks)

    def forward(self, x: Tensor) -> Tensor:
        head = self.activation(self.head(x))
        features = head + self.norm(self.body(self.blocks(head)))
        return self.to_rgb(self.enlarge2(self.enlarge1(features)))


class _Enlarge(nn.Module):
    """×2: convolution to four times the channels, PixelShuffle, PReLU."""

    def __init__(self, width: int, padding: Padding) -> None:
        super().__init__()
        self.conv = conv3x3(width, 4 * width, padding_mode=padding)
        self.activation = nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(F.pixel_shuffle(self.conv(x), 2))


class Discriminator(nn.Module):
    """SRGAN's discriminator: eight 3×3 convolutions, 64 to 512 channels, every second of stride 2. Figure 4, below.

    23,563,649 parameters; 0.88 G multiply-adds for a 96×96 input.

    Input N×3×H×W, RGB in 0..1, H and W multiples of 16; output N×1: the logit of being a photograph (the published
    sigmoid is part of the loss here). The published dense layer fits crops of 96 pixels; for other sizes the last
    features are brought to its 6×6 by adaptive average pooling, as is common, which changes nothing at 96.
    ValueError for other sides. In training mode a batch of one needs more than 16×16 pixels, for batch norm.
    """

    WIDTHS = (64, 128, 256, 512)
    SIDE = 6
    """Of the features that the dense layer reads."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for width in self.WIDTHS:
            for stride in (1, 2):
                layers.append(nn.Conv2d(inputs, width, 3, stride, padding=1, bias=inputs == 3))
                if inputs != 3:  # the first layer has no norm
                    layers.append(nn.BatchNorm2d(width))
                layers.append(nn.LeakyReLU(0.2))
                inputs = width
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(inputs * self.SIDE**2, 1024)
        self.logit = nn.Linear(1024, 1)

    def forward(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        if height % 16 or width % 16:
            raise ValueError(f"The discriminator takes sides that are multiples of 16 pixels, not {height}×{width}.")
        features = F.adaptive_avg_pool2d(self.features(image), self.SIDE)
        return self.logit(F.leaky_relu(self.dense(torch.flatten(features, 1)), 0.2))
