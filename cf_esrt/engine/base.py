"""What an engine is, and how it says that memory is full."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

#: The words of torch's CPU allocator, and of OpenVINO's and its oneDNN's: none has an exception of its own for it. A
#: primitive is made for every new size of a network that runs, so that memory is what it can lack.
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
    """Of the bodies' numbers, by torch's name; the long skip and sums are float32 in any case on a CPU."""

    def first(self, tiles: np.ndarray) -> np.ndarray:
        """N×h×w×3 uint8 → N×4h×4w×3 float32 in 0..1: the picture of the first, or only, network."""
        ...

    def refine(self, pictures: np.ndarray) -> np.ndarray:
        """N×h×w×3 uint8 → the same in float32, 0..1: CF-ESRT's refinement, h and w multiples of 4."""
        ...


def is_out_of_memory(error: BaseException) -> bool:
    """CUDA has its own exception, OpenVINO sometimes Python's; CPU allocators raise a RuntimeError that says so."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _FULL)
