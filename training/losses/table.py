"""The losses by name, and their sum: name → function, weighed by `training.config.Losses`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from training.config import Losses, Phase
from training.losses.adversarial import adversarial_loss
from training.losses.border import border_loss
from training.losses.colour import colour_loss
from training.losses.grid_artifact import grid_artifact_loss
from training.losses.lattice import lattice_loss
from training.losses.networks import LossNetworks
from training.losses.pixel import gradient_loss, pixel_loss, squared_loss
from training.losses.ring_correlation import ring_correlation_loss
from training.losses.structure import structure_loss


class Judged(NamedTuple):
    """What a loss compares."""

    image: Tensor
    """The network's picture."""
    shown: Tensor
    """The same at the detail setting that the page opens with."""
    truth: Tensor
    coarse: Tensor | None
    """What the refinement is added to; None for a network with one image."""
    features: Tensor | None
    """ϕ of the truth of the crops that ϕ sees."""
    networks: LossNetworks
    refine: Callable[[Tensor], Tensor] | None = None
    """The refinement, for losses that show it something else."""


def _perceptual(x: Judged) -> Tensor:
    assert x.networks.perceptual is not None and x.features is not None  # noqa: PT018
    return x.networks.perceptual(x.image[: len(x.features)], x.features)


def _content(x: Judged) -> Tensor:
    assert x.networks.content is not None
    return x.networks.content(x.image, x.networks.content.target(x.truth))


LPIPS_MARGIN = 16
"""Pixels along a crop's edges that LPIPS does not see. VGG16 puts zeros around what it is shown, and a refinement that
can tell where that is draws a pattern there."""


def _windows(crops: Tensor) -> Tensor:
    """A square of each crop N×3×S×S, its side 3 × `LPIPS_MARGIN` less, never within `LPIPS_MARGIN` of the crop's edges.

    It lies elsewhere in each of a step's crops: a pattern could be drawn along the edges of one that stood still.
    """
    side, places = crops.shape[-1] - 3 * LPIPS_MARGIN, LPIPS_MARGIN + 1
    corners = [(LPIPS_MARGIN + 5 * n % places, LPIPS_MARGIN + 11 * n % places) for n in range(len(crops))]
    squares = zip(crops, corners, strict=True)
    return torch.stack([crop[:, y : y + side, x : x + side] for crop, (y, x) in squares])


def _lpips(x: Judged) -> Tensor:
    """Of every other crop's picture, and of the others' as the page opens with it: both looks count."""
    assert x.networks.lpips is not None
    seen = x.shown.clone()
    seen[::2] = x.image[::2]
    return x.networks.lpips(_windows(seen), _windows(x.truth))


def _border(x: Judged) -> Tensor:
    assert x.coarse is not None and x.refine is not None  # noqa: PT018
    return border_loss(x.image, x.coarse, x.refine)


LOSSES: dict[str, Callable[[Judged], Tensor]] = {
    "l1": lambda x: pixel_loss(x.shown, x.truth),
    "l2": lambda x: squared_loss(x.shown, x.truth),
    "perceptual": _perceptual,
    "ring": lambda x: ring_correlation_loss(x.shown, x.truth),
    "gradient": lambda x: gradient_loss(x.shown, x.truth),
    "structure": lambda x: structure_loss(x.shown, x.truth),
    "grid_artifact": lambda x: grid_artifact_loss(x.image, x.truth),
    "lattice": lambda x: lattice_loss(x.image, cast(Tensor, x.coarse)),
    "border": _border,
    "colour": lambda x: colour_loss(x.image, cast(Tensor, x.coarse)),
    "lpips": _lpips,
    "content": _content,
    "adversarial": lambda x: adversarial_loss(cast(nn.Module, x.networks.judge)(x.image)),
}
COARSE = ("l1", "l2", "perceptual", "ring")
"""Those that L_c (equation 1) has too."""


def weights_of(picture: str, losses: Losses) -> dict[str, float]:
    """Loss → weight above 0 of a picture: L_c's for ``coarse``, L_r's for any other."""
    weights = {name: getattr(losses, name) for name in LOSSES}
    if picture == "coarse":
        weights = {name: weights[name] for name in COARSE} | {"perceptual": losses.coarse_perceptual}
    return {name: weight for name, weight in weights.items() if weight > 0}


def total_loss(
    images: dict[str, Tensor],
    truth: Tensor,
    phase: Phase,
    networks: LossNetworks,
    features: Tensor | None = None,
    coarse_image: Tensor | None = None,
    refine: Callable[[Tensor], Tensor] | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """L = L_c + L_r (section 2.3) of the pictures that the phase trains, and its terms before weighting, by name.

    ``features``: ϕ of the truth where it is known; ``coarse_image``: what the refinement is added to;
    ``refine``: the refinement, which ``border`` needs.
    """
    total, terms = truth.new_zeros(()), {}
    other = {"coarse": "refined", "refinement": "coarse"}.get(phase.part)
    for picture, image in images.items():
        weights = {} if picture == other else weights_of(picture, phase.losses)
        if "perceptual" in weights and features is None:
            assert networks.perceptual is not None
            features = networks.perceptual.target(truth[: phase.perceptual_crops or None])
        shown = image
        if phase.opening < 1 and picture != "coarse" and coarse_image is not None:
            shown = coarse_image + phase.opening * (image - coarse_image)
        judged = Judged(image, shown, truth, coarse_image, features, networks, refine)
        for name, weight in weights.items():
            terms[f"{picture}/{name}"] = LOSSES[name](judged)
            total = total + weight * terms[f"{picture}/{name}"]
    return total, {name: term.detach() for name, term in terms.items()}
