"""The losses against their equations, on cases worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from cf_esrt.networks import CFESRT, ESRT
from training.config import Losses, Phase
from training.losses import (
    CONV5_3,
    IMAGENET_MEAN,
    IMAGENET_STD,
    PerceptualLoss,
    VGG16Features,
    gradient_loss,
    pixel_loss,
)
from training.phases import forward, freeze_others, total_loss
from training.train import learning_rate


@pytest.fixture(scope="module")
def features() -> VGG16Features:
    """VGG16's layout with small random weights, so that the tests need no download."""
    torch.manual_seed(0)
    from training.losses import _vgg16_until_conv5_3

    layout = _vgg16_until_conv5_3(before_relu=True)
    return VGG16Features({f"features.{name}": tensor for name, tensor in layout.state_dict().items()})


def test_pixel_loss_is_the_mean_absolute_error() -> None:
    a, b = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]]), torch.tensor([[[[0.5, 0.5], [0.0, 0.5]]]])
    assert pixel_loss(a, b) == pytest.approx((0.5 + 0 + 1 + 0.25) / 4)


def test_gradient_loss_by_hand() -> None:
    """Error [[0, 1, 3], [2, 2, 2]]: along x (1, 2, 0, 0) → mean square 5/4; along y (2, 1, −1) → 6/3."""
    error = torch.tensor([[[[0.0, 1.0, 3.0], [2.0, 2.0, 2.0]]]])
    target = torch.rand_like(error)
    assert gradient_loss(target + error, target) == pytest.approx(0.5 * (5 / 4 + 2), rel=1e-5)


def test_gradient_loss_ignores_a_constant_error() -> None:
    target = torch.rand(1, 3, 8, 8)
    assert gradient_loss(target + 0.3, target) == pytest.approx(0, abs=1e-10)


def test_features_are_conv5_3_of_the_normalised_image(features: VGG16Features) -> None:
    """Against torch's own layers, applied one by one."""
    image = torch.rand(1, 3, 64, 48)
    x = (image - torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)) / torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    convolutions = 0
    for layer in features.features:
        x = layer(x.clone())
        convolutions += isinstance(layer, torch.nn.Conv2d)
    assert convolutions == 13
    assert len(features.features) == CONV5_3 + 1
    assert features(image).shape == (1, 512, 4, 3)
    torch.testing.assert_close(features(image), x)


def test_perceptual_loss_is_the_features_mean_absolute_error(features: VGG16Features) -> None:
    loss = PerceptualLoss(features)
    a, b = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    assert float(loss(a, loss.target(b))) == pytest.approx(float((features(a) - features(b)).abs().mean()))
    assert float(loss(a, loss.target(a))) == 0


def test_the_real_vgg16_loads_and_sees(shared_data: Path, backbones: Path) -> None:
    real = VGG16Features.load(backbones / "vgg16_features.safetensors")
    assert sum(p.numel() for p in real.parameters()) == 14_714_688
    activations = real(torch.rand(1, 3, 64, 64))
    assert activations.min() < 0 < activations.max()  # before ReLU
    after = VGG16Features.load(backbones / "vgg16_features.safetensors", before_relu=False)
    assert after(torch.rand(1, 3, 64, 64)).min() == 0


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors"):
        VGG16Features.load(tmp_path / "nothing.safetensors")


def test_total_is_equation_1_plus_equation_2(features: VGG16Features) -> None:
    perceptual = PerceptualLoss(features)
    truth, coarse, refined = (torch.rand(1, 3, 32, 32) for _ in range(3))
    weights = Losses(coarse_perceptual=0.3, refined_perceptual=0.2, refined_gradient=0.7)
    total, terms = total_loss({"coarse": coarse, "refined": refined}, truth, weights, perceptual)

    def phi(image: Tensor) -> Tensor:
        return (features(image) - features(truth)).abs().mean()

    l_c = (coarse - truth).abs().mean() + 0.3 * phi(coarse)
    l_r = (refined - truth).abs().mean() + 0.2 * phi(refined) + 0.7 * gradient_loss(refined, truth)
    assert float(total) == pytest.approx(float(l_c + l_r), rel=1e-5)
    assert set(terms) == {"coarse/l1", "coarse/perceptual", "refined/l1", "refined/perceptual", "refined/gradient"}


def test_a_perceptual_weight_needs_the_features() -> None:
    image = torch.rand(1, 3, 8, 8)
    with pytest.raises(ValueError, match="VGG16"):
        total_loss({"esrt": image}, image, Losses(refined_perceptual=1.0), None)


def test_the_second_phase_trains_the_refinement_alone() -> None:
    network = CFESRT(width=8)
    phase = Phase("two", 1, part="refinement", losses=Losses(coarse=0.0, refined_gradient=1.0))
    trained = freeze_others(network, phase)
    assert {id(p) for p in trained} == {id(p) for p in network.refine.parameters()}
    images = forward(network, phase, torch.rand(1, 3, 8, 8))
    total, _ = total_loss(images, torch.rand(1, 3, 32, 32), phase.losses, None)
    total.backward()
    assert all(p.grad is None for p in network.coarse.parameters())
    assert all(p.grad is not None for p in network.refine.parameters())


def test_the_first_phase_trains_everything_but_the_unused_scalars() -> None:
    network = CFESRT(width=8)
    trained = freeze_others(network, Phase("one", 1))
    unused = [p for name, p in network.named_parameters() if name.endswith("weight_unused.scale")]
    assert len(unused) == 12
    assert len(trained) == len(list(network.parameters())) - len(unused)
    images = forward(network, Phase("one", 1), torch.rand(1, 3, 8, 8))
    total_loss(images, torch.rand(1, 3, 32, 32), Losses(refined_gradient=1.0), None)[0].backward()
    assert all(p.grad is not None for p in trained)


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="ESRT has not"):
        freeze_others(ESRT(), Phase("x", 1, part="refinement"))


def test_the_rate_is_halved_every_twenty_epochs() -> None:
    """Section 3.1, with 112 crops a step and 1,120 photographs: an epoch is ten steps."""
    phase = Phase("paper", 1000, batch=112, learning_rate=2e-4)
    rates = [learning_rate(phase, step, 1120) for step in (0, 199, 200, 399, 400)]
    assert rates == pytest.approx([2e-4, 2e-4, 1e-4, 1e-4, 5e-5])
