"""The Fréchet distance against closed forms and torchmetrics, and the features that it is taken of."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.training.helpers import picture
from training.losses import VGG16Features
from training.metrics import FeaturesMissing, InceptionV3Pictures, VGG16Crops, frechet_distance


def samples(mean: np.ndarray, covariance: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Samples whose mean and unbiased covariance are exactly these; ``count`` over the dimensions."""
    drawn = np.random.default_rng(seed).normal(size=(count, len(mean)))
    drawn -= drawn.mean(0)
    whitened = np.linalg.qr(drawn)[0] * np.sqrt(count - 1)
    return mean + whitened @ np.linalg.cholesky(covariance).T


dimensions = st.integers(1, 6)
seeds = st.integers(0, 10_000)


@given(dimensions, seeds)
def test_diagonal_gaussians(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    means, spreads = random.normal(0, 3, (2, size)), random.uniform(0.1, 4, (2, size))
    first, second = (samples(means[i], np.diag(spreads[i] ** 2), 20 + i, seed + i) for i in (0, 1))
    expected = np.sum((means[0] - means[1]) ** 2) + np.sum((spreads[0] - spreads[1]) ** 2)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(dimensions, seeds)
def test_any_gaussians_against_a_root_of_a_matrix(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    means = random.normal(size=(2, size))
    covariances = [m @ m.T + 0.1 * np.eye(size) for m in random.normal(size=(2, size, size))]
    first, second = (samples(means[i], covariances[i], 30, seed + i) for i in (0, 1))
    root = np.real(scipy.linalg.sqrtm(covariances[0] @ covariances[1]))
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-5, abs=1e-5)


@given(st.integers(2, 30), st.integers(2, 30), seeds)
def test_a_set_has_no_distance_to_itself_and_order_does_not_matter(count: int, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    first, second = random.normal(size=(count, size)), random.normal(1, 2, size=(count + 3, size))
    assert frechet_distance(first, first[::-1]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(first, second) == pytest.approx(frechet_distance(second, first))
    shifted = frechet_distance(first, first + 2.0)
    assert shifted == pytest.approx(4.0 * size)


class Same(nn.Module):
    num_features = 24

    def forward(self, features: Tensor) -> Tensor:
        return features


@pytest.mark.parametrize("count", [10, 60])
def test_fewer_and_more_samples_than_dimensions_agree_with_torchmetrics(count: int) -> None:
    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    from torchmetrics.image.fid import FrechetInceptionDistance  # isort: skip

    random = np.random.default_rng(3)
    first = random.normal(size=(count, 24)) @ random.normal(size=(24, 24))
    second = random.normal(0.3, 1.2, size=(count, 24))
    reference = FrechetInceptionDistance(feature=Same())
    reference.update(torch.from_numpy(first), real=True)
    reference.update(torch.from_numpy(second), real=False)
    assert frechet_distance(first, second) == pytest.approx(float(reference.compute()), rel=1e-4)


def test_too_few_or_unlike_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two samples"):
        frechet_distance(np.zeros((1, 4)), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="N×D and M×D"):
        frechet_distance(np.zeros((5, 3)), np.zeros((5, 4)))


@pytest.mark.parametrize(("height", "width", "crops"), [(256, 256, 4), (256, 300, 4), (128, 390, 3)])
def test_a_picture_is_cut_into_whole_crops(height: int, width: int, crops: int) -> None:
    image = picture(height, width)
    features = VGG16Crops(nn.Identity())(image)
    columns = width // 128
    expected = [
        image[128 * (k // columns) :, 128 * (k % columns) :][:128, :128].mean((0, 1)) / 255 for k in range(crops)
    ]
    np.testing.assert_allclose(features, expected, atol=1e-4)


def test_vgg16_crops_are_the_mean_of_conv5_3(backbones: Path) -> None:
    weights = backbones / "vgg16_features.safetensors"
    image = picture(128, 256)
    features = VGG16Crops.load(weights)(image)
    right = torch.from_numpy(image[:, 128:].copy()).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        expected = VGG16Features.load(weights)(right).mean((2, 3))[0]
    assert features.shape == (2, 512)
    np.testing.assert_allclose(features[1], expected, atol=1e-4)


def test_inception_gets_whole_pictures_in_eight_bits() -> None:
    class Network(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            assert images.dtype == torch.uint8
            return images.double().mean((2, 3))

    image = picture(40, 60)
    np.testing.assert_allclose(InceptionV3Pictures(Network())(image)[0], image.mean((0, 1)), atol=1e-3)


def test_networks_that_cannot_be_had_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FeaturesMissing, match=r"VGG16's weights.*nowhere"):
        VGG16Crops.load(tmp_path / "nowhere.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no weights")
    with pytest.raises(FeaturesMissing, match="VGG16's weights"):
        VGG16Crops.load(damaged)

    def unreachable(**_: object) -> None:
        raise URLError("no network")

    from training import torchvision_shim  # noqa: F401  (torchmetrics imports torchvision)

    monkeypatch.setattr("torchmetrics.image.fid.FrechetInceptionDistance", unreachable)
    with pytest.raises(FeaturesMissing, match=r"no network.*--vgg-weights"):
        InceptionV3Pictures.load(None)
