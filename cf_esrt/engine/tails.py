"""A network's merged tail, which takes half a second to compute, and is cached."""

from __future__ import annotations

from safetensors.torch import load, save

from cf_esrt import checkpoints
from cf_esrt.engine import cache
from cf_esrt.engine.linear import Area, Merged, Network, merge

VERSION = 1
"""Version of the merged tails, part of their cache key."""
_PLACES = range(3)


def tail(network: Network) -> Merged:
    """The tail behind the body (`linear.apply`, before `linear.finish`)."""
    part = network.reconstruct.tail
    digest = checkpoints.digest(part.state_dict())
    key = {"weights": digest, "part": "tail", "converter": str(VERSION)}
    tensors = load(cache.fetch(f"tail-{digest[:16]}", key, lambda: _packed(merge(part, network.head.out_channels))))
    return tuple(  # type: ignore[return-value]
        tuple(Area(tensors[f"weight{row}{column}"], tensors[f"bias{row}{column}"]) for column in _PLACES)
        for row in _PLACES
    )


def _packed(merged: Merged) -> bytes:
    tensors = {}
    for row, areas in enumerate(merged):
        for column, area in enumerate(areas):
            tensors |= {f"weight{row}{column}": area.weight, f"bias{row}{column}": area.bias}
    return save(tensors)
