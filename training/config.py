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
    blocks: int = 16
    """SRResNet: residual blocks."""
    channels: int | None = None
    """SRResNet and Live: channels of each layer; None: 64 and 48."""
    convolutions: int = 14
    """Live: 3×3 convolutions."""
    width: int = 32
    """Channels of the refinement network's first stage."""
    skips: bool = True
    """Additive skips from encoder to decoder in the refinement network."""
    rounded: bool = True
    """The refinement network reads the coarse image on 8-bit levels."""
    sharpen: float = 0.0
    """Amount of the unsharp mask under the refinement's texture (see `cf_esrt.networks.cf_esrt.Sharpen`)."""
    skip_padding: Literal["zeros", "replicate"] = "replicate"
    """What the long skip sees beyond the border (see `cf_esrt.networks.layers.Upsampler`)."""


@dataclass(frozen=True)
class Data:
    train: tuple[Path, ...] = ()
    """Folders of photographs in any of the known layouts, or a side of a split: ``split.json#train``."""
    validate: Path | None = None
    validation_images: int = 16
    validation_metrics: tuple[Literal["dists", "frechet_vgg16"], ...] = ()
    """Scores beside PSNR, SSIM and LPIPS, on VGG16's convolutions (``perceptual.weights``)."""
    validation_noise: bool = False
    """Validation of CF-ESRT has a row ``noise`` too: the coarse picture with noise that LPIPS takes for as good as the
    refined one, or comes nearest to it (see `training.evaluation.noise`)."""
    cache: Path = Path("runs/cache")
    """Where decoded photographs are kept as memory-mapped uint8."""
    licence: str = ""
    """Licence of the training photographs, copied into the checkpoint."""
    degradation: Literal["bicubic", "matlab", "clinical"] = "bicubic"
    """How inputs are made from ground truth (see `training.degradation`)."""
    phones: float = 0.0
    """Share of ``clinical`` inputs that go through a phone's pipeline instead (`training.degradation.phone`), 0..1."""
    processes: int = 0
    """Processes that make ``clinical`` inputs, for a GPU that would wait for them; 0: threads of the training."""


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
    perceptual_crops: int = 0
    """Crops of a process's step that ϕ sees, the first ones; 0: all. Fewer give the same gradient in the mean for a
    part of VGG16's work, which is most of a step's on a CPU."""
    refined_gradient: float = 0.0
    """λ_r^∇ of equation 2."""
    pattern: float = 0.0
    """Weight of the pattern of the input's grid in the refined picture (see `training.losses.pattern`); not in the
    paper, whose perceptual loss rewards one."""
    opening: float = 1.0
    """Detail setting that the page opens with, above 0 to 1: the refined picture's pixel, gradient, ring and structure
    terms judge the coarse picture with this share of the texture, the perceptual terms all of it."""
    ring: float = 0.0
    """Weight of 1 − ring correlation beyond the input's band (see `training.losses.ring_correlation`), in L_c and L_r;
    not in the paper, whose pixel term hardly sees that band."""
    structure: float = 0.0
    """Weight of missed and made-up dots and lines in the refined picture (see `training.losses.structure`); not in the
    paper, whose perceptual loss rewards dots that are not there."""
    lattice: float = 0.0
    """Weight of the power that the refinement adds at the frequencies of the input's grid (see
    `training.losses.lattice`); not in the paper."""
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
    artifact: float = 0.0
    """Weight of LDL's artefact loss (see `training.losses.artifact`), which runs the averaged weights beside the
    network; not in the paper."""


@dataclass(frozen=True)
class InitFrom:
    path: Path
    """A training state (its averaged weights are taken) or a safetensors file."""
    prefix: str = ""
    """Take over only the tensors whose names begin so (``coarse.``: the coarse network)."""
    widen: bool = False
    """The file is of a network with a fraction of the channels: take it over so that this one computes the same (see
    `training.widen`)."""


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
    restart: bool = False
    """Begin with the averaged weights of the phase before and average anew, as a run of its own would that takes
    them over; else the phase goes on where the one before it stopped."""
    init_from: tuple[InitFrom, ...] = ()
    """Files whose fitting tensors are taken over when the phase begins, in this order; averaging begins anew."""
    ema: float | None = None
    """Decay of the averaged weights in this phase; None: the recipe's."""
    validate_every: int | None = None
    """Steps between validations of this phase; None: the recipe's."""


@dataclass(frozen=True)
class Perceptual:
    weights: Path | None = None
    """Local safetensors of VGG16's convolutions; None lets torchvision download them."""
    before_relu: bool = True


@dataclass(frozen=True)
class Discriminator:
    """What the network is trained against in phases with an adversarial loss (see `training.discriminators`)."""

    kind: Literal["srgan", "unet"] = "srgan"
    """SRGAN's, with a logit a picture, or Real-ESRGAN's U-Net with spectral norms, with a logit a pixel."""
    width: int = 64
    """Channels of the U-Net's first stage; 64 as published."""
    sees: Literal["picture", "texture"] = "picture"
    """``texture``: the picture less its blur, so that colour and brightness are not judged."""
    relativistic: bool = False
    """ESRGAN's relativistic average losses, for both networks, instead of SRGAN's."""
    rate: float = 1.0
    """Its learning rate, in units of the network's."""


PartPrecision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class CpuPrecision:
    """What a CPU computes in bfloat16; losses, sums, averages and the optimiser stay in float32. ``auto``: bfloat16
    where the processor has it natively (see `training.bfloat16`) and ``precision`` is ``auto``."""

    features: PartPrecision = "auto"
    """VGG16 under the perceptual losses: frozen, and most of a perceptual step's work."""
    refinement: PartPrecision = "auto"
    """The refinement network's convolutions; what they add is summed in float32."""
    srresnet: PartPrecision = "auto"
    """SRResNet as a whole. ESRT and the coarse network always compute in float32: their long skip loses 0.22 dB
    otherwise."""
    live: PartPrecision = "auto"
    """Live's convolutions; its bicubic enlargement, and the sum with it, are float32."""
    discriminator: PartPrecision = "auto"
    """The discriminator's convolutions; its logits are float32."""


@dataclass(frozen=True)
class Config:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    name: str
    phases: tuple[Phase, ...]
    network: Network = field(default_factory=Network)
    data: Data = field(default_factory=Data)
    perceptual: Perceptual = field(default_factory=Perceptual)
    discriminator: Discriminator = field(default_factory=Discriminator)
    lpips_weights: Path | None = None
    """Local safetensors of AlexNet's convolutions for validation LPIPS; None lets torchvision download them."""
    initial: Literal["interpolation", "random"] = "interpolation"
    """The first weights: those that interpolate, or PyTorch's random ones."""
    init_from: tuple[InitFrom, ...] = ()
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
    cuda_graphs: bool = False
    """On one GPU, record a step's passes and replay them (see `training.cuda_graph`): far fewer launches."""
    compile: bool = False
    """Run the network through torch.compile."""
    psnr_floor: float = 0.0
    """The best checkpoint is the one of least validation LPIPS whose PSNR is at least this much over bicubic's (dB)."""

    @property
    def init_files(self) -> tuple[InitFrom, ...]:
        """The files that weights are taken over from, in the order in which they are needed."""
        return (*self.init_from, *(source for phase in self.phases for source in phase.init_from))
