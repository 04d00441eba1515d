"""The losses against their equations, on cases worked out by hand."""

from __future__ import annotations

import math
import urllib.error
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cf_esrt.networks import CFESRT, ESRT, Discriminator
from training.config import Losses, Phase
from training.config_file import read
from training.losses import (
    CONV5_3,
    IMAGENET_MEAN,
    IMAGENET_STD,
    ContentLoss,
    PerceptualLoss,
    VGG16Features,
    adversarial_loss,
    discriminator_loss,
    gradient_loss,
    pixel_loss,
    squared_loss,
)
from training.losses.features import vgg16_until_conv5_3
from training.losses.networks import LossNetworks
from training.losses.table import total_loss
from training.networks import named_images, trained_parameters
from training.schedule import rate_at


@pytest.fixture(scope="module")
def features() -> VGG16Features:
    """VGG16's layout with small random weights, so that the tests need no download."""
    torch.manual_seed(0)
    layout = vgg16_until_conv5_3(before_relu=True)
    return VGG16Features({f"features.{name}": tensor for name, tensor in layout.state_dict().items()})


def test_pixel_loss_is_the_mean_absolute_error() -> None:
    a, b = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]]), torch.tensor([[[[0.5, 0.5], [0.0, 0.5]]]])
    assert pixel_loss(a, b) == pytest.approx((0.5 + 0 + 1 + 0.25) / 4)


def test_squared_loss_is_the_mean_squared_error() -> None:
    a, b = torch.tensor([[[[0.0, 0.5], [1.0, 0.25]]]]), torch.tensor([[[[0.5, 0.5], [0.0, 0.5]]]])
    assert squared_loss(a, b) == pytest.approx((0.25 + 0 + 1 + 0.0625) / 4)


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


def test_content_loss_is_equation_5_of_srgan(features: VGG16Features) -> None:
    """1/(W·H) · Σ over places of the squared distance of their 512 features, and 1/12.75²; the mean over the batch."""
    loss, a, b = ContentLoss(features), torch.rand(2, 3, 32, 48), torch.rand(2, 3, 32, 48)
    apart = (features(a).clamp(min=0) - features(b).clamp(min=0)).square()
    assert apart.shape == (2, 512, 2, 3)
    expected = apart.sum((1, 2, 3)).mean() / (2 * 3) / 12.75**2
    assert float(loss(a, loss.target(b))) == pytest.approx(float(expected), rel=1e-4)
    assert float(expected) > 0
    assert float(loss(a, loss.target(a))) == 0


def test_recipes_of_srgan_weigh_the_content_loss_alike() -> None:
    """What was run weighed it 300 while the loss was a mean over 512 channels; the paper's own weight is 1."""
    recipes = Path(__file__).parents[3] / "training" / "recipes"
    weights = {}
    for name in ("srgan", "paper/srgan"):
        phases = read(recipes / f"{name}.yaml").phases
        weights[name] = {phase.losses.content for phase in phases if phase.losses.adversarial > 0}
    assert weights == {"srgan": {300 / 512}, "paper/srgan": {1.0}}


