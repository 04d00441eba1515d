"""Sizes, counts and numbers of the networks, against the published reference where the shared folder is given."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cf_esrt.networks import CFESRT, ESRT, SRCNN, CoarseNetwork, Discriminator, Live, RefinementNetwork, SRResNet
from cf_esrt.networks.backbones import (
    AdaptiveResidualFeatureBlock,
    EfficientAttention,
    EfficientTransformer,
    HighPreservingBlock,
)
from cf_esrt.networks.layers import ResidualUnit


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def multiply_adds(network: nn.Module, side: int) -> float:
    """Counted by PyTorch, with attention written out, since fused kernels are not counted on every device."""
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        network(torch.rand(1, 3, side, side))
    return counter.get_total_flops() / 2e9


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> dict[str, torch.Tensor]:
    return load_file(shared_data.parent / "reference" / "esrt_x4_random.safetensors")


def test_agrees_with_the_published_network(reference: dict[str, torch.Tensor]) -> None:
    state = {name: tensor for name, tensor in reference.items() if not name.startswith("@")}
    network = ESRT()
    network.load_state_dict(state)
    with torch.no_grad():
        output = network(reference["@input"])
    assert (output - reference["@output"]).abs().max() < 1e-4


def test_published_weights_that_do_not_fit_are_refused(reference: dict[str, torch.Tensor]) -> None:
    state = {name: tensor for name, tensor in reference.items() if not name.startswith("@")}
    del state["head.0.weight"]
    with pytest.raises(RuntimeError, match="head"):
        ESRT().load_state_dict(state)


@pytest.mark.parametrize(
    ("network", "side", "count", "giga"),
    [
        (ESRT, 64, 751_767, 5.36),
        (CoarseNetwork, 64, 770_231, 5.44),
        (RefinementNetwork, 256, 712_419, 13.14),
        (CFESRT, 64, 1_482_650, 18.58),
        (SRCNN, 64, 20_099, 1.31),
        (SRResNet, 64, 1_548_547, 9.09),
        (Live, 64, 271_536, 1.11),
        (Discriminator, 96, 23_563_649, 0.88),
    ],
)
def test_parameters_and_multiply_adds(network: type[nn.Module], side: int, count: int, giga: float) -> None:
    """As many as the docstrings, cards and README say."""
    built = network()
    assert parameters(built) == count
    assert multiply_adds(built, side) == pytest.approx(giga, abs=0.006)


def test_parameters_of_the_published_parts() -> None:
    assert parameters(ResidualUnit(32)) == 9_282
    assert parameters(AdaptiveResidualFeatureBlock(32)) == 29_995
    assert parameters(HighPreservingBlock(32)) == 122_190
    assert parameters(EfficientTransformer(288)) == 188_424
    assert parameters(RefinementNetwork(width=16)) == 178_803


@pytest.mark.parametrize(
    "network",
    [
        ESRT(),
        CFESRT(width=8),
        CFESRT(width=8, skips=False),
        SRCNN(),
        SRResNet(blocks=2, width=8).eval(),
        Live(channels=8),
    ],
    ids=["esrt", "cf", "cf-plain", "srcnn", "srresnet", "live"],
)
@pytest.mark.parametrize(("height", "width", "batch"), [(1, 1, 1), (1, 21, 1), (2, 3, 2), (8, 8, 1), (9, 14, 2)])
def test_any_size_from_one_pixel(network: nn.Module, height: int, width: int, batch: int) -> None:
    with torch.no_grad():
        output = network(torch.rand(batch, 3, height, width))
    for image in output if isinstance(output, tuple) else (output,):
        assert image.shape == (batch, 3, 4 * height, 4 * width)
        assert image.isfinite().all()


def test_a_batch_gives_what_each_picture_gives_alone() -> None:
    """Without rounding to levels between the networks, which can make a whole level of a last digit."""
    network, pictures = CFESRT(width=8, rounded=False).eval(), torch.rand(3, 3, 9, 12)
    with torch.no_grad():
        together = network(pictures).refined
        alone = torch.cat([network(picture[None]).refined for picture in pictures])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_runs_in_double_precision() -> None:
    picture = torch.rand(1, 3, 6, 8, dtype=torch.float64)
    assert CFESRT(width=8).double()(picture).refined.dtype == torch.float64


@pytest.mark.parametrize("tokens", [4, 16, 3, 1, 7, 18])
def test_attention_stays_inside_its_group(tokens: int) -> None:
    """Against attention written out: each run of consecutive tokens sees itself alone, scaled by (288/8)^-½."""
    torch.manual_seed(0)
    layer, x = EfficientAttention(288), torch.randn(2, tokens, 288)
    with torch.no_grad():
        qkv = layer.qkv(layer.reduce(x)).view(2, tokens, 3, 8, 18)
        outputs = []
        for group in qkv.tensor_split(min(4, tokens), 1):
            query, key, value = (group[:, :, i].transpose(1, 2) for i in range(3))
            weights = torch.softmax(query @ key.transpose(-1, -2) / 6, -1)
            outputs.append((weights @ value).transpose(1, 2))
        expected = layer.project(torch.cat(outputs, 1).reshape(2, tokens, 144))
        torch.testing.assert_close(layer(x), expected, atol=1e-5, rtol=1e-4)


def test_simplified_block_drops_the_outermost_residual_alone() -> None:
    full, simple = HighPreservingBlock(32), HighPreservingBlock(32, skip=False)
    simple.load_state_dict(full.state_dict())
    x = torch.rand(1, 32, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(full(x), simple(x) + x)
