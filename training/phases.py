"""What a phase trains, and the loss it trains it with (paper, sections 2.3 and 3.1)."""

from __future__ import annotations

from torch import Tensor, nn

from cf_esrt.networks import CFESRT
from training.config import Losses, Phase
from training.losses import PerceptualLoss, gradient_loss, pixel_loss


def outputs_of(network: nn.Module, low: Tensor) -> dict[str, Tensor]:
    """Every image the network makes, by name: coarse and refined for CF-ESRT, ``esrt`` for ESRT."""
    if isinstance(network, CFESRT):
        return dict(network(low)._asdict())
    return {"esrt": network(low)}


def parts(network: nn.Module, phase: Phase) -> list[nn.Module]:
    """The modules that the phase trains. ValueError where the network has no such part."""
    if phase.part == "all":
        return [network]
    if not isinstance(network, CFESRT):
        raise ValueError(f"Phase {phase.name} trains the part {phase.part}, which {type(network).__name__} has not.")
    return [network.coarse if phase.part == "coarse" else network.refine]


def freeze_others(network: nn.Module, phase: Phase) -> list[nn.Parameter]:
    """Gradients on for the phase's parts alone; returns the parameters to optimise."""
    always_frozen = {name for name, _ in network.named_parameters() if name.endswith("weight_unused.scale")}
    network.requires_grad_(False)
    for part in parts(network, phase):
        part.requires_grad_(True)
    for name, parameter in network.named_parameters():
        if name in always_frozen:
            parameter.requires_grad_(False)
    return [p for p in network.parameters() if p.requires_grad]


def needs_features(losses: Losses) -> bool:
    return losses.coarse_perceptual > 0 or losses.refined_perceptual > 0


def forward(network: nn.Module, phase: Phase, low: Tensor) -> dict[str, Tensor]:
    """The images that the phase's loss needs; a frozen coarse network runs without gradients."""
    if isinstance(network, CFESRT) and phase.part == "coarse":
        return {"coarse": network.coarse(low)}
    return outputs_of(network, low)


def total_loss(
    images: dict[str, Tensor],
    truth: Tensor,
    losses: Losses,
    perceptual: PerceptualLoss | None,
    features: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """L = L_c + L_r (section 2.3) of the images there are, and its terms by name, each before weighting.

    L_c: equation 1. L_r: equation 2. ESRT's one image takes L_r's weights. ``features``: ϕ of the
    ground truth where it is known already. ValueError where a perceptual weight is set and no perceptual loss given.
    """
    terms: dict[str, Tensor] = {}
    total = truth.new_zeros(())
    if needs_features(losses):
        if perceptual is None:
            raise ValueError("The perceptual weights are set, so the VGG16 features are needed.")
        features = perceptual.target(truth) if features is None else features
    for name, image in images.items():
        coarse = name == "coarse"
        if (losses.coarse if coarse else losses.refined) == 0:
            continue
        loss = terms[f"{name}/l1"] = pixel_loss(image, truth)
        weight = losses.coarse_perceptual if coarse else losses.refined_perceptual
        if weight > 0 and perceptual is not None and features is not None:
            terms[f"{name}/perceptual"] = perceptual(image, features)
            loss = loss + weight * terms[f"{name}/perceptual"]
        if losses.refined_gradient > 0 and not coarse:
            terms[f"{name}/gradient"] = gradient_loss(image, truth)
            loss = loss + losses.refined_gradient * terms[f"{name}/gradient"]
        total = total + (losses.coarse if coarse else losses.refined) * loss
    return total, {name: term.detach() for name, term in terms.items()}
