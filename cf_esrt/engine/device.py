"""Where a network runs, and in which precision torch runs it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from cf_esrt.models import ModelDescriptor

#: Tiles that go through the network at once: memory against speed (`make bench`).
BATCH = {"cpu": 1, "cuda": 32}
#: Where a device runs half precision faster, that is taken for models that allow it; a CPU runs it slower.
FASTEST = {"cpu": "float32", "cuda": "float16"}
HALF = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def choose_device(name: str) -> torch.device:
    """``auto``, ``cpu`` or ``cuda`` as a device; ValueError for another name, or where there is no CUDA."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"There is no device {name!r}; choose auto, cpu or cuda.")
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("There is no CUDA device here; choose auto or cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def choose_precision(descriptor: ModelDescriptor, device: torch.device, name: str) -> str:
    """``auto`` is the device's fastest that the model allows; ValueError for one that it does not allow."""
    if name == "auto":
        fastest = FASTEST.get(device.type, "float32")
        return fastest if fastest in descriptor.dtypes else "float32"
    if name not in descriptor.dtypes:
        raise ValueError(
            f"{descriptor.title} does not run in {name!r}; choose auto or {' or '.join(descriptor.dtypes)}."
        )
    return name
