"""The network of a configuration, and the weights it starts from."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from cf_esrt.checkpoints import ARCHITECTURES
from cf_esrt.networks import start_from_interpolation
from training.config import Config, ConfigError, InitFrom, Network
from training.state import StateError, load, load_matching
from training.widen import widen

log = logging.getLogger(__name__)
FROZEN = re.compile(r"-([0-9a-f]{12})\.safetensors$")
"""How the name of a frozen file ends: with the first digits of its SHA-256."""


def build_network(settings: Network) -> nn.Module:
    """The network of a configuration, with PyTorch's random weights."""
    name, arguments = architecture(settings)
    return ARCHITECTURES[name](**arguments)


def architecture(settings: Network) -> tuple[str, dict[str, Any]]:
    """A checkpoint's name for the network of a configuration, and its arguments."""
    if settings.name == "esrt":
        return "ESRT", {"skip_padding": settings.skip_padding}
    if settings.name == "srcnn":
        return "SRCNN", {}
    if settings.name == "srresnet":
        width = 64 if settings.channels is None else settings.channels
        return "SRResNet", {"blocks": settings.blocks, "width": width, "padding": settings.skip_padding}
    if settings.name == "live":
        channels = 48 if settings.channels is None else settings.channels
        return "Live", {"channels": channels, "convolutions": settings.convolutions}
    kept = ("width", "skips", "rounded", "sharpen", "skip_padding")
    return "CFESRT", {name: getattr(settings, name) for name in kept}


def initialise(network: nn.Module, config: Config) -> None:
    """The first weights: interpolating or random, then what fits of the files that the recipe
    and its first phase take over."""
    if config.initial == "interpolation":
        start_from_interpolation(network)
    load_weights(network, (*config.init_from, *config.phases[0].init_from))


def load_weights(network: nn.Module, files: Sequence[InitFrom]) -> None:
    """Take over what fits of the files, in their order. ConfigError where one is missing, damaged or fits nowhere."""
    for source in files:
        tensors = _tensors(source)
        taken = load_matching(network, widen(tensors, network.state_dict()) if source.widen else tensors)
        if not taken:
            raise ConfigError(
                f"Nothing in {source.path} fits the network {type(network).__name__}: "
                "it holds another architecture; correct `init_from` or `network`."
            )
        log.info("%d tensors taken over from %s", taken, source.path)


def check_weights(files: Sequence[InitFrom]) -> None:
    """ConfigError where one is not there, or is frozen and has changed: to be asked before hours are spent on what
    comes before it."""
    for source in files:
        if not source.path.is_file():
            raise ConfigError(
                f"The weights {source.path} to start from are not there: correct `init_from`, or make them first."
            )
        digest = FROZEN.search(source.path.name)
        if digest and not hashlib.sha256(source.path.read_bytes()).hexdigest().startswith(digest[1]):
            raise ConfigError(
                f"The weights {source.path} are not those of its name: take the file from the repository."
            )


def is_frozen(path: Path) -> bool:
    """Whether the file's name says which bytes it holds."""
    return FROZEN.search(path.name) is not None


def _tensors(source: InitFrom) -> dict[str, Tensor]:
    check_weights([source])
    try:
        state = _read(source.path)
    except (SafetensorError, StateError) as error:
        raise ConfigError(f"The weights {source.path} to start from cannot be read: they are damaged.") from error
    return {name: tensor for name, tensor in state.items() if name.startswith(source.prefix)}


def _read(path: Path) -> dict[str, Tensor]:
    return load_file(path) if path.suffix == ".safetensors" else load(path, torch.device("cpu"))["ema"]["values"]
