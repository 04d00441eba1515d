"""A grid artifact is found under whatever the pictures hold."""

from __future__ import annotations

import numpy as np
import pytest

from training.metrics.grid_artifact import grid_artifact, strength


def test_an_artifact_is_found_under_what_pictures_hold() -> None:
    random = np.random.default_rng(0)
    block = random.normal(0, 1, (4, 4, 3))
    block -= block.mean((0, 1))
    errors = [np.tile(block, (64, 60, 1)) + random.normal(2, 3, (256, 240, 3)) for _ in range(8)]
    found = grid_artifact(errors)
    assert found == pytest.approx(block, abs=0.1)
    assert strength(found) == pytest.approx(np.sqrt(np.mean(block**2)), abs=0.02)


def test_noise_and_a_shift_of_colour_are_no_artifact() -> None:
    random = np.random.default_rng(1)
    assert strength(grid_artifact(random.normal(5, 2, (256, 256, 3)) for _ in range(8))) < 0.03


def test_other_sides_and_no_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        grid_artifact([np.zeros((8, 10, 3))])
    with pytest.raises(ValueError, match="at least one"):
        grid_artifact([])
