"""A recipe's settings as typed dataclasses (read from YAML by `training.config_file`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict


class ConfigError(ValueError):
    """One sentence that names the setting and the remedy."""


@dataclass(frozen=True)
class Network:
    name: Literal["esrt", "cf-esrt", "srcnn", "srresnet", "live"] = "cf-esrt"
    width: int | None = None
    """Channels of CF-ESRT's first refinement stage (None: 32), of SRResNet (64) or of Live (48)."""
    rounded: bool = True
    """The refinement network reads the coarse image on 8-bit levels."""
    sharpen: float = 0.0
    """Amount of the unsharp mask under the refinement's texture (see `cf_esrt.networks.cf_esrt.Sharpen`)."""


@dataclass(frozen=True)
class Data:
    train: tuple[Path, ...] = ()
    """Folders of photographs in any of the known layouts, or a side of a split: ``split.json#train``."""
    validate: Path | None = None
    cache: Path = Path("runs/cache")
    """Where decoded photographs are kept as memory-mapped uint8."""
    licence: str = ""
    """Licence of the training photographs, copied into the checkpoint."""
    degradation: Literal["bicubic", "clinical"] = "bicubic"
    """How inputs are made from ground truth (see `training.degradation`)."""
    phones: float = 0.0
    """Share of ``clinical`` inputs that go through a phone's pipeline instead (`training.degradation.phone`), 0..1."""


@dataclass(frozen=True)
class Losses:
    """Weights of `training.losses.table.LOSSES`, 0 or more. L_c has the pixel terms, ``ring`` and
    ``coarse_perceptual``; L_r, and the loss of a network with one image, have all but the last."""

    l1: float = 1.0
    """Mean absolute error, as in the paper; 0 in SRGAN's second phase."""
    l2: float = 0.0
    """Mean squared error, as SRCNN and SRResNet have it."""
    coarse_perceptual: float = 0.0
    """λ_c^ϕ of equation 1."""
    perceptual: float = 0.0
    """λ_r^ϕ of equation 2."""
    gradient: float = 0.0
    """λ_r^∇ of equation 2."""
    grid_artifact: float = 0.0
    """An error with the period of the input's grid (see `training.losses.grid_artifact`); not in the paper, whose
    perceptual loss rewards one."""
    ring: float = 0.0
    """1 − ring correlation beyond the input's band (see `training.losses.ring_correlation`); not in the paper, whose
    pixel term hardly sees that band."""
    structure: float = 0.0
    """Missed and made-up dots and lines (see `training.losses.structure`); not in the paper, whose perceptual loss
    rewards dots that are not there."""
    lattice: float = 0.0
    """The power that the refinement adds at the frequencies of the input's grid (see `training.losses.lattice`); not in
    the paper."""
    border: float = 0.0
    """What a refinement adds along the edges of a picture beyond what it adds there with surroundings (see
    `training.losses.border`); not in the paper."""
    colour: float = 0.0
    """What a refinement adds to a channel in the mean over squares of 16 pixels (see `training.losses.colour`); not in
    the paper."""
    lpips: float = 0.0
    """LPIPS on VGG16 (see `training.losses.learned`); not in the paper. CF-ESRT plus and CF-ESRT camera
    have it."""
    content: float = 0.0
    """SRGAN's content loss on VGG16's features."""
    adversarial: float = 0.0
    """The generator's; above 0 SRGAN's discriminator is trained beside the network."""


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
    cached_crops: int = 0
    """Distinct crops of the phase, drawn once; frozen networks run once for each. 0 draws fresh ones every step."""
    perceptual_crops: int = 0
    """Crops of a process's step that ϕ sees, the first ones; 0: all. Fewer give the same gradient in the mean for a
    part of VGG16's work, which is most of a step's on a CPU."""
    opening: float = 1.0
    """Detail setting that the page opens with, above 0 to 1. The refined picture's pixel, gradient, ring and structure
    terms judge the coarse picture with this share of the texture, ϕ, ``border``, ``colour`` and the grid's terms all of
    it; ``lpips`` judges either, on half each of the crops that a process takes at once."""
    optimizer: Literal["adam", "muon"] = "adam"
    """Adam, as in the paper, or Muon (see `training.muon`), which gets further with the same crops."""
    learning_rate: float = 2e-4
    schedule: Literal["halving", "cosine", "constant"] = "halving"
    """``halving``: every 20 epochs, as in the paper (one epoch: as many crops as there are photographs)."""
    warmup: int = 0
    """Steps of linear warm-up."""
    losses: Losses = field(default_factory=Losses)


@dataclass(frozen=True)
class Config:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    name: str
    phases: tuple[Phase, ...]
    network: Network = field(default_factory=Network)
    data: Data = field(default_factory=Data)
    backbones: Path | None = None
    """Folder with the convolutions of VGG16 (for losses) and of AlexNet (for LPIPS in validation), as get_backbones.py
    writes them; None lets torchvision download them."""
    initial: Literal["interpolation", "random"] = "interpolation"
    """The first weights: those that interpolate, or PyTorch's random ones."""
    init_from: tuple[Path, ...] = ()
    """Training states (their averaged weights) and safetensors whose fitting tensors are then taken over, in order."""
    seed: int = 0
    ema: float = 0.999
    """Decay of the averaged weights, warmed up as (1+n)/(10+n)."""
    validate_every: int = 500
    precision: Literal["auto", "float32", "float64"] = "auto"
    """Of the networks' arithmetic. ``auto``: bfloat16 under autocast on CUDA, and, on a CPU that multiplies it itself,
    for all but ESRT and the coarse network. Weights, losses and averages are float32. With ``float32`` one GPU records
    a step's passes and replays them (see `training.cuda_graph`). ``float64`` is for checks."""

    @property
    def vgg16_weights(self) -> Path | None:
        return None if self.backbones is None else self.backbones / "vgg16_features.safetensors"

    @property
    def lpips_weights(self) -> Path | None:
        return None if self.backbones is None else self.backbones / "alexnet_features.safetensors"
