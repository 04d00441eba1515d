"""The engine protocol, and how engines report that memory is full."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

#: Messages of torch's CPU allocator, OpenVINO and its oneDNN, none of which has an exception type for it. oneDNN makes
#: a primitive for every new input size of a running network, so all that it can lack is memory.
_FULL = (
    "DefaultCPUAllocator: can't allocate memory",
    "bad_alloc",
    "could not create a memory object",
    "could not create a primitive",
    "Failed to allocate",
)


class Engine(Protocol):
    """A network ready to run. Calls may come from several threads."""

    name: str
    """``torch`` or ``openvino``."""
    precision: str
    """The bodies' precision, by torch's name; on a CPU the long skip and sums are always float32."""

    def first(self, tiles: np.ndarray) -> np.ndarray:
        """N×h×w×3 uint8 → N×4h×4w×3 float32 in 0..1: the picture of the first, or only, network."""
        ...

    def levels(self, tiles: np.ndarray) -> np.ndarray:
        """`first` in levels: N×h×w×3 uint8 → N×4h×4w×3 uint8."""
        ...

    def refine(self, pictures: np.ndarray) -> np.ndarray:
        """N×h×w×3 uint8 → the same in float32, 0..1: CF-ESRT's refinement, h and w multiples of 4."""
        ...


def to_levels(picture: np.ndarray) -> np.ndarray:
    """0..1 → the nearest levels, uint8."""
    return np.rint(picture * 255).astype(np.uint8)


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA has its own exception, OpenVINO sometimes Python's; CPU allocators raise a RuntimeError that says so."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _FULL)
