"""The expected time."""

from __future__ import annotations

import pytest

from cf_esrt.interface.pace import LEAST, Pace


def test_unknown_until_every_model_has_run() -> None:
    pace = Pace()
    assert pace.of(["a"]) is None
    pace.learn({"a": 2.0}, 10_000)
    assert pace.of(["a"]) == pytest.approx(2e-4)
    assert pace.of(["a", "b"]) is None
    pace.learn({"b": 1.0}, 10_000)
    assert pace.of(["a", "b"]) == pytest.approx(3e-4)
    assert pace.of([]) == 0


def test_the_last_runs_count_most_and_small_crops_as_a_tile() -> None:
    pace = Pace()
    pace.learn({"a": 1.0}, LEAST)
    pace.learn({"a": 2.0}, 10)
    assert pace.of(["a"]) == pytest.approx(1.5 / LEAST)
