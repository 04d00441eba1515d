"""The parts that a phase trains, and its loss (paper, sections 2.3 and 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from cf_esrt.networks import CFESRT, Live, SRResNet
from cf_esrt.networks.cf_esrt import Stages
from training.bfloat16 import convolving_in
from training.config import Losses, Phase
from training.losses import (
    ContentLoss,
    PerceptualLoss,
    adversarial_loss,
    artifact_loss,
    gradient_loss,
    lattice_loss,
    pattern_loss,
    pixel_loss,
    relativistic_loss,
    ring_correlation_loss,
    squared_loss,
    structure_loss,
)
from training.losses.learned import LearnedPerceptualLoss


def named_images(name: str, output: Tensor | Stages) -> dict[str, Tensor]:
    """A network's images by name: CF-ESRT's ``coarse`` and ``refined``, any other network's as ``name``."""
    return {name: output} if isinstance(output, Tensor) else dict(output._asdict())


def parts(network: nn.Module, phase: Phase) -> list[nn.Module]:
    """The modules that the phase trains. ValueError where the network has no such part."""
    if phase.part == "all":
        return [network]
    if not isinstance(network, CFESRT):
        raise ValueError(f"Phase {phase.name} trains the part {phase.part}, which {type(network).__name__} lacks.")
    return [network.coarse if phase.part == "coarse" else network.refine]


