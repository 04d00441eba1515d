"""A loss on what a refinement adds along the edges of a picture."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

SURROUNDINGS = 24
"""Pixels around the part that is refined alone: most of what the refinement sees around a pixel."""
EDGE = 16
"""Pixels along its edges that are compared."""


def border_loss(refined: Tensor, read: Tensor, refine: Callable[[Tensor], Tensor]) -> Tensor:
    """Mean absolute difference along the edges of a part of a picture: refined alone, and with its surroundings.

    The losses that know detail see little of a crop's edges, VGG16 puts zeros around them, and a refinement may draw a
    pattern there. With its surroundings, which have no gradient here, the part has no edges.

    Args:
        refined: N×3×S×S, S a multiple of 4 from 84 up, RGB in 0..1: what ``refine`` made of ``read``.
        read: what the refinement reads, of the same shape.
        refine: the refinement.
    """
    part = slice(SURROUNDINGS, -SURROUNDINGS)
    difference = (refine(read[..., part, part]) - refined[..., part, part].detach()).abs()
    within = difference[..., EDGE:-EDGE, EDGE:-EDGE]
    return (difference.sum() - within.sum()) / (difference.numel() - within.numel())
