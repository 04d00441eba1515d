"""A start from interpolation: before its first step a network already enlarges as well as a fixed kernel does.

From random weights two CPU cores need hours to reach bicubic's PSNR; from here the first step is there.
"""

from __future__ import annotations

import torch
from torch import nn

from cf_esrt.networks.cf_esrt import CFESRT, CoarseNetwork, Stage
from cf_esrt.networks.esrt import ESRT
from cf_esrt.networks.layers import ConvReLU
from cf_esrt.networks.live import Live
from cf_esrt.networks.srcnn import SRCNN
from cf_esrt.networks.srgan import SRResNet

#: Three-tap quadratic Lagrange interpolation a quarter of a pixel before and after the centre: the sharpest
#: polynomial that a 3×3 kernel can hold.
_BEFORE = torch.tensor([0.15625, 0.9375, -0.09375])
_AFTER = _BEFORE.flip(0)


@torch.no_grad()
def start_from_interpolation(network: nn.Module, residual_gain: float = 0.1) -> None:
    """Set the weights of a network that enlarges, in place, so that it starts as an interpolator.

    ESRT, CoarseNetwork, CFESRT: the head passes RGB through its first three channels, the long skip's upsamplers hold
    interpolation kernels for them, and the last convolution of every other path is shrunk by ``residual_gain`` (bias
    zero). The refinement network's convolutions start with He's variances.

    SRResNet, SRCNN: three channels carry RGB through every layer, SRResNet's upsamplers interpolate them, SRCNN finds
    them interpolated; what the last convolution reads of all other channels is shrunk. Live starts as bicubic
    interpolation itself. TypeError for another network.
    """
    if isinstance(network, CFESRT):
        start_from_interpolation(network.coarse, residual_gain)
        _keep_variance(network.refine)
        _shrink(network.refine.to_rgb, 0.1 * residual_gain)
    elif isinstance(network, (ESRT, CoarseNetwork)):
        _pass_rgb(network.head)
        upsampler, to_rgb = network.reconstruct.skip[0], network.reconstruct.skip[1]
        assert isinstance(upsampler, nn.Sequential)
        assert isinstance(to_rgb, ConvReLU)
        _interpolate(upsampler[0])
        _interpolate(upsampler[2])
        _pass_rgb(to_rgb.conv)
        last = network.reconstruct.tail[2]
        assert isinstance(last, nn.Conv2d)
        _shrink(last, residual_gain)
    elif isinstance(network, SRResNet):
        _pass_rgb(network.head)
        network.norm.weight[:3] = 0  # the body learns what to add to RGB
        _interpolate(network.enlarge1.conv)
        _interpolate(network.enlarge2.conv)
        _pass_rgb(network.to_rgb, others=0.1 * residual_gain)
    elif isinstance(network, SRCNN):
        _keep_variance(network)
        _pass_rgb(network.extract)
        _pass_rgb(network.map)
        _pass_rgb(network.reconstruct, others=0.1 * residual_gain)
    elif isinstance(network, Live):
        network.start_from_bicubic()
    else:
        raise TypeError(f"{type(network).__name__} has no path that could interpolate")


def _keep_variance(network: nn.Module) -> None:
    """He's initialisation: PyTorch's own lets a signal fade to nothing through this many ReLU layers."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, Stage):  # what the stage's skip is added to starts small, so that sums do not grow
            last = module.others[-1]
            assert isinstance(last, nn.Conv2d)
            _shrink(last, 0.3)


def _shrink(conv: nn.Conv2d, gain: float) -> None:
    conv.weight.mul_(gain)
    if conv.bias is not None:
        conv.bias.zero_()


def _pass_rgb(conv: nn.Conv2d, *, others: float = 0.0) -> None:
    """The first three outputs become the first three inputs, plus ``others`` times what they read of the rest."""
    middle = conv.kernel_size[0] // 2
    conv.weight[:3] *= others
    for channel in range(3):
        conv.weight[channel, :3] = 0
        conv.weight[channel, channel, middle, middle] = 1
    if conv.bias is not None:
        conv.bias[:3] = 0


def _interpolate(conv: nn.Module) -> None:
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    taps = (_BEFORE, _AFTER)
    for channel in range(3):
        for row in range(2):
            for column in range(2):
                out = 4 * channel + 2 * row + column  # PixelShuffle's order
                conv.weight[out] = 0
                conv.weight[out, channel] = torch.outer(taps[row], taps[column])
                conv.bias[out] = 0