def freeze_other_parts(network: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Gradients only for the phase's parts; returns the parameters to optimise."""
    always_frozen = {name for name, _ in network.named_parameters() if name.endswith("weight_unused.scale")}
    network.requires_grad_(False)
    for part in parts(network, phase):
        part.requires_grad_(True)
    for name, parameter in network.named_parameters():
        if name in always_frozen:
            parameter.requires_grad_(False)
    return [p for p in network.parameters() if p.requires_grad]


def rate_at(phase: Phase, step: int, images: int) -> float:
    """The learning rate at a step (from 0) of the phase; an epoch has as many crops as there are photographs."""
    warm = min(1.0, (step + 1) / phase.warmup) if phase.warmup else 1.0
    if phase.schedule == "halving":
        return warm * phase.learning_rate * 0.5 ** (step * phase.batch // images // phase.halve_every)
    if phase.schedule == "cosine":
        falling = 0.5 * (1 + math.cos(math.pi * step / (phase.span or phase.steps)))
        return warm * phase.learning_rate * (0.01 + 0.99 * falling)
    return warm * phase.learning_rate


def needs_features(losses: Losses) -> bool:
    return losses.coarse_perceptual > 0 or losses.refined_perceptual > 0


@dataclass(frozen=True)
class LossNetworks:
    """Frozen networks of the losses; None where no weight needs one."""

    perceptual: PerceptualLoss | None = None
    """ϕ of equations 1 and 2."""
    content: ContentLoss | None = None
    """SRGAN's content loss."""
    learned: LearnedPerceptualLoss | None = None
    """LPIPS on VGG16."""
    discriminator: nn.Module | None = None
    """In its current state."""
    relativistic: bool = False
    """The discriminator judges images against the photographs' mean (`relativistic_loss`)."""
    averaged: nn.Module | None = None
    """The trained network with its averaged weights, which LDL's artefact loss compares with."""


class Batch(NamedTuple):
    """The tensors of a step, or of a part of it."""

    truth: Tensor
    """N×3×4H×4W in 0..1."""
    low: Tensor | None = None
    """Inputs, N×3×H×W in 0..1; None where ``coarse`` is known."""
    features: Tensor | None = None
    """ϕ of the truth where it is known already."""
    coarse: Tensor | None = None
    """The frozen coarse network's pictures as the refinement network reads them, where they are known already: the
    coarse network is then not run, and has no loss."""

    def part(self, which: slice) -> Batch:
        return Batch(*(None if tensor is None else tensor[which] for tensor in self))  # type: ignore[arg-type]


class Objective(nn.Module):
    """A network and the loss of a phase in one module: DDP, autocast and torch.compile need them as one.

    The loss networks are no submodules: neither their weights nor their gradients are synchronised. ``dtype``: of the
    convolutions of the refinement network, of SRResNet or of Live; other networks compute in their weights' precision.
    """

    def __init__(
        self,
        network: nn.Module,
        phase: Phase,
        loss_networks: LossNetworks,
        *,
        compiled: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.network, self.phase, self.dtype = network, phase, dtype
        averaged = None if loss_networks.averaged is None else _stages(loss_networks.averaged, compiled=compiled)
        self._unregistered = (_stages(network, compiled=compiled), averaged, loss_networks)

    def forward(self, batch: Batch) -> LossOutput:
        stages, _, loss_networks = self._unregistered
        images, coarse = self._images(stages, batch), batch.coarse
        if coarse is None and "coarse" in images:
            coarse = images["coarse"].detach()
        averaged = self._averaged_image(batch, images)
        loss, terms = total_loss(
            images, batch.truth, self.phase.losses, loss_networks, batch.features, averaged, coarse
        )
        return LossOutput(loss, terms, _last(images).detach())

    @torch.no_grad()
    def _averaged_image(self, batch: Batch, images: dict[str, Tensor]) -> Tensor | None:
        """What the averaged weights make of the same input, where a loss asks for it; a frozen coarse network's picture
        serves both."""
        _, averaged, _ = self._unregistered
        if averaged is None or self.phase.losses.artifact == 0:
            return None
        if self.phase.part == "refinement" and "coarse" in images and isinstance(self.network, CFESRT):
            batch = batch._replace(low=None, coarse=self.network.refinement_input(images["coarse"]))
        return _last(self._images(averaged, batch))

    def _images(self, stages: tuple[nn.Module, nn.Module], batch: Batch) -> dict[str, Tensor]:
        first, refine = stages
        if isinstance(self.network, (SRResNet, Live)):
            assert batch.low is not None
            with convolving_in(self.dtype, batch.low.device):
                image = first(batch.low)
            return {"image": image.to(batch.truth.dtype)}
        images = {} if batch.low is None else {"coarse": first(batch.low)}
        if not isinstance(self.network, CFESRT):
            return {"image": images["coarse"]}
        read = self.network.refinement_input(images["coarse"]) if batch.coarse is None else batch.coarse
        if self.phase.part != "coarse":
            with convolving_in(self.dtype, read.device):
                images["refined"] = refine(read)
        return images


def _stages(network: nn.Module, *, compiled: bool) -> tuple[nn.Module, nn.Module]:
    """Coarse and refinement network; any other network, and nothing after it."""
    first, refine = (network.coarse, network.refine) if isinstance(network, CFESRT) else (network, nn.Identity())
    return (torch.compile(first), torch.compile(refine)) if compiled else (first, refine)  # type: ignore[return-value]


def _last(images: dict[str, Tensor]) -> Tensor:
    return list(images.values())[-1]


class LossOutput(NamedTuple):
    loss: Tensor
    terms: dict[str, Tensor]
    """Each before weighting, detached."""
    image: Tensor
    """The network's last image, detached."""


def total_loss(
    images: dict[str, Tensor],
    truth: Tensor,
    losses: Losses,
    loss_networks: LossNetworks,
    features: Tensor | None = None,
    averaged: Tensor | None = None,
    coarse_image: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """L = L_c + L_r (section 2.3) of the given images, and its terms by name, each before weighting.

    L_c: equation 1. L_r: equation 2. A network with one image uses L_r's weights. The content and adversarial terms are
    SRGAN's or ESRGAN's, the learned one CF-ESRT-plus's, the artefact term LDL's, the pattern's ours. ``features``: ϕ of
    the ground truth where it is known already; ``averaged``: the averaged weights' last image; ``coarse_image``: what
    the refinement is added to, where `Losses.opening` asks for a part of it. ValueError where a weight is set and its
    loss network is missing.
    """
    terms: dict[str, Tensor] = {}
    total = truth.new_zeros(())
    if needs_features(losses):
        if loss_networks.perceptual is None:
            raise ValueError("The perceptual weights are set, so the VGG16 features are needed.")
        if features is None:
            features = loss_networks.perceptual.target(truth[: losses.perceptual_crops or None])
    pixels = squared_loss if losses.squared else pixel_loss
    for name, image in images.items():
        coarse = name == "coarse"
        stage = losses.coarse if coarse else losses.refined
        if stage == 0:
            continue
        shown = image
        if losses.opening < 1 and not coarse:
            assert coarse_image is not None
            shown = coarse_image + losses.opening * (image - coarse_image)
        pixel = f"{name}/{'l2' if losses.squared else 'l1'}"
        terms[pixel] = pixels(shown, truth)
        loss = losses.pixel * terms[pixel]
        weight = losses.coarse_perceptual if coarse else losses.refined_perceptual
        if weight > 0 and loss_networks.perceptual is not None and features is not None:
            terms[f"{name}/perceptual"] = loss_networks.perceptual(image[: len(features)], features)
            loss = loss + weight * terms[f"{name}/perceptual"]
        if losses.ring > 0:
            terms[f"{name}/ring"] = ring_correlation_loss(shown, truth)
            loss = loss + losses.ring * terms[f"{name}/ring"]
        if losses.refined_gradient > 0 and not coarse:
            terms[f"{name}/gradient"] = gradient_loss(shown, truth)
            loss = loss + losses.refined_gradient * terms[f"{name}/gradient"]
        if losses.structure > 0 and not coarse:
            terms[f"{name}/structure"] = structure_loss(shown, truth)
            loss = loss + losses.structure * terms[f"{name}/structure"]
        if losses.lattice > 0 and not coarse:
            assert coarse_image is not None
            terms[f"{name}/lattice"] = lattice_loss(image, coarse_image)
            loss = loss + losses.lattice * terms[f"{name}/lattice"]
        if not coarse:
            loss = loss + _extra_losses(name, image, truth, losses, loss_networks, averaged, terms)
        total = total + stage * loss
    return total, {name: term.detach() for name, term in terms.items()}


def _extra_losses(
    name: str,
    image: Tensor,
    truth: Tensor,
    losses: Losses,
    loss_networks: LossNetworks,
    averaged: Tensor | None,
    terms: dict[str, Tensor],
) -> Tensor:
    """The weighted losses that the paper does not have, in one sum; their terms are added to ``terms``."""
    loss = truth.new_zeros(())
    if losses.pattern > 0:
        terms[f"{name}/pattern"] = pattern_loss(image, truth)
        loss = loss + losses.pattern * terms[f"{name}/pattern"]
    if losses.learned > 0:
        if loss_networks.learned is None:
            raise ValueError("The learned weight is set, so LPIPS on VGG16 is needed.")
        terms[f"{name}/learned"] = loss_networks.learned(image, truth)
        loss = loss + losses.learned * terms[f"{name}/learned"]
    if losses.content > 0:
        if loss_networks.content is None:
            raise ValueError("The content weight is set, so the VGG16 features are needed.")
        terms[f"{name}/content"] = loss_networks.content(image, loss_networks.content.target(truth))
        loss = loss + losses.content * terms[f"{name}/content"]
    if losses.adversarial > 0:
        terms[f"{name}/adversarial"] = _adversarial(image, truth, loss_networks)
        loss = loss + losses.adversarial * terms[f"{name}/adversarial"]
    if losses.artifact > 0:
        if averaged is None:
            raise ValueError("The artifact weight is set, so the averaged weights' image is needed.")
        terms[f"{name}/artifact"] = artifact_loss(image, averaged, truth)
        loss = loss + losses.artifact * terms[f"{name}/artifact"]
    return loss


def _adversarial(image: Tensor, truth: Tensor, loss_networks: LossNetworks) -> Tensor:
    judge = loss_networks.discriminator
    if judge is None:
        raise ValueError("The adversarial weight is set, so a discriminator is needed.")
    logits = judge(image)
    if not loss_networks.relativistic:
        return adversarial_loss(logits)
    with torch.no_grad():
        logits_real = judge(truth)
    return relativistic_loss(logits, logits_real)
