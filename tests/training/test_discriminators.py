"""The U-Net discriminator: its shapes, its norms, and that texture is all it sees when it is set so."""

from __future__ import annotations

import pytest
import torch

from cf_esrt.networks import Discriminator as SRGANDiscriminator
from training.config import Discriminator
from training.discriminators import Judge, UNetDiscriminator, texture


@pytest.mark.parametrize(("height", "width"), [(16, 16), (96, 96), (24, 40)])
def test_a_logit_a_pixel(height: int, width: int) -> None:
    assert UNetDiscriminator(width=4)(torch.rand(2, 3, height, width)).shape == (2, 1, height, width)


def test_sides_that_halving_does_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        UNetDiscriminator(width=4)(torch.rand(1, 3, 20, 24))


@pytest.mark.parametrize(("width", "parameters"), [(64, 4_376_897), (32, 1_094_817)])
def test_the_published_size(width: int, parameters: int) -> None:
    assert sum(p.numel() for p in UNetDiscriminator(width=width).parameters()) == parameters


def test_every_convolution_between_keeps_its_largest_singular_value_at_one() -> None:
    torch.manual_seed(0)
    network = UNetDiscriminator(width=4)
    with torch.no_grad():
        for _ in range(60):  # each pass is one power iteration
            network(torch.rand(1, 3, 16, 16))
    network.eval()
    normed = [*network.encode, *network.decode, *(layer[0] for layer in network.last)]  # type: ignore[index]
    assert len(normed) == 8
    for layer in normed:
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]  # type: ignore[operator]
        assert float(largest) == pytest.approx(1, rel=0.02)


def test_texture_has_no_mean_colour_and_keeps_what_is_fine() -> None:
    torch.manual_seed(0)
    image, colour = torch.rand(2, 3, 48, 32), torch.tensor([0.3, -0.1, 0.2]).view(1, 3, 1, 1)
    torch.testing.assert_close(texture(image + colour), texture(image), rtol=0, atol=1e-3)
    slope = torch.linspace(0, 1, 128).expand(1, 3, 128, 128)
    assert texture(slope)[..., 16:-16].abs().max() < 0.01  # nor a slow change of it
    grain = torch.where(torch.arange(48) % 2 > 0, 0.01, -0.01).expand(1, 3, 48, 48)
    torch.testing.assert_close(texture(grain)[..., 16:-16], 40 * grain[..., 16:-16], rtol=0.01, atol=0)


@pytest.mark.parametrize("kind", ["srgan", "unet"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_judge_of_texture_passes_a_gradient_without_a_mean(kind: str, dtype: torch.dtype) -> None:
    """So it cannot ask for another colour."""
    torch.manual_seed(0)
    judge = Judge(Discriminator(kind, width=8, sees="texture"), dtype)  # type: ignore[arg-type]
    image = torch.rand(2, 3, 32, 32, requires_grad=True)
    logits = judge(image)
    assert logits.dtype == torch.float32
    (gradient,) = torch.autograd.grad(logits.mean(), image)
    assert gradient.abs().max() > 0
    assert gradient.sum((2, 3)).abs().max() < 1e-3 * gradient.abs().sum((2, 3)).min()


def test_srgans_discriminator_keeps_the_names_that_its_states_had() -> None:
    assert set(Judge(Discriminator()).network.state_dict()) == set(SRGANDiscriminator().state_dict())


def test_bfloat16_is_near_float32() -> None:
    logits = []
    image = torch.rand(2, 3, 32, 32)
    for dtype in (torch.float32, torch.bfloat16):
        torch.manual_seed(0)
        logits.append(Judge(Discriminator("unet", width=8), dtype)(image))
    assert 0 < (logits[0] - logits[1]).abs().max() < 0.05 * logits[0].abs().max()
