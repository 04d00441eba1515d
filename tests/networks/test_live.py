"""Live: plain convolutions on the bicubic enlargement."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks import Live, start_from_interpolation
from cf_esrt.networks.bicubic import enlarge
from tests.networks.test_baselines import seen


def same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-6)


def with_random_end(network: Live) -> Live:
    nn.init.normal_(network.convolutions[-1].weight, std=0.01)  # type: ignore[arg-type]
    return network


def test_is_convolutions_with_relu_between_and_one_shuffle_on_bicubic() -> None:
    """Written out, layer by layer."""
    torch.manual_seed(0)
    network, image = with_random_end(Live(channels=8, convolutions=4)).double(), torch.rand(2, 3, 6, 7).double()
    state = network.state_dict()
    assert [tuple(state[f"convolutions.{i}.weight"].shape[:2]) for i in range(4)] == [(8, 3), (8, 8), (8, 8), (48, 8)]
    x = image
    for index in range(4):
        x = F.conv2d(x, state[f"convolutions.{index}.weight"], state[f"convolutions.{index}.bias"], padding=1)
        x = x if index == 3 else x.clamp(min=0)
    with torch.no_grad():
        torch.testing.assert_close(network(image), enlarge(image) + F.pixel_shuffle(x, 4))


@pytest.mark.parametrize("convolutions", [2, 3, 14])
def test_sees_its_context_and_no_more(convolutions: int) -> None:
    network = Live(channels=4, convolutions=convolutions).double()
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.02)  # positive, so that no ReLU hides what is seen
    assert seen(network, 2 * network.context + 9) == network.context


def test_starts_as_bicubic_and_learns_from_there() -> None:
    """At once from its constructor, and again when asked; from the second step on every weight has a gradient."""
    torch.manual_seed(0)
    network, image = Live(channels=8), torch.rand(1, 3, 7, 9)
    assert same(network(image), enlarge(image))
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    for _ in range(2):
        optimizer.zero_grad()
        F.l1_loss(network(image), torch.rand(1, 3, 28, 36)).backward()
        optimizer.step()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert parameter.grad.abs().max() > 0, name
    start_from_interpolation(network)
    assert same(network(image), enlarge(image))


def test_under_autocast_the_enlargement_stays_in_float32() -> None:
    network, image = Live(channels=8), torch.rand(1, 3, 7, 9)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        output = network(image)
        assert network.residual(image).dtype == torch.bfloat16
    assert output.dtype == torch.float32
    assert same(output, enlarge(image))


def test_one_convolution_is_refused() -> None:
    with pytest.raises(ValueError, match="so 1 are too few"):
        Live(convolutions=1)
