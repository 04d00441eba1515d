"""The start from interpolation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cf_esrt.networks import CFESRT, ESRT, CoarseNetwork, RefinementNetwork, start_from_interpolation


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


def test_other_networks_are_refused() -> None:
    with pytest.raises(TypeError, match="RefinementNetwork has no long skip"):
        start_from_interpolation(RefinementNetwork(width=8))
