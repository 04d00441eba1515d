"""Low-resolution consistency against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt.fidelity import consistency, low_resolution_consistency, shrink, strips


def _flat(height: int, width: int, value: int) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_equal_pictures_are_infinitely_consistent():
    assert low_resolution_consistency(_flat(8, 12, 77), _flat(2, 3, 77)) == math.inf


@pytest.mark.parametrize("difference", [1, 5, 20, 155])
def test_a_constant_difference(difference):
    found = low_resolution_consistency(_flat(16, 8, 100), _flat(4, 2, 100 + difference))
    assert found == pytest.approx(20 * math.log10(255 / difference))


def test_one_channel_of_one_pixel():
    original = _flat(5, 3, 60)
    original[2, 1, 0] = 66  # 6² over 45 values
    assert low_resolution_consistency(_flat(20, 12, 60), original) == pytest.approx(10 * math.log10(65025 * 45 / 36))


def test_black_against_white_is_zero_decibels():
    assert low_resolution_consistency(_flat(4, 4, 0), _flat(1, 1, 255)) == 0


def test_texture_that_averages_out_passes_as_the_docstring_warns():
    stripes = _flat(64, 64, 100)
    stripes[:, ::2] = 110
    stripes[:, 1::2] = 90
    assert low_resolution_consistency(stripes, _flat(16, 16, 100)) > 45


def test_shrink_is_antialiased_bicubic():
    # a step at the middle of 16 columns, by 4: Catmull-Rom (a = -0.5) widened by 4, weights normalised
    row = np.repeat([0, 200], 8).astype(np.uint8)
    image = np.broadcast_to(row[None, :, None], (8, 16, 3))

    def kernel(x: float) -> float:
        x = abs(x)
        if x < 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    for column in range(4):
        weights = np.array([kernel((at + 0.5 - 4 * (column + 0.5)) / 4) for at in range(16)])
        expected = float(np.clip(np.round((weights * row).sum() / weights.sum()), 0, 255))
        assert np.abs(shrink(image)[:, column].astype(int) - expected).max() <= 1


def test_shrink_agrees_with_torch_to_rounding():
    image = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    batch = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    smaller = torch.nn.functional.interpolate(batch, scale_factor=0.25, mode="bicubic", antialias=True)
    reference = smaller[0].permute(1, 2, 0).round().clamp(0, 255).numpy()
    assert np.abs(shrink(image) - reference).max() <= 1


@settings(max_examples=25)
@given(rows=st.integers(1, 60), columns=st.integers(1, 20), scale=st.integers(1, 5), seed=st.integers(0, 99))
def test_shrinking_in_strips_gives_the_bytes_of_one_piece(rows: int, columns: int, scale: int, seed: int):
    image = np.random.default_rng(seed).integers(0, 256, (rows * scale, columns * scale, 3), dtype=np.uint8)
    whole = np.asarray(Image.fromarray(image).resize((columns, rows), Image.Resampling.BICUBIC))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consistency, "strips", lambda *size: strips.strips(*size, pixels=1))
        assert len(list(consistency.strips(rows, columns, scale))) == -(-rows // 8)
        assert np.array_equal(shrink(image, scale), whole)


def test_strips_cover_every_row_once_and_stay_small():
    for height, width, scale in ((1, 1, 1), (1024, 1024, 4), (5000, 3, 1), (300, 100_000, 4)):
        found = list(strips.strips(height, width, scale))
        assert [row for top, bottom in found for row in range(top, bottom)] == list(range(height))
        assert all((b - a) * scale**2 * width <= max(strips.STRIP, 8 * scale**2 * width) for a, b in found)


def test_shrink_by_other_factors_and_from_views():
    image = np.random.default_rng(2).integers(0, 256, (12, 18, 3), dtype=np.uint8)
    assert shrink(image, 1).tolist() == image.tolist()
    assert shrink(image, 3).shape == (4, 6, 3)
    assert np.array_equal(shrink(image[:, ::-1], 6), shrink(np.ascontiguousarray(image[:, ::-1]), 6))


@pytest.mark.parametrize("size", [(16, 15), (15, 16), (4, 4), (16, 20)])
def test_sizes_that_do_not_match(size: tuple[int, int]):
    with pytest.raises(ValueError, match=r"^The result is \d+ × \d+ pixels, which is not 4 times .*\.$"):
        low_resolution_consistency(_flat(*size, 0), _flat(4, 4, 0))


def test_arrays_of_another_kind():
    with pytest.raises(ValueError, match="uint8"):
        low_resolution_consistency(_flat(4, 4, 0).astype(float), _flat(1, 1, 0))
    with pytest.raises(ValueError, match="uint8"):
        low_resolution_consistency(_flat(4, 4, 0), _flat(1, 1, 0)[..., 0])
    with pytest.raises(ValueError, match="cannot be shrunk"):
        shrink(_flat(6, 8, 0))
    with pytest.raises(ValueError, match="cannot be shrunk"):
        shrink(_flat(8, 8, 0), scale=0)
