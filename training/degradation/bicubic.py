"""Antialiased bicubic, as Pillow's ``Image.BICUBIC``."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from cf_esrt.pixels import SCALE as SCALE  # the inputs of the networks that cf_esrt runs


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Antialiased bicubic (a = −0.5, Pillow's) of N×C×H×W in 0..1 to ``size``; clamped to 0..1.

    First along rows, then along columns, on 8-bit levels between as Pillow works: what overshoots at an edge is cut
    there, which in one pass differs by a dozen levels beside black and white. ValueError for a width of 1, which torch
    2.13's CPU kernel fills wrongly (every row the first).
    """
    if size[1] < 2:
        raise ValueError("Pictures cannot be resized to a width of one pixel here.")
    along_rows = F.interpolate(images, (images.shape[-2], size[1]), mode="bicubic", antialias=True).clamp_(0, 1)
    return F.interpolate(to_eight_bits(along_rows), size, mode="bicubic", antialias=True).clamp_(0, 1)


def to_eight_bits(images: Tensor) -> Tensor:
    """Rounded to 1/255, since what the network will be given has 8 bits."""
    return torch.round(images * 255) / 255


def shrink(images: Tensor) -> Tensor:
    """N×3×4H×4W in 0..1 → N×3×H×W, 8-bit levels: the training input of section 3.1."""
    return to_eight_bits(resize(images, (images.shape[-2] // SCALE, images.shape[-1] // SCALE)))
