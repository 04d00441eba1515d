"""The expected time."""

from __future__ import annotations

import pytest

from cf_esrt.interface.common.time_estimate import MIN_PIXELS, TimeEstimate


def test_unknown_until_every_model_has_run() -> None:
    estimate = TimeEstimate()
    assert estimate.seconds_per_pixel(["a"]) is None
    estimate.update({"a": 2.0}, 10_000)
    assert estimate.seconds_per_pixel(["a"]) == pytest.approx(2e-4)
    assert estimate.seconds_per_pixel(["a", "b"]) is None
    estimate.update({"b": 1.0}, 10_000)
    assert estimate.seconds_per_pixel(["a", "b"]) == pytest.approx(3e-4)
    assert estimate.seconds_per_pixel([]) == 0


def test_the_last_runs_count_most_and_small_crops_as_a_tile() -> None:
    estimate = TimeEstimate()
    estimate.update({"a": 1.0}, MIN_PIXELS)
    estimate.update({"a": 2.0}, 10)
    assert estimate.seconds_per_pixel(["a"]) == pytest.approx(1.5 / MIN_PIXELS)


def test_what_was_measured_before_the_first_job_gives_way_to_jobs() -> None:
    estimate = TimeEstimate()
    estimate.begin({"a": 1.0}, 10_000)
    assert estimate.seconds_per_pixel(["a"]) == pytest.approx(1e-4)
    estimate.update({"a": 3.0}, 10_000)
    estimate.begin({"a": 1.0}, 10_000)
    assert estimate.seconds_per_pixel(["a"]) == pytest.approx(2e-4)
