"""The start from interpolation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks import (
    CFESRT,
    ESRT,
    SRCNN,
    CoarseNetwork,
    RefinementNetwork,
    SRResNet,
    start_from_interpolation,
)
from cf_esrt.networks.bicubic import enlarge


def ramp() -> Tensor:
    """A plane rising to the right and downwards: every interpolation of first order reproduces it."""
    x = torch.linspace(0.2, 0.6, 12)
    return (x[None, :] + 0.5 * x[:, None]).expand(1, 3, 12, 12)


@pytest.mark.parametrize("kind", [ESRT, CoarseNetwork])
def test_starts_as_an_interpolator(kind: type[nn.Module]) -> None:
    torch.manual_seed(0)
    network = kind(skip_padding="replicate")
    start_from_interpolation(network, residual_gain=0.0)
    with torch.no_grad():
        output = network(ramp())
    expected = F.interpolate(ramp(), scale_factor=4, mode="bilinear")
    torch.testing.assert_close(output[..., 8:-8, 8:-8], expected[..., 8:-8, 8:-8], atol=1e-5, rtol=0)


def test_has_no_dark_rim_with_replicated_borders() -> None:
    torch.manual_seed(0)
    network = CFESRT(width=8, skip_padding="replicate")
    start_from_interpolation(network, residual_gain=0.0)
    with torch.no_grad():
        stages = network(torch.full((1, 3, 8, 8), 0.6))
    for image in stages:  # 0.6 is 153/255: rounding to levels keeps it
        torch.testing.assert_close(image, torch.full_like(image, 0.6), atol=1e-5, rtol=0)


@pytest.mark.parametrize("training", [True, False])
def test_srresnet_starts_as_an_interpolator(training: bool) -> None:
    """In either mode of batch norm; with replicated borders up to the rim."""
    torch.manual_seed(0)
    network = SRResNet(blocks=2, width=8, padding="replicate").train(training)
    start_from_interpolation(network, residual_gain=0.0)
    with torch.no_grad():
        output = network(ramp())
        flat = network(torch.full((1, 3, 8, 8), 0.6))
    expected = F.interpolate(ramp(), scale_factor=4, mode="bilinear")
    torch.testing.assert_close(output[..., 8:-8, 8:-8], expected[..., 8:-8, 8:-8], atol=1e-5, rtol=0)
    torch.testing.assert_close(flat, torch.full_like(flat, 0.6), atol=1e-5, rtol=0)


def test_srcnn_starts_by_passing_its_input_through() -> None:
    torch.manual_seed(0)
    network, image = SRCNN(), torch.rand(1, 3, 7, 9)
    start_from_interpolation(network, residual_gain=0.0)
    with torch.no_grad():
        torch.testing.assert_close(network(image), enlarge(image), atol=1e-6, rtol=0)


@pytest.mark.parametrize("network", [SRCNN(), SRResNet(blocks=2, width=8, padding="replicate")], ids=["srcnn", "sr"])
def test_baselines_start_near_interpolation_and_learn_from_there(network: nn.Module) -> None:
    """At the usual gain the start is within 40 dB of bicubic on smooth pictures, and every weight has a gradient."""
    torch.manual_seed(0)
    start_from_interpolation(network)
    image = F.interpolate(torch.rand(1, 3, 4, 4), (16, 16), mode="bilinear")
    target = enlarge(image)
    output = network(image)
    assert F.mse_loss(output, target) < 1e-4
    F.mse_loss(output, target + 0.1 * torch.randn_like(target)).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert parameter.grad.abs().max() > 0, name


def test_other_networks_are_refused() -> None:
    with pytest.raises(TypeError, match="RefinementNetwork has no path"):
        start_from_interpolation(RefinementNetwork(width=8))