def test_a_download_that_fails_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from training import torchvision_shim  # noqa: F401  (what is patched imports torchvision)

    def offline(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("torchvision.models.vgg16", offline)
    with pytest.raises(FileNotFoundError, match=r"could not be downloaded \(.*no route.*\): give backbones"):
        VGG16Features.load(None)


def test_content_loss_is_the_same_on_either_side_of_the_relu(features: VGG16Features) -> None:
    state = {name: tensor for name, tensor in features.state_dict().items() if name.startswith("features.")}
    after = VGG16Features(state, before_relu=False)
    a, b = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    values = [float(loss(a, loss.target(b))) for loss in (ContentLoss(features), ContentLoss(after))]
    assert values[0] == pytest.approx(values[1])


def test_content_loss_reaches_the_image_but_not_the_features(features: VGG16Features) -> None:
    loss, image = ContentLoss(features), torch.rand(1, 3, 32, 32, requires_grad=True)
    loss(image, loss.target(torch.rand(1, 3, 32, 32))).backward()
    assert image.grad is not None
    assert image.grad.abs().max() > 0
    assert all(p.grad is None for p in features.parameters())


def test_adversarial_losses_by_hand() -> None:
    """D = 3/4 for a logit of log 3, 1/4 for −log 3, 1/2 for 0."""
    sure, unsure = torch.tensor([[math.log(3)]]), torch.tensor([[0.0]])
    assert float(adversarial_loss(sure)) == pytest.approx(-math.log(3 / 4))
    assert float(adversarial_loss(torch.cat([sure, unsure, -sure]))) == pytest.approx(
        -(math.log(3 / 4) + math.log(1 / 2) + math.log(1 / 4)) / 3
    )
    assert float(discriminator_loss(sure, -sure)) == pytest.approx(-2 * math.log(3 / 4))
    assert float(discriminator_loss(sure, unsure)) == pytest.approx(-math.log(3 / 4) - math.log(1 / 2))
    assert float(discriminator_loss(unsure, unsure)) == pytest.approx(2 * math.log(2))


def test_adversarial_losses_are_cross_entropies_and_stay_finite() -> None:
    real, fake = torch.randn(8, 1) * 5, torch.randn(8, 1) * 5
    ones, zeros = torch.ones(8, 1), torch.zeros(8, 1)
    entropy = F.binary_cross_entropy_with_logits
    torch.testing.assert_close(adversarial_loss(fake), entropy(fake, ones))
    torch.testing.assert_close(discriminator_loss(real, fake), entropy(real, ones) + entropy(fake, zeros))
    far = torch.tensor([[1000.0]])
    assert float(adversarial_loss(-far)) == pytest.approx(1000)
    assert discriminator_loss(far.bfloat16(), far.bfloat16()).dtype == torch.float32


def test_a_generator_that_fools_nobody_still_learns() -> None:
    """The form that does not saturate: its gradient is largest where the discriminator is sure."""
    logit = torch.tensor([[-20.0]], requires_grad=True)
    adversarial_loss(logit).backward()
    assert logit.grad is not None
    assert float(logit.grad) == pytest.approx(-1)


def test_a_discriminator_learns_to_tell_two_kinds_apart() -> None:
    torch.manual_seed(0)
    network = Discriminator()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    real, fake = 0.5 + 0.2 * torch.randn(2, 3, 32, 32), torch.full((2, 3, 32, 32), 0.5)
    losses = []
    for _ in range(3):
        loss = discriminator_loss(network(real), network(fake))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


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
    phase = Phase("joint", 1, losses=Losses(coarse_perceptual=0.3, perceptual=0.2, gradient=0.7))
    images = {"coarse": coarse, "refined": refined}
    total, terms = total_loss(images, truth, phase, LossNetworks(perceptual))

    def phi(image: Tensor) -> Tensor:
        return (features(image) - features(truth)).abs().mean()

    l_c = (coarse - truth).abs().mean() + 0.3 * phi(coarse)
    l_r = (refined - truth).abs().mean() + 0.2 * phi(refined) + 0.7 * gradient_loss(refined, truth)
    assert float(total) == pytest.approx(float(l_c + l_r), rel=1e-5)
    assert set(terms) == {"coarse/l1", "coarse/perceptual", "refined/l1", "refined/perceptual", "refined/gradient"}


def test_the_total_of_srgans_second_phase(features: VGG16Features) -> None:
    torch.manual_seed(0)
    content, network = ContentLoss(features), Discriminator().eval()
    truth, image = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    phase = Phase("two", 1, losses=Losses(l1=0.0, content=1.0, adversarial=1e-3))
    total, terms = total_loss({"image": image}, truth, phase, LossNetworks(content=content, judge=network))
    expected = content(image, content.target(truth)) + 1e-3 * adversarial_loss(network(image))
    assert total.item() == pytest.approx(expected.item(), rel=1e-4)
    assert set(terms) == {"image/content", "image/adversarial"}


def test_the_second_phase_trains_the_refinement_alone() -> None:
    network = CFESRT(width=8)
    phase = Phase("two", 1, part="refinement", losses=Losses(gradient=1.0))
    trained = trained_parameters(network, phase)
    assert {id(p) for p in trained} == {id(p) for p in network.refine.parameters()}
    images = named_images("image", network(torch.rand(1, 3, 8, 8)))
    total, _ = total_loss(images, torch.rand(1, 3, 32, 32), phase, LossNetworks())
    total.backward()
    assert all(p.grad is None for p in network.coarse.parameters())
    assert all(p.grad is not None for p in network.refine.parameters())


def test_the_first_phase_trains_everything_but_the_unused_scalars() -> None:
    network = CFESRT(width=8)
    phase = Phase("one", 1, losses=Losses(gradient=1.0))
    trained = trained_parameters(network, phase)
    unused = [p for name, p in network.named_parameters() if name.endswith("weight_unused.scale")]
    assert len(unused) == 12
    assert len(trained) == len(list(network.parameters())) - len(unused)
    images = named_images("image", network(torch.rand(1, 3, 8, 8)))
    total_loss(images, torch.rand(1, 3, 32, 32), phase, LossNetworks())[0].backward()
    assert all(p.grad is not None for p in trained)


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="ESRT lacks"):
        trained_parameters(ESRT(), Phase("x", 1, part="refinement"))


def test_the_rate_is_halved_every_twenty_epochs() -> None:
    """Section 3.1, with 112 crops a step and 1,120 photographs: an epoch is ten steps."""
    phase = Phase("paper", 1000, batch=112, learning_rate=2e-4)
    rates = [rate_at(phase, step, 1120) for step in (0, 199, 200, 399, 400)]
    assert rates == pytest.approx([2e-4, 2e-4, 1e-4, 1e-4, 5e-5])
