"""Choosing the engine that runs a network."""

from __future__ import annotations

import importlib.util
import logging
from typing import TYPE_CHECKING

import torch
from torch import nn

from cf_esrt.engine import NAMES, EngineError, processor, ranges
from cf_esrt.engine.base import Engine
from cf_esrt.engine.device import choose_precision
from cf_esrt.engine.on_torch import TorchEngine

if TYPE_CHECKING:
    from cf_esrt.models import ModelDescriptor

log = logging.getLogger(__name__)

_ON_OPENVINO = ("ESRT", "CFESRT", "Live")
"""Architectures that OpenVINO takes here."""
_ONLY_TORCH = ("float16",)
"""Precisions that only torch has on a CPU."""


def choose(
    name: str, descriptor: ModelDescriptor, network: nn.Module, device: torch.device, *, precision: str = "auto"
) -> Engine:
    """``torch``, ``openvino``, or with ``auto`` OpenVINO on a CPU where it is installed and takes the network.

    ``precision`` is ``auto``, one of the descriptor's ``dtypes``, or for OpenVINO float32, bfloat16 or int8.
    EngineError where the requested engine is not available; ValueError for another name or precision.
    """
    if name not in NAMES:
        raise EngineError(f"There is no engine {name!r}; choose {', '.join(NAMES[:-1])} or {NAMES[-1]}.")
    if name == "openvino":
        return _openvino(network, device, precision)
    if name == "auto" and device.type == "cpu" and precision not in _ONLY_TORCH and is_installed():
        try:
            return _openvino(network, device, precision)
        except EngineError as error:
            log.info("torch runs %s: %s", descriptor.name, error)
    return TorchEngine(network, device, choose_precision(descriptor, device, precision))


def is_installed() -> bool:
    """Whether OpenVINO is there, without importing it."""
    return importlib.util.find_spec("openvino") is not None


def outlook(descriptor: ModelDescriptor, device: torch.device) -> tuple[str, str]:
    """The engine and precision that ``auto`` would choose for a model with a network; loads nothing."""
    if device.type == "cpu" and is_installed() and descriptor.architecture in _ON_OPENVINO:
        try:
            return "openvino", _import().choose_precision("auto")
        except EngineError as error:
            log.info("torch runs %s: %s", descriptor.name, error)
    return "torch", choose_precision(descriptor, device, "auto")


def is_faster_in_int8(engine: Engine, sha256: str | None) -> bool:
    """Whether OpenVINO's int8 is faster than the engine that ``auto`` chose, and can be had with the weights of that
    digest (`ranges`). bfloat16 is left as it is: it is as exact, and where it is chosen it is fast."""
    chosen = (engine.name, engine.precision) == ("openvino", "float32")
    return chosen and sha256 in ranges.known() and processor.has_fast_int8(processor.flags())


def _openvino(network: nn.Module, device: torch.device, precision: str) -> Engine:
    if device.type != "cpu":
        raise EngineError("OpenVINO runs networks on the CPU here; choose that device, or torch.")
    return _import().OpenVinoEngine(network, precision)


def _import():
    try:
        from cf_esrt.engine import on_openvino
    except (ImportError, OSError) as error:  # not there, or its libraries do not load
        raise EngineError(f"OpenVINO cannot be used here ({error}): pip install openvino, or choose torch.") from error
    return on_openvino
