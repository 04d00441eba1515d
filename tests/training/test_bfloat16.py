"""bfloat16 in training: chosen by part, near float32, and never in losses, weights or averages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from cf_esrt.networks import CFESRT, ESRT, Live, SRResNet
from tests.training.helpers import new_run
from training.config import Config, Losses, Phase
from training.data.crops import Batch
from training.losses import VGG16_LAYOUT, PerceptualLoss, VGG16Features
from training.losses.features import vgg16_until_conv5_3
from training.losses.networks import LossNetworks
from training.train import Objective

DTYPES = (torch.float32, torch.bfloat16)
PHASE = Phase("refinement", 1, part="refinement", crop=64, losses=Losses(gradient=1.0))


@pytest.mark.parametrize(
    ("native", "precision", "expected"),
    [
        (True, "auto", torch.bfloat16),
        (False, "auto", torch.float32),
        (True, "float32", torch.float32),
        (True, "float64", torch.float32),
    ],
)
def test_auto_follows_the_processor_and_keeps_to_a_precision_that_was_asked_for(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool, precision: Any, expected: torch.dtype
) -> None:
    monkeypatch.setattr("training.train.has_native_bfloat16", lambda: native)
    run = new_run(dataclasses.replace(config, precision=precision), tmp_path / "run")
    assert run.convolutions == run.objective.dtype == expected


def _features(dtype: torch.dtype) -> VGG16Features:
    torch.manual_seed(0)
    layout = vgg16_until_conv5_3(True)
    assert len(layout) > len(VGG16_LAYOUT)
    for module in layout:
        if isinstance(module, torch.nn.Conv2d):  # keeps the signal's size, as trained weights do
            torch.nn.init.kaiming_normal_(module.weight)
    return VGG16Features({f"features.{name}": tensor for name, tensor in layout.state_dict().items()}, dtype=dtype)


def test_perceptual_loss_in_bfloat16_is_near_and_its_own_sum_in_float32() -> None:
    torch.manual_seed(1)
    truth = torch.rand(2, 3, 32, 32)
    image = (truth + 0.1 * torch.randn_like(truth)).requires_grad_()
    losses, gradients = [], []
    for dtype in DTYPES:
        loss = PerceptualLoss(_features(dtype))
        value = loss(image, loss.target(truth))
        assert value.dtype == torch.float32
        losses.append(value.item())
        gradients.append(torch.autograd.grad(value, image)[0])
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert losses[1] != losses[0]
    assert torch.cosine_similarity(gradients[0].flatten(), gradients[1].flatten(), dim=0) > 0.95


def _objective(refinement: torch.dtype) -> tuple[Objective, CFESRT]:
    torch.manual_seed(2)
    network = CFESRT(width=8)
    network.coarse.requires_grad_(False)
    return Objective(network, PHASE, LossNetworks(), dtype=refinement), network


def test_refinement_in_bfloat16_is_near_and_leaves_weights_and_sums_in_float32() -> None:
    low, truth = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 64, 64)
    images, gradients = [], []
    for dtype in DTYPES:
        objective, network = _objective(dtype)
        output = objective(Batch(truth, low))
        assert output.loss.dtype == output.image.dtype == torch.float32
        each = torch.autograd.grad(output.loss, list(network.refine.parameters()))
        assert all(gradient.dtype == torch.float32 for gradient in each)
        images.append(output.image)
        gradients.append(torch.cat([gradient.flatten() for gradient in each]))
    assert 0 < (images[0] - images[1]).abs().max() < 0.01
    assert torch.cosine_similarity(gradients[0], gradients[1], dim=0) > 0.99


def _live() -> Live:
    network = Live(channels=16, convolutions=4)
    nn.init.normal_(network.convolutions[-1].weight, std=0.02)  # type: ignore[arg-type]
    return network


@pytest.mark.parametrize("build", [lambda: SRResNet(blocks=2, width=16), _live], ids=["srresnet", "live"])
def test_one_network_in_bfloat16_is_near_and_leaves_weights_and_sums_in_float32(build: Callable[[], nn.Module]) -> None:
    low, truth = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 64, 64)
    phase = Phase("pixels", 1, crop=64, losses=Losses(l1=0.0, l2=1.0))
    images, gradients = [], []
    for dtype in DTYPES:
        torch.manual_seed(3)
        network = build()
        output = Objective(network, phase, LossNetworks(), dtype=dtype)(Batch(truth, low))
        assert output.loss.dtype == output.image.dtype == torch.float32
        each = torch.autograd.grad(output.loss, list(network.parameters()))
        assert all(gradient.dtype == torch.float32 for gradient in each)
        images.append(output.image)
        gradients.append(torch.cat([gradient.flatten() for gradient in each]))
    assert 0 < (images[0] - images[1]).abs().max() < 0.02
    assert torch.cosine_similarity(gradients[0], gradients[1], dim=0) > 0.99


def test_esrt_keeps_to_float32() -> None:
    low, truth = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 64, 64)
    torch.manual_seed(4)
    network = ESRT()
    phase = Phase("l1", 1, crop=64)
    images = [Objective(network, phase, LossNetworks(), dtype=d)(Batch(truth, low)).image for d in DTYPES]
    assert torch.equal(*images)


def test_a_known_coarse_picture_stands_for_the_coarse_network() -> None:
    objective, network = _objective(torch.float32)
    low, truth = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 64, 64)
    computed = objective(Batch(truth, low))
    known = objective(Batch(truth, coarse=network.refinement_input(network.coarse(low))))
    torch.testing.assert_close(known.loss, computed.loss)
    torch.testing.assert_close(known.image, computed.image)
    assert set(computed.terms) == set(known.terms) == {"refined/l1", "refined/gradient"}
