"""The loss on the grid artifact: one picture's own, nothing else, and training takes it away."""

from __future__ import annotations

import pytest
import torch

from training.config import Losses, Phase
from training.losses import grid_artifact_loss
from training.losses.networks import LossNetworks
from training.losses.table import total_loss


def test_an_artifact_is_seen_and_a_shift_of_colour_or_another_period_is_not() -> None:
    truth = torch.rand(2, 3, 24, 32)
    columns = torch.tensor([0.02, -0.02]).repeat(16)
    assert float(grid_artifact_loss(truth + columns, truth)) == pytest.approx(0.02, abs=1e-6)
    assert float(grid_artifact_loss(truth + 0.1, truth)) == pytest.approx(0, abs=1e-6)
    period_3 = torch.tensor([0.02, -0.01, -0.01]).repeat(8)[:, None]  # 24 rows hold each place of a block as often
    assert float(grid_artifact_loss(truth + period_3, truth)) == pytest.approx(0, abs=1e-6)


def test_opposite_artifacts_of_two_pictures_do_not_cancel() -> None:
    columns = torch.tensor([0.02, -0.02]).repeat(16)
    error = torch.stack([columns, -columns])[:, None, None].expand(2, 3, 32, 32)
    assert float(grid_artifact_loss(error, torch.zeros_like(error))) == pytest.approx(0.02, abs=1e-6)


def test_its_weight_adds_it_to_the_refined_pictures_loss_alone() -> None:
    truth, coarse, refined = (torch.rand(1, 3, 32, 32) for _ in range(3))
    images = {"coarse": coarse, "refined": refined}
    without, _ = total_loss(images, truth, Phase("one", 1), LossNetworks())
    phase = Phase("one", 1, losses=Losses(grid_artifact=3.0))
    total, terms = total_loss(images, truth, phase, LossNetworks())
    assert float(total - without) == pytest.approx(3 * float(grid_artifact_loss(refined, truth)), rel=1e-4)
    assert "coarse/grid_artifact" not in terms
