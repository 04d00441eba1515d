"""The linear parts merged: from features to four times their size in one convolution at low resolution.

The tail (convolution, two upsamplers' convolutions with their shuffles, convolution to RGB) and the long skip up to its
ReLU hold nothing but convolutions and shuffles. So each is affine in its input, and equals one 7×7 convolution to
48 = 3·4·4 channels and one PixelShuffle(4). Within three pixels of a border the padding of the layers between shows,
and there the kernel is another one for each place: three rows, three columns, and the nine pixels of each corner.

All of them follow from the part's response to a picture of 7×7 pixels: its middle pixel sees no border, its outer
three lines see one each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks.cf_esrt import CoarseNetwork
from cf_esrt.networks.esrt import ESRT
from cf_esrt.pixels import SCALE

REACH = 3
"""Low-resolution pixels that a result depends on to each side; padding at a border reaches as far."""
SIDE = 2 * REACH + 1
"""The kernel's side, and the least side of a picture that can be computed this way."""
_BATCH = 128
_RESULT = slice(0, REACH), slice(REACH, REACH + 1), slice(REACH + 1, SIDE)
"""Lines of a 7×7 result: near the first border, in the middle, near the last border."""
_SEEN = slice(0, 2 * REACH), slice(0, SIDE), slice(1, SIDE)
"""Lines of the 7×7 input that they depend on."""
EDGES = slice(0, 2 * REACH), slice(None), slice(-2 * REACH, None)
"""Lines of an input that its nine areas are computed from."""

Network = ESRT | CoarseNetwork


@dataclass(frozen=True)
class Area:
    """One of nine areas of a result: a convolution without padding over `EDGES` of the input.

    ``weight``: (48·rows·columns) × in × (rows seen) × (columns seen), rows and columns being 3 across a border and 1
    along it; ``bias``: 48·rows·columns.
    """

    weight: Tensor
    bias: Tensor


Merged = tuple[tuple[Area, Area, Area], ...]
"""Three rows of three areas, from the upper left corner on."""


@torch.inference_mode()
def merge(part: nn.Module, channels: int) -> Merged:
    """The areas of an affine part that reaches three pixels and maps N×channels×H×W to N×3×4H×4W."""
    count = channels * SIDE * SIDE
    zero = F.pixel_unshuffle(part(torch.zeros(1, channels, SIDE, SIDE)), SCALE)
    impulses = torch.eye(count).view(count, channels, SIDE, SIDE)
    found = [F.pixel_unshuffle(part(some), SCALE) - zero for some in impulses.split(_BATCH)]
    response = torch.cat(found).view(channels, SIDE, SIDE, -1, SIDE, SIDE)
    pairs = list(zip(_RESULT, _SEEN, strict=True))
    areas = [[_area(response, zero[0], (y[0], x[0]), (y[1], x[1])) for x in pairs] for y in pairs]
    return tuple(map(tuple, areas))  # type: ignore[return-value]


def _area(response: Tensor, zero: Tensor, result: tuple[slice, slice], seen: tuple[slice, slice]) -> Area:
    weight = response[:, seen[0], seen[1], :, result[0], result[1]].permute(3, 4, 5, 0, 1, 2).flatten(0, 2)
    return Area(weight.contiguous(), zero[:, result[0], result[1]].flatten().contiguous())


def apply(merged: Merged, x: Tensor) -> Tensor:
    """N×channels×H×W with H, W ≥ 7 → N×48×H×W: the part's result before PixelShuffle(4)."""
    rows = []
    for row, (areas, lines) in enumerate(zip(merged, EDGES, strict=True)):
        parts = []
        for column, (area, places) in enumerate(zip(areas, EDGES, strict=True)):
            out = F.conv2d(x[:, :, lines, places], area.weight, area.bias)
            parts.append(_spread(out, REACH if row != 1 else 1, REACH if column != 1 else 1))
        rows.append(torch.cat(parts, 3))
    return torch.cat(rows, 2)


def _spread(x: Tensor, rows: int, columns: int) -> Tensor:
    """N×(48·rows·columns)×h×w, h or w being 1 where rows or columns are not → N×48×(h·rows)×(w·columns)."""
    n, _, height, width = x.shape
    if columns == 1 or rows == columns:
        return x.view(n, -1, rows * height if height == 1 else height, columns * width if width == 1 else width)
    return x.view(n, -1, columns, height).transpose(2, 3)


class MergedNetwork(nn.Module):
    """ESRT or CoarseNetwork with its linear parts merged; N×3×H×W, RGB in 0..1 → N×3×4H×4W, not clamped.

    A picture with a side under seven pixels goes through the network as it is.
    """

    def __init__(self, network: Network, tail: Merged) -> None:
        super().__init__()
        self.network = network
        self.tail = tail
        self.skip = merge_skip(network)

    def forward(self, x: Tensor) -> Tensor:
        if min(x.shape[-2:]) < SIDE:
            return self.network(x)
        return finish(apply(self.tail, self.network.body(self.network.head(x))), apply(self.skip, x))


def merge_skip(network: Network) -> Merged:
    """The long skip from RGB on, up to its ReLU."""
    upsample, to_rgb = network.reconstruct.skip[0], network.reconstruct.skip[1]
    return merge(nn.Sequential(network.head, upsample, to_rgb.conv), 3)  # type: ignore[arg-type]


def finish(tail: Tensor, skip: Tensor) -> Tensor:
    """Both parts' 48 channels → RGB of four times the size."""
    return F.pixel_shuffle(tail + torch.relu(skip), SCALE)
