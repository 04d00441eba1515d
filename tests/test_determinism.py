"""What `make test` draws is the same each time; `make anew` draws anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRAWS = """
import numpy as np
import torch
from hypothesis import given, settings, strategies as st
from hypothesis.internal.conjecture import engine

@given(st.integers(0, 10**9))
def test_draws(number):
    print("drawn", number)

def test_random_numbers():
    print("drawn", torch.rand(1).item(), np.random.rand())

def test_shrinking_ends():
    assert engine.MAX_SHRINKING_SECONDS <= 30
"""


def drawn(folder: Path, *options: str) -> list[str]:
    (folder / "test_draws.py").write_text(DRAWS, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider",
         "--rootdir", str(folder), *options, str(folder / "test_draws.py")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if "drawn" in line]
    assert len(lines) > 30
    return lines


def test_draws_are_the_same_each_time_and_new_where_asked(tmp_path):
    usual = drawn(tmp_path)
    assert drawn(tmp_path) == usual
    assert drawn(tmp_path, "--anew") != usual
