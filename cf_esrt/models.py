"""The models that a user can ask for by name. Add one here, in `RELEASED_MODELS` or `OPTIONAL_MODELS`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from torch import nn

from cf_esrt import checkpoints
from cf_esrt.assets_folder import ASSETS
from cf_esrt.networks import SRCNN, Live, SRResNet

CHECKPOINTS = ASSETS / "checkpoints"


#: Side of a tile, in input pixels, for networks that are run with all the context they can see.
LOCAL_TILE = 128
#: The same for Live, which takes little memory for a pixel and sees 16 around a tile: a sixth of its work is overlap.
LIVE_TILE = 384


Degradation = Literal["bicubic", "camera"]
"""``bicubic``: photographs shrunk by bicubic interpolation and nothing else, as in the paper. ``camera``: also blurred,
made noisy, sharpened and compressed, as a camera stores them (`training.degradation.clinical`)."""


class UnknownModel(ValueError):
    """No model has that name; one sentence lists the names."""


class MissingCheckpoint(checkpoints.CheckpointError):
    """The checkpoint has not been made here; one sentence says how to make it."""


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
    degradation: Degradation | None = "bicubic"
    """What the photographs that its network learned from had gone through; None for interpolation."""
    variant_of: str | None = None
    """The model that it is a variant of: for the other degradation, the coarse part alone, or with another loss."""
    opening_detail: float = 1.0
    """The detail setting at which the page opens it, 0 to 1; of models of two stages."""
    scale: int = 4
    checkpoint: Path | None = None
    """The safetensors file; None for bicubic interpolation, which has no weights."""
    tile: int = 80
    """Side of a tile in input pixels: near the training size of 64 where channel attention pools over the tile; 80
    leaves less to overlap, which costs less than its longer attention (`make bench`)."""
    overlap: int = 12
    """Input pixels that neighbouring tiles share; without meaning where there is a ``context``."""
    context: int | None = None
    """Input pixels around a tile that its result can depend on: run with them, tiling is exact. None: the result
    depends on the whole tile."""
    dtypes: tuple[str, ...] = ("float32",)
    """Precisions that do not change the picture visibly, by torch's names (see ``training.analyses.precision``)."""
    architecture: str = ""
    """A key of `checkpoints.ARCHITECTURES`; empty for interpolation."""
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
    recipe: str = ""
    """How its checkpoint is made, in words with commands; for models that are offered only where it is there."""


def _recipe(name: str, phase: str) -> str:
    """How the checkpoint of a name is made: by the recipe of that name, at the end of its last phase."""
    file = f"training/recipes/{name}.yaml"
    return (
        f"train it with `python -m training.train {file}`, then `python -m training.release.export {file} "
        f"runs/{name}/{phase}.pt assets/checkpoints/{name}.safetensors`"
    )


#: bfloat16 is not among them: it costs about a tenth of a decibel where float16 costs thousandths (same command).
_HALF = ("float32", "float16")

RELEASED_MODELS = (
    ModelDescriptor(
        "bicubic",
        "Bicubic",
        "Antialiased bicubic interpolation (Pillow): no network, no added detail.",
        degradation=None,
    ),
    ModelDescriptor(
        "esrt",
        "ESRT",
        "Efficient super-resolution transformer (Lu et al. 2021), the backbone alone.",
        checkpoint=CHECKPOINTS / "esrt.safetensors",
        dtypes=_HALF,
    ),
    ModelDescriptor(
        "cf-esrt",
        "CF-ESRT",
        "Coarse-to-fine ESRT: a faithful coarse image, then added texture.",
        stage="both",
        opening_detail=0.5,
        checkpoint=CHECKPOINTS / "cf-esrt.safetensors",
        dtypes=_HALF,
    ),
    ModelDescriptor(
        "cf-esrt-coarse",
        "CF-ESRT coarse",
        "CF-ESRT's coarse network alone: its most faithful image.",
        stage="coarse",
        variant_of="cf-esrt",
        checkpoint=CHECKPOINTS / "cf-esrt.safetensors",
        dtypes=_HALF,
    ),
)

