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


def widen(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], seed: int = 0) -> dict[str, Tensor]:
    """Tensors of ``state`` in the shapes of ``wanted``, by name, where these are multiples of their own; the others as
    they are.

    Of weights the first dimension counts outputs and the second inputs; all channels must grow by one factor, in an
    architecture that is the same otherwise.
    """
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, tensor in state.items():
        shape = wanted[name].shape if name in wanted else tensor.shape
        found[name] = _widened(tensor, shape, generator) if _is_multiple(shape, tensor.shape) else tensor
    return found


def _is_multiple(shape: torch.Size, of: torch.Size) -> bool:
    """Whether outputs, inputs or both grow by a whole factor, and nothing else does."""
    pairs = list(zip(shape, of, strict=True)) if len(shape) == len(of) else []
    grown = shape != of and all(large % small == 0 for large, small in pairs[:2])
    return bool(pairs) and grown and shape[2:] == of[2:]


def _widened(tensor: Tensor, shape: torch.Size, generator: torch.Generator) -> Tensor:
    tensor = tensor.repeat(shape[0] // tensor.shape[0], *[1] * (tensor.dim() - 1))
    if tensor.dim() == 1 or shape[1] == tensor.shape[1]:
        return tensor
    copies = shape[1] // tensor.shape[1]
    spread = torch.randn(copies, *tensor.shape, generator=generator).to(tensor)
    spread = SPREAD * tensor.std() * (spread - spread.mean(0))
    return torch.cat(list(tensor / copies + spread), 1)
