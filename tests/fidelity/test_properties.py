"""Properties answer to what they are named after, and to little else."""

from __future__ import annotations

import io
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cf_esrt.fidelity import measure, shrink
from cf_esrt.fidelity.properties import Properties


def _photograph(height: int = 128, width: int = 128, seed: int = 0) -> np.ndarray:
    """Structure at all scales, as sharp as pictures are that were shrunk."""
    random = np.random.default_rng(seed)
    image = np.full((height, width, 3), (185.0, 140.0, 120.0))
    for sigma, strength in ((0.6, 6), (1.5, 30), (4, 60), (8, 100)):
        image += strength * cv2.GaussianBlur(random.normal(size=(height, width, 1)), (0, 0), sigma)[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)


def _compressed(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def _noisy(image: np.ndarray, deviation: float) -> np.ndarray:
    """The same noise in every channel, so that luma has it, too."""
    noise = np.random.default_rng(1).normal(0, deviation, image.shape[:2])[..., None]
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _known(value: float | None) -> float:
    assert value is not None
    return value


def test_sharpness_falls_with_blur_and_does_not_see_contrast_or_brightness():
    image = _photograph()
    values = [_known(measure(image).sharpness)]
    values += [_known(measure(cv2.GaussianBlur(image, (0, 0), sigma)).sharpness) for sigma in (0.7, 1.2, 2)]
    assert all(b < 0.9 * a for a, b in pairwise(values))
    darker = np.clip(40 + 0.6 * image, 0, 255).astype(np.uint8)
    assert measure(darker).sharpness == pytest.approx(values[0], rel=0.1)


def test_sharpening_raises_sharpness():
    image = _photograph()
    sharpened = cv2.addWeighted(image, 2.5, cv2.GaussianBlur(image, (0, 0), 1), -1.5, 0)
    assert _known(measure(sharpened).sharpness) > 1.15 * _known(measure(image).sharpness)


def test_sharpness_of_white_noise_is_that_of_the_transform():
    # standard deviations of white noise in the first two starlet planes: 0.889 and 0.200 (Starck and Murtagh 2006)
    noise = np.random.default_rng(2).normal(128, 25, (256, 256, 1)).clip(0, 255).repeat(3, 2).astype(np.uint8)
    assert measure(noise).sharpness == pytest.approx(0.889 / 0.200, rel=0.06)


def test_blockiness_grows_with_compression_wherever_the_crop_begins():
    image = _photograph(140, 140)
    values = []
    for quality in (90, 60, 30, 15):
        compressed = _compressed(image, quality)
        found = [_known(measure(compressed[top:, left:]).blockiness) for top, left in ((0, 0), (3, 5), (7, 1))]
        assert max(found) < 1.35 * min(found)
        values.append(found[0])
    assert all(b > 1.3 * a for a, b in pairwise(values))
    assert _known(measure(image).blockiness) < 0.5 * values[1]


def test_a_hair_along_the_grid_is_no_compression():
    image = _photograph()
    image[:, 63:65] = 20
    image[63:65] = 20
    assert _known(measure(image).blockiness) < 0.2


@pytest.mark.parametrize("deviation", [2.0, 5.0, 10.0])
def test_noise_is_measured_in_levels(deviation: float):
    smooth = cv2.GaussianBlur(_photograph(), (0, 0), 8)
    # the quieter places of the windows: somewhat less than the deviation itself
    assert 0.7 * deviation < _known(measure(_noisy(smooth, deviation)).noise) < 1.05 * deviation


def test_an_edge_is_no_noise():
    smooth = cv2.GaussianBlur(_photograph(), (0, 0), 8)
    smooth[:, 50:] //= 2
    assert _known(measure(smooth).noise) < 0.6


def test_saturation_by_hand():
    assert measure(np.full((9, 9, 3), (200, 150, 100), np.uint8)).saturation == 0.5
    assert measure(np.full((9, 9, 3), 80, np.uint8)).saturation == 0
    assert measure(np.zeros((9, 9, 3), np.uint8)).saturation == 0
    halves = np.full((10, 10, 3), 100, np.uint8)
    halves[:5] = (100, 0, 50)
    assert measure(halves).saturation == pytest.approx(0.5)


def test_clipping_by_hand():
    image = np.full((10, 20, 3), 100, np.uint8)
    image[0, :5] = 250
    image[1, :3] = 249
    image[2, :2] = (255, 255, 200)  # not every channel
    image[3, :8] = 5
    image[4, :1] = (0, 0, 6)
    found = measure(image)
    assert (found.white, found.black) == (5 / 200, 8 / 200)


def test_size_is_the_longer_side():
    assert measure(_photograph(30, 77)).size == 77


def test_a_faint_picture_has_no_sharpness():
    faint = np.full((64, 64, 3), 100, np.uint8)
    faint[::9, ::7] += 1
    faint[:32] += 2
    found = measure(faint)
    assert found.sharpness is None
    assert found.noise is not None


def test_a_flat_picture_has_no_structure_to_measure():
    found = measure(np.full((200, 90, 3), 77, np.uint8))
    assert found == Properties(None, None, None, 200.0, 0.0, 0.0, 0.0)


def test_flat_surroundings_do_not_decide():
    image = np.zeros((320, 320, 3), np.uint8)
    image[128:192, 128:192] = _photograph()[:64, :64]
    found, inside = measure(image), measure(image[128:192, 128:192])
    assert (found.sharpness, found.blockiness, found.noise) == (inside.sharpness, inside.blockiness, inside.noise)


def test_crops_of_one_photograph_agree_whatever_their_size(shared_data: Path):
    """The middle of a photograph and the whole: a larger crop is not found sharper, noisier or more compressed."""
    ratios = []
    for path in sorted((shared_data / "isic_cc0" / "val").iterdir())[:12]:
        with Image.open(path) as photograph:
            image = np.array(photograph.convert("RGB"))
        low = shrink(image[: image.shape[0] // 4 * 4, : image.shape[1] // 4 * 4])
        top, left = (side // 2 - 32 for side in low.shape[:2])
        small, large = measure(low[top : top + 64, left : left + 64]), measure(low)
        ratios.append([_known(b) / _known(a) for a, b in zip(astuple(small)[:3], astuple(large)[:3], strict=True)])
    assert np.all(np.abs(np.log(np.median(ratios, axis=0))) < np.log(2))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 90), (90, 1), (7, 8), (8, 8), (9, 23), (24, 25), (64, 65)])
def test_every_size_gives_finite_numbers_within_their_ranges(height: int, width: int):
    """From one pixel, below and above a block of JPEG's, three blocks, and a window."""
    image = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = measure(image)
    assert np.all(np.isfinite([value for value in astuple(found) if value is not None]))
    assert all(0 <= share <= 1 for share in (found.saturation, found.white, found.black))


def test_views_and_many_windows():
    image = _photograph(1200, 1300)
    once = measure(image)
    assert measure(image[:, ::-1][:, ::-1]) == once
    turned = replace(measure(np.rot90(image, 2)), size=once.size)
    assert astuple(turned) == pytest.approx(astuple(once), rel=0.1)


def test_other_arrays():
    with pytest.raises(ValueError, match="photograph must be uint8"):
        measure(np.zeros((8, 8, 4), np.uint8))