#: The paper's other baselines, what goes beyond the paper, and the networks for photographs from a camera: offered only
#: where their checkpoints have been made.
OPTIONAL_MODELS = (
    ModelDescriptor(
        "srcnn",
        "SRCNN",
        "Three convolutions on the bicubic enlargement (Dong et al. 2016).",
        checkpoint=CHECKPOINTS / "srcnn.safetensors",
        recipe=_recipe("srcnn", "pretrain"),
    ),
    ModelDescriptor(
        "srgan",
        "SRGAN",
        "A residual network trained against a discriminator (Ledig et al. 2017).",
        checkpoint=CHECKPOINTS / "srgan.safetensors",
        recipe=_recipe("srgan", "perceptual"),
    ),
    ModelDescriptor(
        "live",
        "Live",
        "Plain convolutions on the bicubic enlargement: a faithful image at once, while the crop box is moved.",
        checkpoint=CHECKPOINTS / "live.safetensors",
        recipe=_recipe("live", "fine-tune"),
    ),
    ModelDescriptor(
        "live-camera",
        "Live camera",
        "Live trained on inputs like photographs from a camera: it also removes blur, noise and JPEG's traces.",
        variant_of="live",
        degradation="camera",
        checkpoint=CHECKPOINTS / "live-camera.safetensors",
        recipe=_recipe("live-camera", "fine-tune"),
    ),
    ModelDescriptor(
        "cf-esrt-plus",
        "CF-ESRT plus",
        "CF-ESRT trained further with a learned perceptual loss (LPIPS on VGG16) that the paper does not have.",
        stage="both",
        opening_detail=0.5,
        variant_of="cf-esrt",
        checkpoint=CHECKPOINTS / "cf-esrt-plus.safetensors",
        dtypes=_HALF,
        recipe=_recipe("cf-esrt-plus", "perceptual"),
    ),
    ModelDescriptor(
        "esrt-camera",
        "ESRT camera",
        "ESRT trained on inputs like photographs from a camera: it also removes blur, noise and JPEG's traces.",
        degradation="camera",
        variant_of="esrt",
        checkpoint=CHECKPOINTS / "esrt-camera.safetensors",
        dtypes=_HALF,
        recipe=_recipe("esrt-camera", "fine-tune"),
    ),
    ModelDescriptor(
        "cf-esrt-camera",
        "CF-ESRT camera",
        "CF-ESRT for photographs from a camera: their faults removed, then dermoscopy-style detail (synthetic) added.",
        stage="both",
        opening_detail=0.5,
        degradation="camera",
        variant_of="cf-esrt",
        checkpoint=CHECKPOINTS / "cf-esrt-camera.safetensors",
        dtypes=_HALF,
        recipe=_recipe("cf-esrt-camera", "perceptual"),
    ),
    ModelDescriptor(
        "cf-esrt-camera-coarse",
        "CF-ESRT camera coarse",
        "The coarse network of CF-ESRT camera alone: its most faithful image.",
        stage="coarse",
        degradation="camera",
        variant_of="cf-esrt-camera",
        checkpoint=CHECKPOINTS / "cf-esrt-camera.safetensors",
        dtypes=_HALF,
        recipe=_recipe("cf-esrt-camera", "perceptual"),
    ),
)


def names() -> tuple[str, ...]:
    """The names that `describe` and `Enhancer.load` take: the released models, then the others that are there."""
    return tuple(model.name for model in (*RELEASED_MODELS, *filter(_is_there, OPTIONAL_MODELS)))


def _is_there(model: ModelDescriptor) -> bool:
    return model.checkpoint is None or model.checkpoint.is_file()


def describe(name: str) -> ModelDescriptor:
    """The descriptor of a model, completed from its checkpoint's metadata.

    UnknownModel for another name; checkpoints.CheckpointError where the checkpoint is missing or foreign, and
    MissingCheckpoint where it is one of the others' that has not been made.
    """
    for model in (*RELEASED_MODELS, *OPTIONAL_MODELS):
        if model.name == name:
            if model.recipe and not _is_there(model):
                raise MissingCheckpoint(f"The checkpoint of {model.title} is not there: {model.recipe}.")
            return model if model.checkpoint is None else complete(model)
    raise UnknownModel(f"There is no model {name!r}; there are {', '.join(names())}.")


def find(written: str) -> ModelDescriptor:
    """The descriptor of a listed model, or of a checkpoint by its path (``….safetensors``); errors as `describe`'s."""
    path = Path(written)
    return from_checkpoint(path) if path.suffix == ".safetensors" else describe(written)


def complete(model: ModelDescriptor) -> ModelDescriptor:
    """The descriptor with what the metadata of its checkpoint says."""
    assert model.checkpoint is not None
    info = checkpoints.read_info(model.checkpoint)
    network = checkpoints.outline(info)
    part = network.get_submodule("coarse") if model.stage == "coarse" else network
    context, scores = _context(network), info.metrics.get(model.name)
    return replace(
        model,
        parameters=sum(parameter.numel() for parameter in part.parameters()),
        context=context,
        tile=model.tile if context is None else LIVE_TILE if isinstance(network, Live) else LOCAL_TILE,
        architecture=info.architecture,
        licence=info.licence,
        sha256=info.sha256,
        training_data=info.training_data,
        metrics=scores if isinstance(scores, dict) else {},  # the table names its photographs too, as text
        history=info.history,
    )


def from_checkpoint(
    path: Path, *, stage: Literal["coarse", "both"] = "both", name: str | None = None
) -> ModelDescriptor:
    """The descriptor of a checkpoint that is not one of the listed models; its name is the file's stem by default."""
    info = checkpoints.read_info(path)
    kept = stage if info.architecture == "CFESRT" else "only"
    degradation: Degradation = "camera" if info.history.get("degradation") == "clinical" else "bicubic"
    given = name or path.stem
    return complete(
        ModelDescriptor(given, given, info.architecture, stage=kept, degradation=degradation, checkpoint=path)
    )


def _context(network: nn.Module) -> int | None:
    """What the convolutional networks see around a pixel, on `tiling.with_context`'s grid of 4; None for the others."""
    if isinstance(network, (SRResNet, Live)):
        context = network.context
    elif isinstance(network, SRCNN):
        context = network.CONTEXT
    else:
        return None
    return context + -context % 4
