"""LPIPS on VGG16 as a loss: its formula, its gradient, and its place in the total."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.config import Losses, Phase
from training.losses.features import CONV5_3, vgg16_until_conv5_3
from training.losses.learned import LearnedPerceptualLoss, lpips_network
from training.losses.networks import LossNetworks
from training.losses.table import LPIPS_MARGIN, total_loss

#: The last ReLU before each pooling of VGG16, and the one after conv5_3, by torchvision's numbers.
TAPS = (3, 8, 15, 22, CONV5_3 + 1)
SHIFT, SCALE = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """VGG16's layout with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "vgg16.safetensors"
    layout = vgg16_until_conv5_3(before_relu=True).state_dict()
    save_file({f"features.{name}": tensor for name, tensor in layout.items()}, path)
    return path


@pytest.fixture(scope="module")
def loss(weights: Path) -> LearnedPerceptualLoss:
    return LearnedPerceptualLoss(weights)


def written_out(first: Tensor, second: Tensor, loss: LearnedPerceptualLoss, weights: Path) -> float:
    """Equation 1 of the paper: squared differences of unit features, weighted by channel, averaged, summed."""
    layers = vgg16_until_conv5_3(before_relu=False)
    layers.load_state_dict({name.removeprefix("features."): tensor for name, tensor in load_file(weights).items()})
    linear = [tensor for name, tensor in loss.network.state_dict().items() if name.startswith("lins")]
    sides, total = [], 0.0
    for picture in (first, second):
        x, taken = (picture * 2 - 1 - SHIFT[:, None, None]) / SCALE[:, None, None], []
        for number, layer in enumerate(layers):
            x = layer(x)
            if number in TAPS:
                taken.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        sides.append(taken)
    for one, other, weight in zip(*sides, linear, strict=True):
        total += float((weight * (one - other) ** 2).sum(1).mean())
    return total


@torch.no_grad()
def test_it_is_its_formula(loss: LearnedPerceptualLoss, weights: Path) -> None:
    torch.manual_seed(1)
    first, second = torch.rand(1, 3, 32, 48), torch.rand(1, 3, 32, 48)
    assert float(loss(first, second)) == pytest.approx(written_out(first, second, loss, weights), rel=1e-3)
    assert float(loss(first, first)) == 0


def test_a_batch_counts_as_the_mean_of_its_crops(loss: LearnedPerceptualLoss) -> None:
    one, other = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    apart = [float(loss(one[[i]], other[[i]])) for i in range(2)]
    assert float(loss(one, other)) == pytest.approx(sum(apart) / 2, rel=1e-4)


def test_it_reaches_the_prediction_and_trains_nothing_of_itself(loss: LearnedPerceptualLoss) -> None:
    prediction = torch.rand(1, 3, 32, 32, requires_grad=True)
    loss(prediction, torch.rand(1, 3, 32, 32)).backward()
    assert prediction.grad is not None
    assert prediction.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in loss.parameters())
    assert not loss.network.training


def test_in_bfloat16_it_is_near(loss: LearnedPerceptualLoss, weights: Path) -> None:
    lower = LearnedPerceptualLoss(weights, torch.bfloat16)
    first, second = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    value = lower(first, second)
    assert value.dtype == torch.float32
    assert float(value) == pytest.approx(float(loss(first, second)), rel=0.02)


def test_its_term_of_the_total(loss: LearnedPerceptualLoss) -> None:
    truth, refined = torch.rand(1, 3, 80, 80), torch.rand(1, 3, 80, 80)
    phase = Phase("two", 1, losses=Losses(lpips=0.5))
    total, terms = total_loss({"refined": refined}, truth, phase, LossNetworks(lpips=loss))
    seen = slice(LPIPS_MARGIN, -2 * LPIPS_MARGIN)  # of the first crop
    expected = (refined - truth).abs().mean() + 0.5 * loss(refined[..., seen, seen], truth[..., seen, seen])
    assert float(total) == pytest.approx(float(expected), rel=1e-5)
    assert set(terms) == {"refined/l1", "refined/lpips"}


@pytest.mark.filterwarnings("ignore::UserWarning")  # the package calls torchvision as its older versions wished
@torch.no_grad()
def test_it_agrees_with_the_published_package(backbones: Path) -> None:
    from training import torchvision_shim  # noqa: F401  (lpips imports torchvision)

    published = pytest.importorskip("lpips", reason="the reference implementation (pip install lpips) is not here")
    own = lpips_network("vgg", backbones / "vgg16_features.safetensors", "here")
    reference = published.LPIPS(net="vgg", version="0.1", pnet_rand=True, verbose=False)
    reference.net.load_state_dict(own.net.state_dict())
    torch.manual_seed(2)
    first, second = torch.rand(1, 3, 64, 64) * 2 - 1, torch.rand(1, 3, 64, 64) * 2 - 1
    assert float(own(first, second)) == pytest.approx(float(reference.eval()(first, second)), abs=1e-5)


def test_weights_that_are_missing_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"VGG16 weights .*nowhere\.safetensors: see backbones\."):
        LearnedPerceptualLoss(tmp_path / "nowhere.safetensors")
