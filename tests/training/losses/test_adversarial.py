"""ESRGAN's relativistic losses against their formula, LDL's artefact map against one worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from training.config import Losses
from training.losses import artifact_loss, artifact_map, relativistic_loss
from training.phases import LossNetworks, total_loss


def test_relativistic_loss_is_the_published_formula() -> None:
    """Photographs' logits 2 and 0, the network's 1 and −3: their means are 1 and −1."""

    def sigmoid(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    expected = -(math.log(sigmoid(2 + 1)) + math.log(sigmoid(0 + 1))) / 2
    expected -= (math.log(1 - sigmoid(1 - 1)) + math.log(1 - sigmoid(-3 - 1))) / 2
    real, fake = torch.tensor([[2.0], [0.0]]), torch.tensor([[1.0], [-3.0]])
    assert relativistic_loss(real, fake) == pytest.approx(expected)
    assert relativistic_loss(torch.ones(3, 1), torch.ones(3, 1)) == pytest.approx(2 * math.log(2))


def test_relativistic_loss_pulls_both_sides() -> None:
    """The logits of the preferred rise and the others fall: what SRGAN's generator does not ask for."""
    real, fake = torch.zeros(2, 1, 4, 4, requires_grad=True), torch.zeros(2, 1, 4, 4, requires_grad=True)
    relativistic_loss(real, fake).backward()
    assert real.grad is not None
    assert fake.grad is not None
    assert (real.grad < 0).all()
    assert (fake.grad > 0).all()


def error(size: int = 9) -> tuple[Tensor, Tensor]:
    """A truth, and a prediction that is off by 0.49 in the red of one place and right elsewhere."""
    truth = torch.full((1, 3, size, size), 0.5)
    prediction = truth.clone()
    prediction[0, 0, 4, 4] += 0.49
    return prediction, truth


def test_the_artifact_map_by_hand() -> None:
    """One pixel of 81 is off by e = 0.49, the others by 0: the sum of squares about the mean is e² − e²/81. A window of
    49 that sees it has the variance (e² − e²/49) / 48; one that does not, 0."""
    prediction, truth = error()
    found = artifact_map(prediction, truth + 0.1, truth)  # the average errs by 0.3 everywhere, so by less only there
    whole = ((0.49**2 - 0.49**2 / 81) / 80) ** 0.2
    window = (0.49**2 - 0.49**2 / 49) / 48
    assert found.shape == (1, 1, 9, 9)
    assert found[0, 0, 4, 4] == pytest.approx(whole * window, rel=1e-4)
    assert found.count_nonzero() == 1
    assert artifact_loss(prediction, truth + 0.1, truth) == pytest.approx(whole * window * 0.49 / 243, rel=1e-4)


def test_where_the_average_errs_more_there_is_no_artifact() -> None:
    prediction, truth = error()
    assert artifact_map(prediction, truth + 0.2, truth).count_nonzero() == 0
    windows = artifact_map(prediction, truth, truth)  # the perfect average: every window that sees the error counts
    assert windows.count_nonzero() == 49
    assert windows[0, 0, 1, 1] > 0
    assert windows[0, 0, 0, 0] == 0


def test_the_artifact_losss_gradient_draws_to_the_truth_and_leaves_the_map_alone() -> None:
    prediction, truth = error()
    prediction.requires_grad_()
    weight = artifact_map(prediction, truth, truth)
    artifact_loss(prediction, truth, truth).backward()
    assert prediction.grad is not None
    assert prediction.grad[0, 0, 4, 4] == pytest.approx(float(weight[0, 0, 4, 4]) / 243)
    assert prediction.grad.count_nonzero() == 1


class Brightness(torch.nn.Module):
    """A discriminator of one logit: the mean."""

    def forward(self, image: Tensor) -> Tensor:
        return image.mean((1, 2, 3))[:, None]


def test_the_weighted_sum_and_its_gradient() -> None:
    truth, averaged = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    image = torch.rand(2, 3, 16, 16, requires_grad=True)
    losses = Losses(pixel=0.0, adversarial=0.5, artifact=4.0)
    loss_networks = LossNetworks(discriminator=Brightness(), relativistic=True)
    loss, terms = total_loss({"image": image}, truth, losses, loss_networks, averaged=averaged)
    logits_real, logits_fake = truth.mean((1, 2, 3)), image.mean((1, 2, 3))
    expected = 0.5 * relativistic_loss(logits_fake, logits_real) + 4 * artifact_loss(image, averaged, truth)
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert set(terms) == {"image/l1", "image/adversarial", "image/artifact"}
    ours, wanted = torch.autograd.grad(loss, image)[0], torch.autograd.grad(expected, image)[0]
    torch.testing.assert_close(ours, wanted)
    assert ours.abs().min() > 0


def test_an_artifact_weight_without_an_average_is_refused() -> None:
    image = torch.rand(1, 3, 16, 16)
    with pytest.raises(ValueError, match="averaged"):
        total_loss({"image": image}, image, Losses(artifact=1.0), LossNetworks())
