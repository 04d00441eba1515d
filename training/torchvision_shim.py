"""Makes PyPI's torchvision importable beside a CPU-only torch. Import this before torchvision.

PyPI's torchvision is compiled against CUDA; beside a CPU-only torch its operator library does not load, and the
import then fails with "operator torchvision::nms does not exist". Declaring the operators without an
implementation lets the import pass; ``torchvision.ops`` and ``torchvision.io`` stay unusable, the models work.
It can go when PyPI has a CPU build that the requirements can pin: of 0.28.0 it has the one for CUDA 13 alone.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

_OPERATORS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_COMPILED = (".so", ".pyd")  # Windows has the latter
_library: torch.library.Library | None = None  # kept alive: its declarations go when it goes


def install() -> None:
    """Declare torchvision's operators where its compiled library cannot; does nothing elsewhere, or twice."""
    global _library
    if _library is None and torch.version.cuda is None and not _operators_load():
        _library = torch.library.Library("torchvision", "FRAGMENT")
        for name, schema in _OPERATORS.items():
            if not hasattr(torch.ops.torchvision, name):
                _library.define(schema)


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for library in sorted(Path(spec.origin).parent.glob("_C*")):
        if library.suffix not in _COMPILED:
            continue
        try:
            torch.ops.load_library(str(library))
        except OSError:  # a CUDA library that it was linked with is not there
            continue
        return True
    return False


install()
