"""Distances between sets, one number a photograph, and the networks they are measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.training.helpers import picture
from training.metrics import (
    AlexNetCrops,
    EfficientNetLite0Crops,
    FeaturesMissing,
    frechet_distance,
    frechet_distances,
    kernel_distance,
    kernel_distances,
)

One = Callable[[np.ndarray, np.ndarray], float]
Several = Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], np.ndarray]


def sets(count: int = 12, shift: float = 0.3, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Four samples of 16 dimensions a photograph in either set, the photographs' own around the same place."""
    random = np.random.default_rng(seed)
    places = random.normal(size=(count, 1, 16))
    first, second = (places + random.normal(scale=0.5, size=(count, 4, 16)) for _ in range(2))
    return list(first + shift), list(second)


@pytest.mark.parametrize(
    ("several", "one"), [(frechet_distances, frechet_distance), (kernel_distances, kernel_distance)]
)
def test_the_numbers_average_to_the_distance_and_leave_one_out_is_exact(several: Several, one: One) -> None:
    first, second = sets()
    numbers = several(first, second)
    whole = one(np.concatenate(first), np.concatenate(second))
    assert numbers.mean() == pytest.approx(whole)
    without = [one(*(np.concatenate(s[:k] + s[k + 1 :]) for s in (first, second))) for k in range(len(first))]
    expected = whole + (len(first) - 1) * (np.mean(without) - np.array(without))
    assert numbers == pytest.approx(expected, abs=1e-5)


def test_the_kernel_distance_is_unbiased_and_torchmetrics_own() -> None:
    from training import torchvision_shim  # noqa: F401
    import torch  # isort: skip
    from torchmetrics.image.kid import poly_mmd  # isort: skip

    first, second = (np.concatenate(part) for part in sets())
    expected = float(poly_mmd(torch.from_numpy(first), torch.from_numpy(second)))
    assert kernel_distance(first, second) == pytest.approx(expected, rel=1e-6)
    same = [kernel_distance(*np.random.default_rng(seed).normal(size=(2, 8, 16))) for seed in range(400)]
    assert abs(np.mean(same)) < 3 * np.std(same) / 20
    assert min(same) < 0 < max(same)


def test_two_photographs_have_a_distance_and_no_interval() -> None:
    first, second = sets(2)
    for several in (frechet_distances, kernel_distances):
        assert np.ptp(several(first, second)) == 0
    with pytest.raises(ValueError, match="at least two samples"):
        kernel_distance(first[0][:1], second[0])


def test_alexnets_features_are_of_crops(alexnet: Path, tmp_path: Path) -> None:
    extract = AlexNetCrops.load(alexnet)
    assert extract(picture(256, 260)).shape == (4, 256)
    (tmp_path / "damaged.safetensors").write_bytes(b"nothing")
    with pytest.raises(FeaturesMissing, match=r"damaged\.safetensors"):
        AlexNetCrops.load(tmp_path / "damaged.safetensors")


def test_efficientnets_features_are_of_crops_and_tell_pictures_apart() -> None:
    extract = EfficientNetLite0Crops.load()
    first, second = extract(picture(128, 128)), extract(picture(128, 128, seed=1))
    assert first.shape == (1, 1280)
    assert np.abs(first - second).max() > 0.1
    assert np.array_equal(first, extract(picture(128, 128)))
