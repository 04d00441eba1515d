"""ESRT's two backbones: a lightweight CNN (LCB) and a lightweight transformer (LTB). Lu et al. 2021, section 3."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks.layers import ChannelAttention, ConvReLU, ResidualUnit, Scale, conv3x3, weighted_sum


class AdaptiveResidualFeatureBlock(nn.Module):
    """ARFB: two residual units whose outputs are concatenated, squeezed, gated and convolved; w4·x + w5·f.

    29,995 parameters at 32 channels, one of them a scalar that the published code never uses. It is kept,
    frozen, so that published weights load and count alike.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.unit1 = ResidualUnit(channels)
        self.unit2 = ResidualUnit(channels)
        self.squeeze = ConvReLU(2 * channels, channels, 1)
        self.attention = ChannelAttention(channels)
        self.convolve = ConvReLU(channels, channels, 3)
        self.weight_unused = Scale().requires_grad_(False)
        self.weight_unit2 = Scale()
        self.weight_unit1 = Scale()
        self.weight_in = Scale()
        self.weight_out = Scale()

    def forward(self, x: Tensor) -> Tensor:
        first = self.unit1(x)
        second = self.unit2(first)
        both = torch.cat([self.weight_unit2(second), self.weight_unit1(first)], 1)
        out = self.convolve(self.attention(self.squeeze(both)))
        return weighted_sum(self.weight_in, x, self.weight_out, out)


def halve(x: Tensor) -> Tensor:
    """Average-pool by 2; a side of one pixel, which cannot be halved, is kept."""
    return F.avg_pool2d(x, (min(2, x.shape[-2]), min(2, x.shape[-1])))


def resize_like(x: Tensor, reference: Tensor) -> Tensor:
    """Bilinear to the height and width of ``reference`` (``align_corners`` as published)."""
    return F.interpolate(x, reference.shape[-2:], mode="bilinear", align_corners=True)


class HighPreservingBlock(nn.Module):
    """HPB: the low frequencies pass five times through one ARFB at half size, the high ones once at full size.

    The high frequencies are what the high-frequency filtering module (HFM) leaves: x − up(down(x)).
    ``skip=False`` is CF-ESRT's simplified HPB (section 2.1), without the outermost residual connection.
    122,190 parameters at 32 channels.
    """

    LOW_PASSES = 5

    def __init__(self, channels: int, *, skip: bool = True) -> None:
        super().__init__()
        self.skip = skip
        self.entry = AdaptiveResidualFeatureBlock(channels)
        self.low = AdaptiveResidualFeatureBlock(channels)
        self.high = AdaptiveResidualFeatureBlock(channels)
        self.fuse = ConvReLU(2 * channels, channels, 1)
        self.attention = ChannelAttention(channels)
        self.exit = AdaptiveResidualFeatureBlock(channels)

    def forward(self, x: Tensor) -> Tensor:
        features = self.entry(x)
        low = halve(features)
        high = features - resize_like(low, features)
        for _ in range(self.LOW_PASSES):
            low = self.low(low)
        both = torch.cat([resize_like(low, features), self.high(high)], 1)
        out = self.exit(self.attention(self.fuse(both)))
        return out + x if self.skip else out


class LightweightCNNBackbone(nn.Module):
    """LCB: three HPBs in series; all their outputs, concatenated, are reduced by a 3×3 convolution."""

    def __init__(self, channels: int, *, blocks: int = 3, skip: bool = True) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(HighPreservingBlock(channels, skip=skip) for _ in range(blocks))
        self.reduce = conv3x3(blocks * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return self.reduce(torch.cat(outputs, 1))


class EfficientAttention(nn.Module):
    """EMHA: attention in half the width, inside each of four consecutive groups of tokens.

    Tokens are N×T×D. Two things are as published: the scale (D/heads)^-½ although a head has D/2/heads
    dimensions, and the groups being runs of the row-major order. Where T does not divide by four the groups
    differ by one token (the published code makes five groups of it).
    """

    GROUPS = 4

    def __init__(self, width: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width / heads) ** -0.5
        self.reduce = nn.Linear(width, width // 2, bias=False)
        self.qkv = nn.Linear(width // 2, 3 * (width // 2), bias=False)
        self.project = nn.Linear(width // 2, width)

    def forward(self, tokens: Tensor) -> Tensor:
        n, t, _ = tokens.shape
        qkv = self.qkv(self.reduce(tokens)).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if t % self.GROUPS == 0:  # equal groups ride along as further heads, in one call
            grouped = qkv.reshape(3, n, self.heads * self.GROUPS, t // self.GROUPS, -1)
            out = self._attend(grouped).reshape(n, self.heads, t, -1)
        else:
            groups = qkv.tensor_split(min(self.GROUPS, t), dim=3)
            out = torch.cat([self._attend(group) for group in groups], 2)
        return self.project(out.transpose(1, 2).reshape(n, t, -1))

    def _attend(self, qkv: Tensor) -> Tensor:
        size = qkv.shape[-1]
        if qkv.is_cuda:  # fused CUDA kernels want a head size that divides by 8: zeros change nothing
            qkv = F.pad(qkv, (0, -size % 8))
        query, key, value = qkv.unbind(0)
        return F.scaled_dot_product_attention(query, key, value, scale=self.scale)[..., :size]


class EfficientTransformer(nn.Module):
    """ET: one pre-norm encoder layer on N×T×288 tokens. 188,424 parameters."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = EfficientAttention(width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, width // 4), nn.ReLU(), nn.Linear(width // 4, width))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))


class LightweightTransformerBackbone(nn.Module):
    """LTB: 3×3 patches as tokens through one ET, folded back (overlaps summed) and convolved.

    Output: w1·residual + w2·out, the residual being the head's features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.transformer = EfficientTransformer(9 * channels)
        self.project = conv3x3(channels, channels)
        self.weight_in = Scale()
        self.weight_out = Scale()

    def forward(self, features: Tensor, residual: Tensor) -> Tensor:
        tokens = F.unfold(features, 3, padding=1).transpose(1, 2)
        tokens = self.transformer(tokens).transpose(1, 2)
        folded = F.fold(tokens, features.shape[-2:], 3, padding=1)
        return weighted_sum(self.weight_in, residual, self.weight_out, self.project(folded))
