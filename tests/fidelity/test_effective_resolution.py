"""Effective resolution: told from the spectrum, and right for photographs of known blur."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cf_esrt.fidelity.effective_resolution import effective_resolution
from training.analyses import resolution


@pytest.fixture(scope="module")
def sharp(shared_data: Path) -> list[np.ndarray]:
    """Photographs that are sharp to their pixels, since they were shrunk to a third."""
    return [resolution.sharp(path) for path in sorted((shared_data / "isic_cc0" / "val").iterdir())[:6]]


def median(images: list[np.ndarray]) -> float:
    found = [effective_resolution(image) for image in images]
    return float(np.median([one.pixels for one in found if one is not None]))


def test_sharp_photographs_are_sharp_to_their_pixels(sharp: list[np.ndarray]) -> None:
    assert median(sharp) < 1.6


@pytest.mark.parametrize("times", [2.0, 3.0, 4.0])
def test_enlarged_photographs_are_told_without_bias(sharp: list[np.ndarray], times: float) -> None:
    changed = [resolution.enlarged(image, times) for image in sharp]
    assert median(changed) == pytest.approx(times, rel=0.2)
    intervals = [found.interval for image in changed if (found := effective_resolution(image)) is not None]
    assert sum(low <= times <= high for low, high in intervals) >= len(sharp) - 1


def test_a_cameras_noise_and_jpeg_are_not_taken_for_detail(sharp: list[np.ndarray]) -> None:
    assert median([resolution.taken(image) for image in sharp]) < 1.6
    assert median([resolution.taken(resolution.enlarged(image, 3.0)) for image in sharp]) > 1.7


@pytest.mark.parametrize("how", [", strong noise and JPEG", ", strong JPEG"])
def test_where_noise_or_blocks_hide_it_the_interval_says_so(sharp: list[np.ndarray], how: str) -> None:
    """The estimate alone reads low there: the noise passes for detail."""
    store = resolution.TAKEN[how]
    for times in (1.0, 3.0):
        images = [resolution.enlarged(image, times) if times > 1 else image for image in sharp]
        found = resolution.estimates(images, store)
        assert sum(resolution.holds(one, times) for one in found) >= len(found) - 1
    assert sum(one.hidden_by is not None for one in found) >= len(found) / 2
    assert sum(one.pixels * 1.45 < times for one in found) >= len(found) / 3  # what the interval of a clean one missed


def test_a_clean_photograph_is_told(sharp: list[np.ndarray]) -> None:
    found = resolution.estimates([resolution.enlarged(image, 3.0) for image in sharp], lambda image: image)
    assert sum(one.hidden_by is None for one in found) > len(found) / 2


def test_blur_is_told_in_its_order_and_noise_does_not_hide_it(sharp: list[np.ndarray]) -> None:
    found = [median([resolution.blurred(image, sigma) for image in sharp]) for sigma in (1.0, 1.6, 2.5)]
    assert found == sorted(found)
    for pixels, sigma in zip(found, (1.0, 1.6, 2.5), strict=True):
        assert pixels == pytest.approx(2.5 * sigma, rel=1 / 3)
    rng = np.random.default_rng(0)
    noisy = [
        np.clip(resolution.blurred(image, 1.6) + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)
        for image in sharp
    ]
    assert median(noisy) > 1.9


def test_what_cannot_be_told_is_not_said() -> None:
    assert effective_resolution(np.full((200, 200, 3), 90, np.uint8)) is None  # flat
    assert effective_resolution(np.zeros((40, 200, 3), np.uint8)) is None  # too small
    with pytest.raises(ValueError, match="photograph"):
        effective_resolution(np.zeros((200, 200), np.uint8))
