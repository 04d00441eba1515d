"""The paired bootstrap: pairs stay pairs, intervals agree with SciPy's, and a seed repeats them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from training.evaluation import bootstrap
from training.evaluation.bootstrap import compare, resampled_means


def scores(count: int = 40) -> dict[str, dict[str, list[float]]]:
    random = np.random.default_rng(1)
    psnr, lpips = random.normal(36, 3, count), random.uniform(0.2, 0.4, count)
    return {
        "bicubic": {"psnr": psnr.tolist(), "lpips": lpips.tolist()},
        "better": {
            "psnr": (psnr + random.normal(0.8, 0.4, count)).tolist(),
            "lpips": (lpips * random.uniform(0.5, 0.7, count)).tolist(),
        },
    }


def test_all_columns_see_the_same_draws() -> None:
    values = np.random.default_rng(0).normal(size=(15, 2))
    drawn = resampled_means(np.column_stack([values, values[:, 0] + 3]), 200)
    np.testing.assert_allclose(drawn[:, 2], drawn[:, 0] + 3)
    assert drawn[:, 0].std() == pytest.approx(values[:, 0].std() / math.sqrt(15), rel=0.2)


def test_memory_is_saved_without_another_result(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(15, 2))
    at_once = resampled_means(values, 100, seed=4)
    monkeypatch.setattr(bootstrap, "_CHUNK", 15 * 7)
    np.testing.assert_array_equal(resampled_means(values, 100, seed=4), at_once)
    assert not np.array_equal(resampled_means(values, 100, seed=5), at_once)


def test_the_interval_of_a_difference_agrees_with_scipy() -> None:
    table = scores()
    own = compare(table, ["bicubic"], ["psnr"])["better", "bicubic", "psnr"]
    difference = np.subtract(table["better"]["psnr"], table["bicubic"]["psnr"])
    reference = scipy.stats.bootstrap((difference,), np.mean, method="percentile", rng=np.random.default_rng(2))
    assert own.value == pytest.approx(difference.mean())
    width = own.high - own.low
    assert own.low == pytest.approx(reference.confidence_interval.low, abs=0.05 * width)
    assert own.high == pytest.approx(reference.confidence_interval.high, abs=0.05 * width)


def test_the_interval_of_a_ratio_agrees_with_scipy() -> None:
    table = scores()
    own = compare(table, ["bicubic"], ["lpips"])["better", "bicubic", "lpips"]
    pair = table["better"]["lpips"], table["bicubic"]["lpips"]

    def ratio(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return a.mean(axis) / b.mean(axis)

    reference = scipy.stats.bootstrap(pair, ratio, paired=True, method="percentile", rng=np.random.default_rng(2))
    width = own.high - own.low
    assert own.value == pytest.approx(np.mean(pair[0]) / np.mean(pair[1]))
    assert own.low == pytest.approx(reference.confidence_interval.low, abs=0.05 * width)
    assert own.high == pytest.approx(reference.confidence_interval.high, abs=0.05 * width)


def test_a_constant_gain_is_certain_whatever_the_photographs() -> None:
    table = {"a": {"psnr": [30.0, 38.0, 45.0]}, "b": {"psnr": [31.0, 39.0, 46.0]}}
    found = compare(table, ["a", "absent"], ["psnr"])
    assert list(found) == [("b", "a", "psnr")]
    assert (found["b", "a", "psnr"].low, found["b", "a", "psnr"].high) == pytest.approx((1.0, 1.0))


def test_one_photograph_or_infinite_scores_have_no_interval() -> None:
    single = compare({"a": {"psnr": [30.0]}, "b": {"psnr": [31.5]}}, ["a"], ["psnr"])["b", "a", "psnr"]
    assert single.value == 1.5
    assert math.isnan(single.low)
    infinite = {"a": {"psnr": [30.0, 31.0], "lpips": [0.5, 0.5]}, "b": {"psnr": [math.inf, 31.0], "lpips": [0.4, 0.4]}}
    found = compare(infinite, ["a"], ["psnr", "lpips"])
    assert math.isnan(found["b", "a", "psnr"].value)
    assert found["b", "a", "lpips"].value == pytest.approx(0.8)  # the other column is not spoilt
