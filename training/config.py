"""The trainer's settings: YAML read once into typed dataclasses; an unknown key is an error that names it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_type_hints

import yaml

T = TypeVar("T")


class ConfigError(ValueError):
    """One sentence that names the setting and the remedy."""


@dataclass(frozen=True)
class Network:
    name: Literal["esrt", "cf-esrt", "srcnn", "srresnet"] = "cf-esrt"
    blocks: int = 16
    """SRResNet: residual blocks."""
    channels: int = 64
    """SRResNet: channels of each."""
    width: int = 32
    """Channels of the refinement network's first stage."""
    skips: bool = True
    """Additive skips from encoder to decoder in the refinement network."""
    rounded: bool = True
    """The refinement network reads the coarse image on 8-bit levels."""
    skip_padding: Literal["zeros", "replicate"] = "replicate"
    """What the long skip sees beyond the border (see `cf_esrt.networks.layers.Upsampler`)."""


@dataclass(frozen=True)
class Data:
    train: tuple[Path, ...] = ()
    """Folders of photographs in any of the known layouts, or a side of a split: ``split.json#train``."""
    validate: Path | None = None
    validation_images: int = 16
    cache: Path = Path("runs/cache")
    """Where decoded photographs are kept as memory-mapped uint8."""
    licence: str = ""
    """Licence of the training photographs, copied into the checkpoint."""
    degradation: Literal["bicubic", "matlab", "clinical"] = "bicubic"
    """How inputs are made from ground truth (see `training.degradation`)."""


@dataclass(frozen=True)
class Losses:
    coarse: float = 1.0
    """Weight of L_c as a whole; 0 leaves the coarse image to L_r alone."""
    coarse_perceptual: float = 0.0
    """λ_c^ϕ of equation 1."""
    refined: float = 1.0
    """Weight of L_r as a whole."""
    refined_perceptual: float = 0.0
    """λ_r^ϕ of equation 2."""
    refined_gradient: float = 0.0
    """λ_r^∇ of equation 2."""
    squared: bool = False
    """Pixel terms are the mean squared error, as SRCNN and SRResNet have it, instead of the absolute one."""
    pixel: float = 1.0
    """Weight of the pixel term inside L_c and L_r; 1 in the paper, 0 in SRGAN's second phase."""
    content: float = 0.0
    """Weight of SRGAN's content loss on VGG16 features."""
    learned: float = 0.0
    """Weight of LPIPS on VGG16 (see `training.losses.learned`); not in the paper, CF-ESRT-plus alone has it."""
    adversarial: float = 0.0
    """Weight of the generator's adversarial loss; above 0 a discriminator is trained beside the network."""


@dataclass(frozen=True)
class Phase:
    name: str
    steps: int
    part: Literal["all", "coarse", "refinement"] = "all"
    """What is trained; the rest of the network is frozen."""
    whole: float = 1.0
    """Share of batches cut from whole photographs shrunk to 256×256 (phase 1 of the paper)."""
    crop: int = 256
    """Side of the ground-truth crop in pixels; a multiple of 4."""
    zoom: tuple[float, float] = (1.0, 1.0)
    """Range of a random shrinking of original photographs before the crop is cut."""
    batch: int = 8
    """Crops of one step of the optimiser, over all processes together: the training is the same on any number."""
    micro_batch: int = 0
    """The most crops that one process takes through the network at once (gradients accumulate); 0: all of its."""
    bank: int = 0
    """Distinct crops of the phase, drawn once, their VGG16 features computed once; 0 draws fresh ones every step."""
    optimizer: Literal["adam", "muon"] = "adam"
    """Adam, as in the paper, or Muon (see `training.muon`), which gets further with the same crops."""
    learning_rate: float = 2e-4
    schedule: Literal["halving", "cosine", "constant"] = "halving"
    halve_every: int = 20
    """Epochs (one epoch: as many crops as there are photographs) after which the rate is halved."""
    warmup: int = 0
    """Steps of linear warm-up."""
    span: int = 0
    """Steps that the cosine spans, for a phase that ends before its rate does; 0: the phase's steps."""
    losses: Losses = field(default_factory=Losses)


@dataclass(frozen=True)
class Perceptual:
    weights: Path | None = None
    """Local safetensors of VGG16's convolutions; None lets torchvision download them."""
    before_relu: bool = True


PartPrecision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class CpuPrecision:
    """What a CPU computes in bfloat16; losses, sums, averages and the optimiser stay in float32. ``auto``: bfloat16
    where the processor has it natively (see `training.bfloat16`) and ``precision`` is ``auto``."""

    features: PartPrecision = "auto"
    """VGG16 under the perceptual losses: frozen, and most of a perceptual step's work."""
    refinement: PartPrecision = "auto"
    """The refinement network's convolutions; what they add is summed in float32."""


@dataclass(frozen=True)
class Take:
    path: Path
    """A training state (its averaged weights are taken) or a safetensors file."""
    only: str = ""
    """Take over only the tensors whose names begin so (``coarse.``: the coarse network)."""


