"""The network of a configuration, the weights it starts from, and what of it a phase trains."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from cf_esrt.checkpoints import ARCHITECTURES
from cf_esrt.networks import CFESRT, start_from_interpolation
from cf_esrt.networks.cf_esrt import Sharpen, Stages
from training.config import Config, ConfigError, Network, Phase
from training.state import StateError, load, load_matching

log = logging.getLogger(__name__)
PADDING = "replicate"
"""What the long skip sees beyond the border (see `cf_esrt.networks.layers.Upsampler`)."""
FROZEN = re.compile(r"-([0-9a-f]{12})\.safetensors$")
"""How the name of a frozen file ends: with the first digits of its SHA-256."""


def build_network(settings: Network) -> nn.Module:
    """The network of a configuration, with PyTorch's random weights."""
    name, arguments = architecture(settings)
    return ARCHITECTURES[name](**arguments)


def architecture(settings: Network) -> tuple[str, dict[str, Any]]:
    """A checkpoint's name for the network of a configuration, and its arguments."""
    width = {} if settings.width is None else {"width": settings.width}
    if settings.name == "esrt":
        return "ESRT", {"skip_padding": PADDING}
    if settings.name == "srcnn":
        return "SRCNN", {}
    if settings.name == "srresnet":
        return "SRResNet", {"blocks": 16, "width": 64, "padding": PADDING} | width
    if settings.name == "live":
        return "Live", {"channels": settings.width or 48, "convolutions": 14}
    others = {"skips": True, "rounded": settings.rounded, "sharpen": settings.sharpen, "skip_padding": PADDING}
    return "CFESRT", {"width": 32, **others} | width


def network_of_state(where: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The network that a training state says it holds; None for states that do not say."""
    known = dict(where.get("network") or {})
    if not known:
        return None
    if known["name"] in ("srresnet", "live") and "channels" in known:  # states until commit 3653a43
        known["width"] = known["channels"]
    return architecture(
        Network(**{name: known[name] for name in ("name", "width", "rounded", "sharpen") if name in known})
    )


def named_images(name: str, output: Tensor | Stages) -> dict[str, Tensor]:
    """A network's images by name: CF-ESRT's ``coarse`` and ``refined``, any other network's as ``name``."""
    return {name: output} if isinstance(output, Tensor) else dict(output._asdict())


def initialise(network: nn.Module, config: Config) -> None:
    """The first weights: interpolating or random, then what fits of the files that the recipe takes over. The amount of
    an unsharp mask is a setting, so the recipe's stands, whatever the files hold."""
    if config.initial == "interpolation":
        start_from_interpolation(network)
    load_weights(network, config.init_from)
    for module in network.modules():
        if isinstance(module, Sharpen):
            module.amount.fill_(config.network.sharpen)


def trained_parameters(network: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Gradients only for the phase's part; returns the parameters to optimise. ValueError where there is none."""
    if phase.part != "all" and not isinstance(network, CFESRT):
        raise ValueError(f"Phase {phase.name} trains the part {phase.part}, which {type(network).__name__} lacks.")
    network.requires_grad_(False)
    part = {"coarse": "coarse", "refinement": "refine"}.get(phase.part, "")
    for name, parameter in network.get_submodule(part).named_parameters():
        parameter.requires_grad_(not name.endswith("weight_unused.scale"))
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def load_weights(network: nn.Module, files: Sequence[Path]) -> None:
    """Take over what fits of the files, in their order. ConfigError where one is missing, damaged or fits nowhere."""
    for path in files:
        check_weights([path])
        try:
            taken = load_matching(network, _read(path))
        except (SafetensorError, StateError) as error:
            raise ConfigError(f"The weights {path} to start from cannot be read: they are damaged.") from error
        if not taken:
            raise ConfigError(
                f"Nothing in {path} fits the network {type(network).__name__}: "
                "it holds another architecture; correct `init_from` or `network`."
            )
        log.info("%d tensors taken over from %s", taken, path)


def check_weights(files: Sequence[Path]) -> None:
    """ConfigError where one is not there, or is frozen and has changed: to be asked before hours are spent on what
    comes before it."""
    for path in files:
        if not path.is_file():
            raise ConfigError(
                f"The weights {path} to start from are not there: correct `init_from`, or make them first."
            )
        digest = FROZEN.search(path.name)
        if digest and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(digest[1]):
            raise ConfigError(f"The weights {path} are not those of its name: take the repository's.")


def is_frozen(path: Path) -> bool:
    """Whether the file's name says which bytes it holds."""
    return FROZEN.search(path.name) is not None


def _read(path: Path) -> dict[str, Tensor]:
    return load_file(path) if path.suffix == ".safetensors" else load(path, torch.device("cpu"))["ema"]["values"]
