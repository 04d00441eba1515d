"""DISTS: the published implementation's numbers on the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.metrics import DISTS, metric


@pytest.fixture(scope="module")
def dists(backbones: Path) -> DISTS:
    return DISTS(backbones / "vgg16_features.safetensors")


def _pictures() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    low = torch.rand(2, 3, 12, 16)
    smooth = torch.nn.functional.interpolate(low, (96, 128), mode="bicubic").clamp(0, 1)
    return smooth, (smooth + 0.05 * torch.randn_like(smooth)).clamp(0, 1)


def test_equal_pictures_have_no_distance(dists: DISTS) -> None:
    smooth, _ = _pictures()
    assert dists(smooth, smooth).abs().max() < 1e-5
    assert metric("dists").better == "lower"


def test_a_truth_that_was_seen_before_is_not_mixed_up_with_another(dists: DISTS) -> None:
    first, second = _pictures()
    expected = [dists(first, second), dists(first, first), dists(first[:1], second[:1])]
    repeated = [dists(first, second), dists(first, first), dists(first[:1], second[:1])]
    for one, other in zip(expected, repeated, strict=True):
        assert torch.equal(one, other)
    assert expected[0].min() > 0.01 > expected[1].max()


def test_the_numbers_are_those_of_the_published_package(dists: DISTS) -> None:
    """DISTS-pytorch 0.1 on the same convolutions and pictures."""
    first, second = _pictures()
    torch.testing.assert_close(dists(first, second), torch.tensor([0.2497697, 0.2888570]), rtol=0, atol=1e-5)


def test_missing_convolutions_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"VGG16 weights .* are not there"):
        DISTS(tmp_path / "vgg16.safetensors")
