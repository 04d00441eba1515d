"""The merged linear parts are the parts, borders included."""

from __future__ import annotations

import pytest
import torch

from cf_esrt.engine import linear
from cf_esrt.networks import ESRT, CoarseNetwork
from cf_esrt.networks.layers import Padding

LEVEL = 1 / 255


@pytest.fixture(scope="module", params=["zeros", "replicate"])
def network(request: pytest.FixtureRequest) -> ESRT:
    """PyTorch's own weights, so that nothing is small; biases in every layer of the tail."""
    torch.manual_seed(0)
    padding: Padding = request.param
    return ESRT(skip_padding=padding).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def merged(network: ESRT) -> linear.MergedNetwork:
    return linear.MergedNetwork(network, linear.merge(network.reconstruct.tail, 32))


@pytest.mark.parametrize("size", [(7, 7), (7, 12), (23, 8), (30, 31)])
def test_the_tail_is_one_convolution_up_to_the_border(
    network: ESRT, merged: linear.MergedNetwork, size: tuple[int, int]
) -> None:
    features = torch.randn(2, 32, *size)
    wanted = network.reconstruct.tail(features)
    found = torch.pixel_shuffle(linear.apply(merged.tail, features), 4)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("size", [(7, 7), (12, 7), (19, 26)])
def test_the_long_skip_is_one_convolution_up_to_its_relu(
    network: ESRT, merged: linear.MergedNetwork, size: tuple[int, int]
) -> None:
    picture = torch.rand(1, 3, *size)
    wanted = network.reconstruct.skip(network.head(picture))
    found = torch.pixel_shuffle(torch.relu(linear.apply(merged.skip, picture)), 4)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (6, 30), (7, 7), (25, 18)])
def test_the_merged_network_is_the_network(network: ESRT, merged: linear.MergedNetwork, size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size)
    assert (merged(picture) - network(picture)).abs().max() < LEVEL / 100


def test_a_coarse_network_is_merged_too() -> None:
    network = CoarseNetwork(skip_padding="replicate").eval().requires_grad_(False)
    merged = linear.MergedNetwork(network, linear.merge(network.reconstruct.tail, 32))
    picture = torch.rand(1, 3, 20, 17)
    assert (merged(picture) - network(picture)).abs().max() < LEVEL / 100


def test_without_its_border_areas_it_would_not_be(network: ESRT, merged: linear.MergedNetwork) -> None:
    """One 7×7 convolution with zeros beyond the border: what the areas are there for."""
    features = torch.randn(1, 32, 20, 20)
    middle = merged.tail[1][1]
    plain = torch.nn.functional.conv2d(features, middle.weight, middle.bias, padding=linear.REACH)
    error = (torch.pixel_shuffle(plain, 4) - network.reconstruct.tail(features)).abs()
    assert error[..., 12:-12, 12:-12].max() < LEVEL / 100
    assert error.max() > LEVEL