@dataclass(frozen=True)
class Config:
    name: str
    phases: tuple[Phase, ...]
    network: Network = field(default_factory=Network)
    data: Data = field(default_factory=Data)
    perceptual: Perceptual = field(default_factory=Perceptual)
    lpips_weights: Path | None = None
    """Local safetensors of AlexNet's convolutions for validation LPIPS; None lets torchvision download them."""
    initial: Literal["interpolation", "random"] = "interpolation"
    """The first weights: those that interpolate, or PyTorch's random ones."""
    take: tuple[Take, ...] = ()
    """Files whose fitting tensors are then taken over, in this order."""
    seed: int = 0
    ema: float = 0.999
    """Decay of the averaged weights, warmed up as (1+n)/(10+n)."""
    clip: float = 1.0
    """Largest gradient norm; 0 switches clipping off."""
    validate_every: int = 500
    save_every: int = 250
    keep_every: int = 0
    """Steps of a phase after which a state of its own name is kept besides ``last.pt``; 0: none."""
    precision: Literal["auto", "float32", "bfloat16", "float64"] = "auto"
    """Of the networks' arithmetic; ``auto``: bfloat16 under autocast on CUDA, and on a CPU what ``cpu_precision`` says
    of each part. ``float64`` is for checks: it has no feature losses."""
    cpu_precision: CpuPrecision = field(default_factory=CpuPrecision)
    """By part, on a CPU."""
    compile: bool = False
    """Run the network through torch.compile."""
    psnr_floor: float = 0.0
    """The best checkpoint is the one of least validation LPIPS whose PSNR is at least this much over bicubic's (dB)."""


def read(path: Path, changes: Sequence[str] = ()) -> Config:
    """The configuration in a YAML file; ConfigError in one sentence where it is not one.

    ``base: FILE`` (relative to the file that says so) names a configuration whose settings hold where this file has
    none: mappings are merged, everything else is replaced. ``changes`` are settings that replace the file's, written
    ``phases.0.losses.refined_perceptual=0.04``: members of a list by their place from 0, the value in YAML.
    """
    document = _document(path, ())
    for change in changes:
        _change(document, change)
    config = build(Config, document, "")
    if not config.phases:
        raise ConfigError("The configuration has no phases: list at least one.")
    for phase in config.phases:
        _check(phase)
    return config


def _change(document: Any, change: str) -> None:
    """Carry out one change in place."""
    name, equals, text = change.partition("=")
    *parents, last = name.split(".")
    try:
        value = yaml.safe_load(text)
        for parent in parents:
            document = document[int(parent)] if isinstance(document, list) else document.setdefault(parent, {})
        document[int(last) if isinstance(document, list) else last] = value
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError):
        equals = ""
    if not equals:
        raise ConfigError(f"The change {change!r} cannot be made: write a setting that is there, as in seed=1.")


def _document(path: Path, seen: tuple[Path, ...]) -> Any:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The configuration {path} cannot be read: {reason}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"The configuration {path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(document, dict) or "base" not in document:
        return document
    base = path.parent / str(document.pop("base"))
    if base.resolve() in seen:
        raise ConfigError(f"The configuration {path} is, through its base {base.name}, its own base.")
    return _merge(_document(base, (*seen, path.resolve())), document)


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: _merge(base.get(key), value) for key, value in over.items()}


def _check(phase: Phase) -> None:
    if phase.crop % 4 or phase.crop < 16 or phase.batch < 1 or phase.steps < 1:
        raise ConfigError(f"Phase {phase.name}: crop must be a multiple of 4 from 16 up, batch and steps at least 1.")
    low, high = phase.zoom
    if not 0 < low <= high <= 1:
        raise ConfigError(f"Phase {phase.name}: zoom must be two factors in order, above 0 and up to 1.")
    if not 0 <= phase.whole <= 1 or (phase.crop > 256 and phase.whole > 0):
        raise ConfigError(f"Phase {phase.name}: whole is a share from 0 to 1, for crops up to 256 pixels.")
    if phase.losses.adversarial > 0 and phase.crop % 16:
        raise ConfigError(f"Phase {phase.name}: with the adversarial loss, crop must be a multiple of 16.")


def build(kind: type[T], values: Any, where: str) -> T:
    """A dataclass from a mapping, nested ones included; every value is checked against the field's type."""
    if not isinstance(values, dict):
        raise ConfigError(f"{where or 'The configuration'} must be a mapping of settings.")
    hints = get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise ConfigError(f"Unknown setting {where}{name}: known are {', '.join(fields)}.")
    missing = [
        name
        for name, f in fields.items()
        if name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"Setting {where}{missing[0]} is missing.")
    return kind(**{name: _convert(hints[name], value, f"{where}{name}") for name, value in values.items()})


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else _convert(next(a for a in arguments if a is not type(None)), value, where)
    if origin is Literal:
        if value not in arguments:
            raise ConfigError(f"{where} is {value!r}: it must be one of {', '.join(map(str, arguments))}.")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where} must be a list.")
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else list(arguments)
        if len(kinds) != len(value):
            raise ConfigError(f"{where} must be a list of {len(kinds)}.")
        return tuple(_convert(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(kinds, value, strict=True)))
    if dataclasses.is_dataclass(hint):
        return build(typing.cast(type, hint), value, f"{where}.")
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint in (int, str, bool) and type(value) is hint:
        return value
    raise ConfigError(f"{where} is {value!r}: it must be of type {getattr(hint, '__name__', hint)}.")
