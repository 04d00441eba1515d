"""The models that a user can ask for by name. Adding one: a definition here, named in `_MODELS`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cf_esrt import checkpoints

CHECKPOINTS = Path(__file__).resolve().parents[1] / "assets" / "checkpoints"


class UnknownModel(ValueError):
    """No model has that name; one sentence lists the names."""


@dataclass(frozen=True)
class ModelDescriptor:
    """What can be known of a model without running it (after spandrel's model descriptors)."""

    name: str
    title: str
    """As written under its picture."""
    summary: str
    """One sentence: what it is."""
    stage: Literal["only", "coarse", "both"] = "only"
    """Which images its network gives: one, CF-ESRT's coarse one alone, or coarse and refined."""
    scale: int = 4
    checkpoint: Path | None = None
    """The safetensors file; None for bicubic interpolation, which has no weights."""
    tile: int = 64
    """Side of a tile in input pixels: near the training size, because channel attention pools over the tile."""
    overlap: int = 16
    """Input pixels that neighbouring tiles share."""
    dtypes: tuple[str, ...] = ("float32",)
    """Precisions that do not change the picture visibly."""
    parameters: int = 0
    licence: str = ""
    """Of the weights; SPDX identifier."""
    sha256: str | None = None
    """Digest of the weights (see `checkpoints.digest`)."""
    training_data: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Scores measured when the checkpoint was exported."""
    history: dict[str, Any] = field(default_factory=dict)
    """How long, on what and with what it was trained."""


_MODELS = (
    ModelDescriptor("bicubic", "Bicubic", "Antialiased bicubic interpolation (Pillow): no network, no added detail."),
    ModelDescriptor(
        "esrt",
        "ESRT",
        "Efficient super-resolution transformer (Lu et al. 2021), the backbone alone.",
        checkpoint=CHECKPOINTS / "esrt.safetensors",
    ),
    ModelDescriptor(
        "cf-esrt",
        "CF-ESRT",
        "Coarse-to-fine ESRT: a faithful coarse image, then added texture.",
        stage="both",
        checkpoint=CHECKPOINTS / "cf-esrt.safetensors",
    ),
    ModelDescriptor(
        "cf-esrt-coarse",
        "CF-ESRT coarse",
        "CF-ESRT's coarse network alone: its most faithful image.",
        stage="coarse",
        checkpoint=CHECKPOINTS / "cf-esrt.safetensors",
    ),
)


def names() -> tuple[str, ...]:
    """The names that `describe` and `Enhancer.load` take."""
    return tuple(model.name for model in _MODELS)


def describe(name: str) -> ModelDescriptor:
    """The descriptor of a model, completed from its checkpoint's metadata.

    UnknownModel for another name; checkpoints.CheckpointError where the checkpoint is missing or foreign.
    """
    for model in _MODELS:
        if model.name == name:
            return model if model.checkpoint is None else complete(model)
    raise UnknownModel(f"There is no model {name!r}; there are {', '.join(names())}.")


def complete(model: ModelDescriptor) -> ModelDescriptor:
    """The descriptor with what the metadata of its checkpoint says."""
    assert model.checkpoint is not None
    info = checkpoints.read_info(model.checkpoint)
    return replace(
        model,
        parameters=_count(info, model.stage),
        licence=info.licence,
        sha256=info.sha256,
        training_data=info.training_data,
        metrics=info.metrics.get(model.name, {}),
        history=info.history,
    )


def from_checkpoint(path: Path, *, stage: Literal["coarse", "both"] = "both") -> ModelDescriptor:
    """The descriptor of a checkpoint that is not one of the listed models; its name is the file's stem."""
    info = checkpoints.read_info(path)
    kept = stage if info.architecture == "CFESRT" else "only"
    return complete(ModelDescriptor(path.stem, path.stem, info.architecture, stage=kept, checkpoint=path))


def _count(info: checkpoints.CheckpointInfo, stage: str) -> int:
    import torch

    with torch.device("meta"):  # shapes alone: no memory, no initialisation
        network = checkpoints.ARCHITECTURES[info.architecture](**info.configuration)
    part = network.get_submodule("coarse") if stage == "coarse" else network
    return sum(parameter.numel() for parameter in part.parameters())
