"""Checkpoints: safetensors whose metadata says what the weights are, where they come from and what they may do."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from cf_esrt import files
from cf_esrt.networks import CFESRT, ESRT, SRCNN, Live, SRResNet

FORMAT = "cf-esrt-checkpoint-1"
#: The architectures that a checkpoint may name.
ARCHITECTURES: dict[str, type[nn.Module]] = {
    "ESRT": ESRT,
    "CFESRT": CFESRT,
    "SRCNN": SRCNN,
    "SRResNet": SRResNet,
    "Live": Live,
}


_TABLES = ("configuration", "metrics", "history")
"""Fields of the metadata that are mappings, written as JSON."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1024
"""Of a number in a configuration: blocks, channels."""
_BUILDING = (TypeError, ValueError, RuntimeError, LookupError, AttributeError, ArithmeticError, AssertionError)
"""What a network's constructor raises where its arguments are not its own."""


class CheckpointError(ValueError):
    """The file cannot be used as a checkpoint; one sentence says why."""


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint's metadata holds."""

    architecture: str
    """A key of `ARCHITECTURES`."""
    configuration: dict[str, Any] = field(default_factory=dict)
    """Keyword arguments of the architecture."""
    training_data: str = ""
    licence: str = ""
    """SPDX identifier of the weights' licence."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Scores as the export command measured them; see the model card."""
    history: dict[str, Any] = field(default_factory=dict)
    """Phases, steps, samples seen and hours."""
    git_commit: str = ""
    """Commit of the training code."""
    sha256: str = ""
    """`digest` of the weights; filled in by `write`."""


def digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 (hexadecimal) over names, shapes, types and bytes of the tensors, in name order."""
    total = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        total.update(f"{name} {list(tensor.shape)} {tensor.dtype}\n".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def write(path: Path, state: Mapping[str, Tensor], info: CheckpointInfo) -> CheckpointInfo:
    """Write the weights atomically; returns ``info`` with the digest filled in. CheckpointError where a weight is no
    number."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    _check_finite(state, path.name)
    info = CheckpointInfo(**{**asdict(info), "sha256": digest(state)})
    metadata = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asdict(info).items()}
    files.save(path, save(state, metadata | {"format": FORMAT}))
    return info


def read_info(path: Path) -> CheckpointInfo:
    """The metadata alone, without reading the weights. CheckpointError as for `read`."""
    with _open(path) as file:
        return _parse(path, file.metadata())


def read(path: Path) -> tuple[dict[str, Tensor], CheckpointInfo]:
    """Weights and metadata, the weights checked against their digest.

    CheckpointError in one sentence where the file is missing, no safetensors, cut short, not one of this project's
    checkpoints, or holds other bytes than were written, or a weight that is no number.
    """
    with _open(path) as file:
        info = _parse(path, file.metadata())
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a mapping)
    if digest(state) != info.sha256:
        raise CheckpointError(f"The checkpoint {path.name} is damaged: its weights do not match their SHA-256.")
    _check_finite(state, path.name)
    return state, info


def _check_finite(state: Mapping[str, Tensor], name: str) -> None:
    for key, tensor in state.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor.float()).all():
            raise CheckpointError(f"The checkpoint {name} cannot be used: its weights {key} hold NaN or infinity.")


def build(state: Mapping[str, Tensor], info: CheckpointInfo, name: str) -> nn.Module:
    """The network that the checkpoint describes, with its weights, in evaluation mode. CheckpointError where the two
    do not fit; a network far larger than its weights is refused before it takes any memory."""
    wanted, given = (sum(tensor.numel() for tensor in one.values()) for one in (outline(info).state_dict(), state))
    if wanted > 2 * given:
        raise CheckpointError(
            f"The checkpoint {name} does not fit the network {info.architecture}: that has {wanted:,} weights, the "
            f"file {given:,}."
        )
    try:
        network = ARCHITECTURES[info.architecture](**info.configuration)
        network.load_state_dict(dict(state))
    except _BUILDING as error:
        raise CheckpointError(
            f"The checkpoint {name} does not fit the network {info.architecture}: {_last_line(error)}"
        ) from error
    return network.eval()


def outline(info: CheckpointInfo) -> nn.Module:
    """The network without memory for its weights: shapes alone. CheckpointError where the arguments are not its own."""
    try:
        for key, value in info.configuration.items():
            if not isinstance(value, (bool, int, float, str)) or (type(value) is int and not 0 < value <= _LARGEST):
                raise ValueError(f"{key} is {str(value)[:40]}")
        with torch.device("meta"):
            return ARCHITECTURES[info.architecture](**info.configuration)
    except _BUILDING as error:
        raise CheckpointError(f"The network {info.architecture} cannot be built: {_last_line(error)}.") from error


def _last_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[-1].strip()


def _open(path: Path) -> Any:
    if not path.is_file():
        raise CheckpointError(f"There is no checkpoint at {path}.")
    try:
        return safe_open(str(path), "pt")
    except SafetensorError as error:
        raise CheckpointError(f"The checkpoint {path.name} is damaged or no safetensors file ({error}).") from error


def _parse(path: Path, metadata: Mapping[str, str] | None) -> CheckpointInfo:
    if not metadata or metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path.name} is a safetensors file, but not a checkpoint of this project.")
    try:
        values: dict[str, Any] = {
            key: json.loads(metadata[key]) if key in _TABLES else metadata[key]
            for key in CheckpointInfo.__dataclass_fields__
        }
        for key in _TABLES:
            if not isinstance(values[key], dict):
                raise ValueError(f"{key} is no table")
        if _SHA256.fullmatch(values["sha256"]) is None:
            raise ValueError("sha256 is not 64 hexadecimal digits")
    except (KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"The metadata of the checkpoint {path.name} cannot be read ({error}).") from error
    if values["architecture"] not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise CheckpointError(f"{path.name} holds a network {values['architecture']!r}; known are {known}.")
    return CheckpointInfo(**values)
