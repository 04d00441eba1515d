"""Shrinking agrees with Pillow; photographs are decoded once; crops are what the phase says."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from training.config import ConfigError, Phase
from training.data import ImageStore, list_images, shrink_whole
from training.degradation import shrink
from training.sampler import CropSampler
from training.validation import central_patch


def write_photographs(folder: Path, sizes: list[tuple[int, int]]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    for number, (height, width) in enumerate(sizes):
        cv2.imwrite(str(folder / f"{number}.png"), random.integers(0, 256, (height, width, 3), np.uint8))
    return list_images([folder])


def test_a_width_of_one_pixel_is_refused() -> None:
    with pytest.raises(ValueError, match="width of one"):
        shrink(torch.rand(1, 3, 8, 4))


@settings(max_examples=20)
@given(height=st.integers(1, 20), width=st.integers(2, 20), seed=st.integers(0, 99))
def test_shrinking_agrees_with_pillow_to_one_level(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (4 * height, 4 * width, 3), np.uint8)
    ours = shrink(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)[0].permute(1, 2, 0) * 255
    pillow = np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)).astype(float)
    assert np.abs(ours.numpy() - pillow).max() <= 1.01


def test_images_are_kept_as_they_are(tmp_path: Path) -> None:
    files = write_photographs(tmp_path / "photos", [(40, 50), (33, 70)])
    for _ in range(2):  # written the first time, mapped the second
        store = ImageStore.open(files, tmp_path / "cache", "original", lambda image: image)
        assert store.shapes == [(40, 50), (33, 70)]
        for index, path in enumerate(files):
            written = cv2.imread(str(path))
            assert written is not None
            np.testing.assert_array_equal(store.image(index), written[..., ::-1])


def test_a_damaged_file_is_named_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_photographs(tmp_path / "photos", [(40, 50)])
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with caplog.at_level(logging.WARNING):
        store = ImageStore.open(list_images([tmp_path / "photos"]), tmp_path / "cache", "x", lambda image: image)
    assert len(store) == 1
    assert "broken.jpg" in caplog.text


def test_whole_photographs_are_shrunk_to_256(tmp_path: Path) -> None:
    assert shrink_whole(np.zeros((300, 520, 3), np.uint8)).shape == (256, 256, 3)


def test_folders_without_images_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="none is not there"):
        list_images([tmp_path / "none"])
    with pytest.raises(ConfigError, match="holds no images"):
        list_images([tmp_path])


def sampler(tmp_path: Path, sizes: list[tuple[int, int]], seed: int = 0) -> CropSampler:
    files = write_photographs(tmp_path / "photos", sizes)
    originals = ImageStore.open(files, tmp_path / "cache", "original", lambda image: image)
    whole = ImageStore.open(files, tmp_path / "cache", "whole", shrink_whole)
    return CropSampler(whole, originals, torch.device("cpu"), torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("whole", "zoom"), [(1.0, (1.0, 1.0)), (0.0, (1.0, 1.0)), (0.0, (0.4, 0.6)), (0.5, (0.5, 1.0))]
)
def test_crops_have_the_phases_size_and_range(tmp_path: Path, whole: float, zoom: tuple[float, float]) -> None:
    phase = Phase("p", 1, whole=whole, zoom=zoom, crop=48, batch=3)
    batch = sampler(tmp_path, [(150, 200), (140, 170)]).draw(phase)
    assert batch.shape == (3, 3, 48, 48)
    assert batch.min() >= 0
    assert batch.max() <= 1
    assert shrink(batch).shape == (3, 3, 12, 12)


def test_the_same_seed_draws_the_same_crops(tmp_path: Path) -> None:
    phase = Phase("p", 1, whole=0.5, crop=32, batch=4)
    first, again, other = (sampler(tmp_path, [(60, 70), (80, 64)], seed).draw(phase) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_photograph_smaller_than_a_crop_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="less than a crop of 64"):
        sampler(tmp_path, [(40, 60)]).draw(Phase("p", 1, whole=0.0, crop=64, batch=1))


def test_the_central_patch_is_central_and_small_photographs_are_enlarged() -> None:
    image = np.zeros((300, 400, 3), np.uint8)
    image[150, 200] = 255
    patch = central_patch(image, 256)
    assert patch.shape == (256, 256, 3)
    assert patch[128, 128, 0] == 255
    assert central_patch(np.zeros((100, 150, 3), np.uint8), 256).shape == (256, 256, 3)
