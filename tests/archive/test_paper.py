"""The table on paper: it counts as it says."""

from __future__ import annotations

import pytest

from tests.benchmarks.archive_paper import MEASURED, filling, hours, on_gpu, table, terabytes

RATES = {"network": 8.0, "read": 0.5, "write": 1.5, "bytes": 5e6}


def test_hours_go_by_cores_until_the_storage_is_full() -> None:
    assert hours(3600, MEASURED, RATES, 2, 1.0, 500) == pytest.approx(5)
    assert hours(3600, 4 * MEASURED, RATES, 2, 0.5, 500) == pytest.approx(40)
    assert filling(RATES, 1.0, 500) == pytest.approx(1000)
    assert hours(3600, MEASURED, RATES, 1000, 1.0, 500) == hours(3600, MEASURED, RATES, 9999, 1.0, 500)


def test_a_gpu_waits_for_files_and_storage() -> None:
    assert on_gpu(36_000, MEASURED, {**RATES, "gpu": 2.0}, 500) == "20.0"
    assert on_gpu(36_000, MEASURED, {**RATES, "gpu": 0.1}, 500) == "15.0"
    assert on_gpu(36_000, MEASURED, RATES, 500) == "≥ 15.0"
    assert on_gpu(36_000, MEASURED, RATES, 1) == "≥ 50.0"


def test_the_table() -> None:
    assert terabytes(1_000_000, MEASURED, RATES) == pytest.approx(5)
    _, _, *lines = table({"esrt": RATES}, 0.9, 500).splitlines()
    assert len(lines) == 2 + 4
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert "| 25,331 | 600 × 450 | esrt | 39.1 | " in lines[2]
