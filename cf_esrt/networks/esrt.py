"""ESRT ×4 (Lu et al., Transformer for Single Image Super-Resolution, 2021), the backbone and a baseline."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from cf_esrt.networks.backbones import LightweightCNNBackbone, LightweightTransformerBackbone
from cf_esrt.networks.layers import ConvReLU, Padding, Upsampler, conv3x3
from cf_esrt.networks.published import rename_published

CHANNELS = 32


class Reconstructor(nn.Module):
    """What ESRT and the coarse network share: features of low resolution → RGB of four times the size.

    ``tail``: 3×3 convolution, upsampler, 3×3 convolution to RGB. ``skip``: the long skip, another upsampler on
    the head's features, then 3×3 convolution and ReLU.
    """

    def __init__(self, channels: int, *, skip_padding: Padding) -> None:
        super().__init__()
        self.tail = nn.Sequential(conv3x3(channels, channels), Upsampler(channels), conv3x3(channels, 3))
        self.skip = nn.Sequential(
            Upsampler(channels, padding_mode=skip_padding), ConvReLU(channels, 3, 3, padding_mode=skip_padding)
        )

    def forward(self, body: Tensor, head: Tensor) -> Tensor:
        return self.tail(body) + self.skip(head)


class ESRT(nn.Module):
    """Efficient super-resolution transformer, ×4: the CNN backbone feeds the transformer backbone.

    751,767 parameters; 5.36 G multiply-adds for a 64×64 input.

    Input N×3×H×W with H, W ≥ 1, RGB in 0..1; output N×3×4H×4W, not clamped. ``load_state_dict`` also takes
    weights under the published names. ``skip_padding="replicate"`` departs from the published zero padding
    in the long skip alone (see `start_from_interpolation`).
    """

    def __init__(self, *, skip_padding: Padding = "zeros") -> None:
        super().__init__()
        self.head = conv3x3(3, CHANNELS)
        self.lcb = LightweightCNNBackbone(CHANNELS)
        self.ltb = LightweightTransformerBackbone(CHANNELS)
        self.reconstruct = Reconstructor(CHANNELS, skip_padding=skip_padding)
        self.register_load_state_dict_pre_hook(_accept_published)

    def forward(self, x: Tensor) -> Tensor:
        head = self.head(x)
        return self.reconstruct(self.body(head), head)

    def body(self, head: Tensor) -> Tensor:
        """The head's features through both backbones, N×32×H×W."""
        return self.ltb(self.lcb(head), residual=head)


def _accept_published(_module: nn.Module, state: dict[str, Any], *_: Any) -> None:
    if any(name.startswith("body.0.") for name in state):
        renamed = rename_published(state)
        state.clear()
        state.update(renamed)
