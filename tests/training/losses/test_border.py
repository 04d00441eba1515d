"""The loss on what a refinement adds along the edges of a picture."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks import RefinementNetwork
from training.config import Losses, Phase
from training.losses.border import EDGE, SURROUNDINGS, border_loss
from training.losses.networks import LossNetworks
from training.losses.table import total_loss


def blur(image: Tensor, mode: str = "replicate") -> Tensor:
    """A mean over 5×5; with ``constant`` there are zeros around the picture."""
    return F.avg_pool2d(F.pad(image, [2] * 4, mode=mode), 5, 1)


def brighter(image: Tensor) -> Tensor:
    return image + 0.1


def test_what_does_not_know_where_a_picture_ends_costs_nothing() -> None:
    read = torch.rand(2, 3, 96, 96)
    assert float(border_loss(brighter(read), read, brighter)) < 1e-7


def test_a_dark_rim_costs_what_it_is_along_the_edges() -> None:
    read = torch.full((1, 3, 96, 96), 0.5)
    alone = blur(read[..., SURROUNDINGS:-SURROUNDINGS, SURROUNDINGS:-SURROUNDINGS], "constant")
    rim = torch.ones_like(alone, dtype=torch.bool)
    rim[..., EDGE:-EDGE, EDGE:-EDGE] = False
    expected = float((0.5 - alone)[rim].mean())
    assert expected > 0.01
    value = border_loss(blur(read), read, lambda image: blur(image, "constant"))
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_it_changes_the_part_alone_and_not_the_picture_with_surroundings() -> None:
    read = torch.rand(1, 3, 96, 96)
    refined = blur(read).requires_grad_()
    weight = torch.ones((), requires_grad=True)
    border_loss(refined, read, lambda image: weight * blur(image)).backward()
    assert refined.grad is None
    assert weight.grad is not None


def test_its_term_of_the_total_is_of_the_network_as_it_is() -> None:
    network = RefinementNetwork(width=8)
    nn.init.normal_(network.to_rgb.weight, std=0.2)
    read, phase = torch.rand(2, 3, 96, 96), Phase("one", 1, crop=96, losses=Losses(l1=0.0, border=2.0))
    images = {"refined": network(read)}
    total, terms = total_loss(images, read, phase, LossNetworks(), coarse_image=read, refine=network)
    assert set(terms) == {"refined/border"}
    assert float(terms["refined/border"]) > 1e-4
    assert float(total) == pytest.approx(2 * float(border_loss(images["refined"], read, network)), rel=1e-5)
