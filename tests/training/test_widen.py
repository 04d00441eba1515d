"""A wider network begins with what the narrower one computes, and its copies of a channel learn apart."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from cf_esrt.networks import CFESRT, SRResNet
from training.config import InitFrom
from training.networks import load_weights


def take_over(wide: nn.Module, narrow: nn.Module, folder: Path) -> None:
    save_file(narrow.state_dict(), folder / "narrow.safetensors")
    load_weights(wide, [InitFrom(folder / "narrow.safetensors", widen=True)])


def test_the_wider_network_computes_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    narrow, wide = CFESRT(width=4).double().eval(), CFESRT(width=8).double().eval()
    take_over(wide, narrow, tmp_path)
    low = torch.rand(2, 3, 12, 10, dtype=torch.float64)
    with torch.no_grad():
        for before, after in zip(narrow(low), wide(low), strict=True):
            torch.testing.assert_close(after, before, rtol=0, atol=1e-12)


def test_so_does_one_with_batch_norms_and_shuffled_pixels(tmp_path: Path) -> None:
    torch.manual_seed(0)
    narrow, wide = SRResNet(blocks=2, width=4).double(), SRResNet(blocks=2, width=8).double()
    low = torch.rand(2, 3, 12, 10, dtype=torch.float64)
    narrow(low)  # in training: the batch norms learn means and variances
    take_over(wide, narrow, tmp_path)
    with torch.no_grad():
        torch.testing.assert_close(wide.eval()(low), narrow.eval()(low), rtol=0, atol=1e-12)


def test_copies_of_a_channel_learn_apart(tmp_path: Path) -> None:
    torch.manual_seed(0)
    narrow, wide = CFESRT(width=4), CFESRT(width=8)
    take_over(wide, narrow, tmp_path)
    wide.refine(torch.rand(1, 3, 32, 32)).square().mean().backward()
    one, other = wide.refine.encode1.first.weight.grad.chunk(2)  # type: ignore[union-attr]
    assert (one - other).abs().mean() > 0.1 * one.abs().mean()


def test_what_does_not_grow_is_taken_over_as_it_is(tmp_path: Path) -> None:
    """Twelve channels hold those of eight no whole number of times."""
    narrow, wide = CFESRT(width=8), CFESRT(width=12)
    before = wide.refine.encode2.first.weight.clone()
    take_over(wide, narrow, tmp_path)
    torch.testing.assert_close(wide.refine.encode2.first.weight, before)
    torch.testing.assert_close(wide.coarse.head.weight, narrow.coarse.head.weight)
