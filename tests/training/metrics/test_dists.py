"""DISTS: the published implementation's numbers on the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.losses import VGG16Features
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


def test_it_agrees_with_the_published_package(dists: DISTS, backbones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import torchvision_shim  # noqa: F401, I001  (must come before torchvision)
    import torchvision.models

    features = VGG16Features.load(backbones / "vgg16_features.safetensors", before_relu=False).features
    monkeypatch.setattr(torchvision.models, "vgg16", lambda **_: type("VGG16", (), {"features": features}))
    from DISTS_pytorch import DISTS as Published

    reference = Published(load_weights=False)
    from training.metrics.dists import _coefficients_file

    for name, value in torch.load(_coefficients_file(), weights_only=True).items():
        getattr(reference, name).data = value
    first, second = _pictures()
    expected = reference(first, second)
    assert expected.min() > 0.01
    torch.testing.assert_close(dists(first, second), expected, rtol=0, atol=1e-5)


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch, backbones: Path) -> None:
    monkeypatch.setattr("training.metrics.dists.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match=r"pip install DISTS-pytorch"):
        DISTS(backbones / "vgg16_features.safetensors")
