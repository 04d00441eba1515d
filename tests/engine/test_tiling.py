"""Tiles cover everything, are even, and blend to one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_esrt.engine.tiling import Canvas, Plan, plan_axis, with_context


@given(length=st.integers(1, 700), tile=st.integers(16, 96), overlap=st.integers(1, 15))
def test_an_axis_is_covered_evenly(length: int, tile: int, overlap: int) -> None:
    axis = plan_axis(length, tile, overlap)
    assert axis.starts[0] == 0
    assert axis.starts[-1] + axis.size == length
    assert axis.size <= tile + 1  # made even
    steps = np.diff(axis.starts)
    assert len(steps) == 0 or (steps.max() - steps.min() <= 1 and steps.max() <= axis.size - overlap + 1)
    assert len(steps) == 0 or steps.min() > 0


@given(length=st.integers(1, 300), tile=st.integers(16, 70), overlap=st.integers(1, 15), scale=st.integers(1, 4))
def test_windows_sum_to_one(length: int, tile: int, overlap: int, scale: int) -> None:
    axis = plan_axis(length, tile, overlap)
    total = np.zeros(length * scale)
    for start, window in zip(axis.starts, axis.windows(scale), strict=True):
        assert window.min() >= 0
        total[start * scale :][: window.size] += window
    np.testing.assert_allclose(total, 1, atol=1e-6)


@given(height=st.integers(1, 90), width=st.integers(1, 90), scale=st.integers(1, 4), seed=st.integers(0, 9))
def test_tiles_of_a_picture_give_the_picture_back(height: int, width: int, scale: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    enlarged = picture.repeat(scale, 0).repeat(scale, 1)
    plan = Plan.of(height, width, 24, 6)
    canvas, tiles = Canvas(plan, scale), 0
    for rows, columns in plan:
        tile = picture[rows, columns].repeat(scale, 0).repeat(scale, 1)
        canvas.add(tile.astype(np.float32) / 255)
        tiles += 1
    assert tiles == len(plan)
    np.testing.assert_array_equal(canvas.picture, enlarged)


@pytest.mark.parametrize(("length", "tile", "overlap"), [(0, 64, 8), (10, 8, 8), (10, 8, 0)])
def test_impossible_plans_are_refused(length: int, tile: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="cannot cover"):
        plan_axis(length, tile, overlap)


@given(height=st.integers(1, 200), width=st.integers(1, 200), core=st.integers(1, 20), halo=st.integers(0, 10))
def test_windows_cover_the_picture_once(height: int, width: int, core: int, halo: int) -> None:
    picture = np.arange(height * width).reshape(height, width)
    copied, times = np.zeros_like(picture), np.zeros_like(picture)
    for window in with_context(height, width, 4 * core, 4 * halo):
        copied[window.target] = picture[window.seen][window.kept]
        times[window.target] += 1
        assert all(part.start % 4 == 0 for part in window.seen)
    np.testing.assert_array_equal(copied, picture)
    assert (times == 1).all()


def test_windows_off_the_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="grid"):
        with_context(10, 10, 6, 4)
