"""The loss on the colour that a refinement adds."""

from __future__ import annotations

import pytest
import torch

from training.config import Losses, Phase
from training.losses.colour import SIDE, colour_loss
from training.losses.networks import LossNetworks
from training.losses.table import total_loss


def test_a_shift_of_a_channel_costs_what_it_is() -> None:
    coarse = torch.rand(2, 3, 64, 64)
    shift = torch.tensor([0.0, -0.03, 0.0]).view(1, 3, 1, 1)
    assert float(colour_loss(coarse + shift, coarse)) == pytest.approx(0.01, rel=1e-4)


def test_stains_of_opposite_colours_do_not_cancel_out() -> None:
    stains = torch.zeros(1, 3, 64, 64)
    stains[..., :SIDE, :SIDE] = 0.1
    stains[..., -SIDE:, -SIDE:] = -0.1
    assert float(colour_loss(stains, torch.zeros_like(stains))) == pytest.approx(0.1 * 2 / 16, rel=1e-4)


def test_texture_costs_nothing() -> None:
    waves = torch.sin(torch.arange(64) * 2 * torch.pi / 8).expand(1, 3, 64, 64)
    assert float(colour_loss(0.5 + 0.2 * waves, torch.full_like(waves, 0.5))) < 1e-6


def test_all_of_the_texture_is_judged_whatever_the_page_opens_with() -> None:
    coarse = torch.zeros(1, 3, 32, 32)
    phase = Phase("one", 1, opening=0.5, losses=Losses(l1=0.0, colour=5.0))
    total, terms = total_loss({"refined": coarse + 0.1}, coarse, phase, LossNetworks(), coarse_image=coarse)
    assert set(terms) == {"refined/colour"}
    assert float(total) == pytest.approx(0.5, rel=1e-4)
