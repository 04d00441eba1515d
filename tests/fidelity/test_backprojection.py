"""Back-projection: results are carried to their inputs, and no further than asked."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt.fidelity import back_project, backprojection, consistency, low_resolution_consistency, shrink, strips


def _enlarged(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((4 * width, 4 * height), Image.Resampling.BICUBIC))


def _smooth_photograph(height: int, width: int, seed: int) -> np.ndarray:
    """Skin-coloured noise with structure at all scales and some texture."""
    random = np.random.default_rng(seed)
    image = np.full((height, width, 3), (185.0, 140.0, 120.0))
    for sigma, strength in ((1, 20), (4, 80), (12, 200)):
        image += strength * cv2.GaussianBlur(random.normal(size=image.shape), (0, 0), sigma)
    return np.clip(image, 0, 255).astype(np.uint8)


def _refined(original: np.ndarray, seed: int) -> np.ndarray:
    """A result that departs from its input: blurred, shifted in colour, with grain."""
    random = np.random.default_rng(seed)
    result = cv2.GaussianBlur(_enlarged(original), (0, 0), 4) + np.array([6.0, -4.0, 3.0])
    return np.clip(result + random.normal(0, 12, result.shape), 0, 255).astype(np.uint8)


@settings(max_examples=20)
@given(height=st.integers(6, 40), width=st.integers(6, 40), seed=st.integers(0, 999))
def test_synthetic_results_exceed_45_decibels(height: int, width: int, seed: int):
    original = _smooth_photograph(height, width, seed)
    result = _refined(original, seed)
    assert low_resolution_consistency(result, original) < 40
    found = back_project(result, original)
    assert found.dtype == np.uint8
    assert found.shape == result.shape
    assert low_resolution_consistency(found, original) > 45


def test_real_photographs_exceed_45_decibels(shared_data: Path):
    files = (
        sorted((shared_data / "isic_cc0" / "val").iterdir())[:3] + sorted((shared_data / "pad_ufes_20").iterdir())[:3]
    )
    for path in files:
        with Image.open(path) as photograph:
            original = np.array(photograph.convert("RGB"))[100:196, 80:208]
        result = _refined(original, 1)
        assert low_resolution_consistency(result, original) < 40
        assert low_resolution_consistency(back_project(result, original), original) > 45


def test_texture_survives():
    """The correction is smooth: what the result adds above the input's resolution stays."""
    original = _smooth_photograph(32, 32, 7)
    result = _refined(original, 7)
    found = back_project(result, original)
    fine = [
        image - cv2.GaussianBlur(image, (0, 0), 1) for image in (result.astype(np.float32), found.astype(np.float32))
    ]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.97


def test_a_consistent_result_is_untouched():
    original = _smooth_photograph(24, 30, 2)
    result = back_project(_refined(original, 2), original)
    assert back_project(result, original) is result
    flat = np.full((16, 16, 3), 70, np.uint8)
    assert back_project(flat, flat[:4, :4], target=1000.0) is flat  # infinitely consistent


def test_no_iterations_and_a_low_target_leave_it_alone():
    original = _smooth_photograph(12, 12, 3)
    result = _refined(original, 3)
    assert back_project(result, original, iterations=0) is result
    assert back_project(result, original, target=10.0) is result


@settings(max_examples=30)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 999), extreme=st.booleans())
def test_consistency_never_falls_whatever_the_pictures(height: int, width: int, seed: int, extreme: bool):
    random = np.random.default_rng(seed)
    values = np.array([0, 255], np.uint8) if extreme else np.arange(256, dtype=np.uint8)
    original, result = random.choice(values, (height, width, 3)), random.choice(values, (4 * height, 4 * width, 3))
    kept = result.copy()
    reached = [
        low_resolution_consistency(back_project(result, original, iterations=n, target=math.inf), original)
        for n in range(6)
    ]
    assert reached == sorted(reached)
    assert np.array_equal(result, kept)


def test_each_iteration_gains_on_a_photograph():
    """Not only by keeping the best: the correction itself converges, until rounding is all that is left."""
    original = _smooth_photograph(32, 40, 5)
    result = _refined(original, 5)
    reached = [
        low_resolution_consistency(back_project(result, original, iterations=n, target=52.0), original)
        for n in range(4)
    ]
    assert all(b > a + 3 or a > 52 for a, b in pairwise(reached))


def test_a_higher_target_gives_more():
    original = _smooth_photograph(32, 40, 6)
    result = _refined(original, 6)
    assert low_resolution_consistency(back_project(result, original, target=58.0), original) > 58


def test_what_cannot_be_met_ends_with_the_best():
    """A chequerboard of 0 and 255 has more contrast than any result within 0..255 shrinks to."""
    original = np.indices((8, 8)).sum(axis=0)[..., None].repeat(3, 2).astype(np.uint8) % 2 * 255
    result = np.full((32, 32, 3), 128, np.uint8)
    found = back_project(result, original, iterations=8)
    assert low_resolution_consistency(result, original) < low_resolution_consistency(found, original) < 45


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch):
    original = _smooth_photograph(45, 20, 8)
    result = _refined(original, 8)
    whole = back_project(result, original)
    for module in (backprojection, consistency):
        monkeypatch.setattr(module, "strips", lambda *size: strips.strips(*size, pixels=1))
    assert np.array_equal(back_project(result, original), whole)


def test_arguments_without_sense():
    original, result = np.zeros((2, 2, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="0 or more iterations"):
        back_project(result, original, iterations=-1)
    with pytest.raises(ValueError, match="target in dB"):
        back_project(result, original, target=math.nan)
    with pytest.raises(ValueError, match="not 4 times"):
        back_project(result[:4], original)


def test_the_shrunk_result_is_the_input_within_a_level_or_two():
    original = _smooth_photograph(30, 30, 9)
    found = back_project(_refined(original, 9), original, target=55.0)
    assert np.abs(shrink(found).astype(int) - original).max() <= 3
