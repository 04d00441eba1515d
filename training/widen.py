"""Weights of a network for a wider one that computes the same.

Source: Chen et al. 2016, "Net2Net: accelerating learning via knowledge transfer", section 2.2 (Net2WiderNet). Each
channel is there several times, and what reads it reads the copies with weights that sum to the old one; the weights of
the copies differ at random, so that they learn different things.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SPREAD = 0.5
"""Standard deviation of what tells the copies' weights apart, in units of the tensor's own."""


def widen(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of ``state`` in the shapes of ``wanted``, by name, where these are multiples of their own; the others as
    they are.

    Of weights the first dimension counts outputs and the second inputs; all channels must grow by one factor, in an
    architecture that is the same otherwise.
    """
    generator = torch.Generator().manual_seed(0)
    shapes = {name: wanted[name].shape if name in wanted else tensor.shape for name, tensor in state.items()}
    return {
        name: _widened(tensor, shapes[name], generator) if _grows(tensor.shape, shapes[name]) else tensor
        for name, tensor in state.items()
    }


def _grows(shape: torch.Size, into: torch.Size) -> bool:
    """Whether outputs, inputs or both grow by a whole factor, and nothing else does."""
    if shape == into or len(shape) != len(into) or shape[2:] != into[2:]:
        return False
    return all(large % small == 0 for small, large in zip(shape, into, strict=True))


def _widened(tensor: Tensor, shape: torch.Size, generator: torch.Generator) -> Tensor:
    tensor = tensor.repeat(shape[0] // tensor.shape[0], *[1] * (tensor.dim() - 1))
    if tensor.dim() == 1 or shape[1] == tensor.shape[1]:
        return tensor
    copies = shape[1] // tensor.shape[1]
    spread = torch.randn(copies, *tensor.shape, generator=generator).to(tensor)
    spread = SPREAD * tensor.std() * (spread - spread.mean(0))
    return torch.cat(list(tensor / copies + spread), 1)
