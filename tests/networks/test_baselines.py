"""The paper's other baselines: SRCNN, and SRGAN's two networks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cf_esrt.networks import SRCNN, Discriminator, SRResNet
from cf_esrt.networks.bicubic import enlarge


def test_srcnn_is_the_published_9_1_5() -> None:
    """Layer by layer: convolutions on replicated borders, ReLU after the first two, nothing added at the end."""
    torch.manual_seed(0)
    network, image = SRCNN().double(), torch.rand(1, 3, 6, 7, dtype=torch.float64)
    shapes = [tuple(p.shape) for p in network.parameters() if p.dim() == 4]
    assert shapes == [(64, 3, 9, 9), (32, 64, 1, 1), (3, 32, 5, 5)]
    with torch.no_grad():
        x = F.conv2d(F.pad(enlarge(image), (4, 4, 4, 4), "replicate"), network.extract.weight, network.extract.bias)
        x = F.conv2d(x.clamp(min=0), network.map.weight, network.map.bias).clamp(min=0)
        weight, bias = network.reconstruct.weight, network.reconstruct.bias
        expected = F.conv2d(F.pad(x, (2, 2, 2, 2), "replicate"), weight, bias)
        torch.testing.assert_close(network(image), expected)


def seen(network: nn.Module, side: int) -> int:
    """The farthest row from the middle that the middle's four output rows depend on."""
    image = torch.full((1, 3, side, side), 0.5, dtype=torch.float64).requires_grad_()
    middle = side // 2
    network(image)[..., 4 * middle : 4 * middle + 4, 4 * middle : 4 * middle + 4].sum().backward()
    assert image.grad is not None
    rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    return int((rows - middle).abs().max())


@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_srresnet_sees_its_context_and_no_more(blocks: int) -> None:
    torch.manual_seed(0)
    network = SRResNet(blocks=blocks, width=4).double().eval()
    assert seen(network, 2 * network.context + 9) == network.context


def test_srcnn_sees_its_context_and_no_more() -> None:
    torch.manual_seed(0)
    assert seen(SRCNN().double(), 21) == SRCNN.CONTEXT


def test_batch_norm_in_evaluation_uses_what_training_saw() -> None:
    torch.manual_seed(0)
    network, images = SRResNet(blocks=1, width=8), torch.rand(4, 3, 8, 8)
    before = network.eval()(images)
    network.train()(images)
    assert int(network.get_buffer("norm.num_batches_tracked")) == 1
    network.eval()
    assert not torch.allclose(network(images), before)
    torch.testing.assert_close(network(images)[:1], network(images[:1]), atol=1e-5, rtol=0)


def test_the_discriminator_has_the_published_layers() -> None:
    network = Discriminator()
    convolutions = [m for m in network.features if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [64, 64, 128, 128, 256, 256, 512, 512]
    assert [m.stride[0] for m in convolutions] == [1, 2] * 4
    assert sum(isinstance(m, nn.BatchNorm2d) for m in network.features) == 7
    slopes = {m.negative_slope for m in network.features if isinstance(m, nn.LeakyReLU)}
    assert slopes == {0.2}
    assert (network.dense.in_features, network.dense.out_features) == (512 * 6 * 6, 1024)


def test_pooling_changes_nothing_at_the_published_size() -> None:
    torch.manual_seed(0)
    network, image = Discriminator().eval(), torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        flat = network.features(image).flatten(1)
        torch.testing.assert_close(network(image), network.logit(F.leaky_relu(network.dense(flat), 0.2)))


@pytest.mark.parametrize("size", [(16, 16), (32, 48), (96, 96), (112, 64)])
def test_a_logit_for_each_image(size: tuple[int, int]) -> None:
    with torch.no_grad():
        assert Discriminator()(torch.rand(2, 3, *size)).shape == (2, 1)


def test_other_sides_are_refused() -> None:
    with pytest.raises(ValueError, match=r"multiples of 16 pixels, not 96×100"):
        Discriminator()(torch.rand(1, 3, 96, 100))
