"""The maps show what their legends say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cf_esrt.fidelity import (
    Legend,
    added_detail,
    added_legend,
    added_levels,
    colour_legend,
    colour_map,
    maps,
    residual_legend,
    residual_map,
    strips,
)


def _flat(height: int, width: int, value: int) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def _painted(legend: Legend, value: float) -> list[float]:
    """The RGBA that a legend gives a value, as its docstring says."""
    at = [stop for stop, _ in legend.stops]
    return [float(np.interp(value, at, [colour[channel] for _, colour in legend.stops])) for channel in range(4)]


@given(difference=st.integers(-60, 60), amplification=st.integers(1, 128))
def test_the_residual_map_is_signed_amplified_and_clipped(difference: int, amplification: int):
    found = residual_map(_flat(8, 12, 100 + difference), _flat(2, 3, 100), amplification)
    assert found.shape == (2, 3, 3)
    assert found.dtype == np.uint8
    assert np.all(found == np.clip(128 + amplification * difference, 0, 255))
    legend = residual_legend(amplification)
    assert found[0, 0] == pytest.approx(_painted(legend, difference)[:3], abs=0.51)
    assert legend.low < 0 < legend.high


def test_the_residual_map_keeps_channels_apart():
    result = _flat(8, 8, 100)
    result[..., 0] = 103
    result[..., 2] = 98
    assert residual_map(result, _flat(2, 2, 100), 10)[1, 1].tolist() == [158, 128, 108]


@pytest.mark.parametrize("amplification", [0, -3, 129])
def test_amplifications_without_sense(amplification: int):
    with pytest.raises(ValueError, match="amplification"):
        residual_map(_flat(4, 4, 0), _flat(1, 1, 0), amplification)


def test_the_residual_map_needs_four_times_the_size():
    with pytest.raises(ValueError, match="not 4 times"):
        residual_map(_flat(8, 8, 0), _flat(2, 3, 0))


@given(difference=st.integers(0, 155), full=st.integers(1, 255))
def test_added_detail_is_as_opaque_as_its_legend_says(difference: int, full: int):
    result = _flat(4, 8, 100)
    result[1, 2, 1] += difference
    found = added_detail(result, _flat(4, 8, 100), full)
    assert found.shape == (4, 8, 4)
    assert found.dtype == np.uint8
    assert found[1, 2] == pytest.approx(_painted(added_legend(full), difference), abs=0.51)
    found[1, 2, 3] = 0
    assert not found[..., 3].any()


def test_added_detail_takes_the_channel_that_differs_most_in_either_direction():
    bicubic, result = _flat(4, 4, 100), _flat(4, 4, 100)
    result[0, 0] = (97, 105, 92)
    assert added_detail(result, bicubic, 16)[0, 0, 3] == round(8 / 16 * 255)
    assert np.array_equal(added_detail(result, bicubic), added_detail(bicubic, result))


def test_added_levels_against_numpy():
    random = np.random.default_rng(3)
    a, b = random.integers(0, 256, (2, 40, 52, 3), dtype=np.uint8)
    difference = np.abs(a.astype(int) - b).max(axis=2)
    found = added_levels(a, b)
    assert found.mean == pytest.approx(difference.mean())
    assert found.percentile95 == np.percentile(difference, 95, method="inverted_cdf")
    assert found.maximum == difference.max()
    same = added_levels(a, a)
    assert (same.mean, same.percentile95, same.maximum) == (0, 0, 0)


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch):
    a, b = np.random.default_rng(4).integers(0, 256, (2, 50, 30, 3), dtype=np.uint8)
    whole = added_detail(a, b), added_levels(a, b), colour_map(a[..., 0] / 50)
    monkeypatch.setattr(maps, "strips", lambda *size: strips.strips(*size, pixels=1))
    assert np.array_equal(added_detail(a, b), whole[0])
    assert added_levels(a, b) == whole[1]
    assert np.array_equal(colour_map(a[..., 0] / 50), whole[2])


def test_pictures_of_two_sizes_and_other_kinds():
    with pytest.raises(ValueError, match="one size"):
        added_detail(_flat(4, 4, 0), _flat(4, 8, 0))
    with pytest.raises(ValueError, match="one size"):
        added_levels(_flat(4, 4, 0), _flat(4, 8, 0))
    with pytest.raises(ValueError, match="bicubic picture must be uint8"):
        added_detail(_flat(4, 4, 0), _flat(4, 4, 0).astype(float))
    for full in (0, 256):
        with pytest.raises(ValueError, match="opaque"):
            added_detail(_flat(4, 4, 0), _flat(4, 4, 0), full)


@given(value=st.floats(0, 9), full=st.floats(0.5, 5))
def test_the_colour_map_paints_its_legend(value: float, full: float):
    found = colour_map(np.full((2, 3), value), full)
    assert found.shape == (2, 3, 3)
    assert found[1, 1] == pytest.approx(_painted(colour_legend(full), value)[:3], abs=0.51)


def test_the_colour_map_grows_lighter_and_needs_a_scale():
    ramp = colour_map(np.linspace(0, 3, 60)[None]).astype(int).sum(axis=2)[0]
    assert np.all(np.diff(ramp) > 0)
    for full in (0.0, float("nan")):
        with pytest.raises(ValueError, match="above 0"):
            colour_map(np.zeros((2, 2)), full)
