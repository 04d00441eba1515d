"""Noise of a wanted level, and the level at which a distance has a wanted value."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.noise import add_noise, equal_level


@pytest.mark.parametrize("level", [1.0, 4.0])
def test_noise_is_in_the_brightness_and_has_its_level(level: float) -> None:
    flat = np.full((200, 200, 3), 128, np.uint8)
    noise = add_noise(flat, level, 0).astype(float) - 128
    assert np.array_equal(noise[..., 0], noise[..., 1])
    assert noise.std() == pytest.approx(np.hypot(level, np.sqrt(1 / 12)), rel=0.05)  # rounding adds a twelfth
    assert noise.mean() == pytest.approx(0, abs=0.05 * level)
    assert np.array_equal(add_noise(flat, level, 0), add_noise(flat, level, 0))


def test_the_level_of_equal_distance_is_found() -> None:
    def distance(level: float) -> float:
        return 0.3 - 0.1 * level + 0.02 * level**2  # least, 0.175, at 2.5

    tried: list[float] = []

    def counted(level: float) -> float:
        tried.append(level)
        return distance(level)

    level, equal = equal_level(0.2, counted)
    assert equal
    assert distance(level) == pytest.approx(0.2, abs=2e-4)
    assert level == pytest.approx(1.382, abs=0.01)
    assert len(tried) < 16
    assert equal_level(0.3, distance) == (0, True)
    assert equal_level(0.25, lambda level: 0.3 - 0.1 * level) == (0.5, True)  # on a step


def test_noise_that_does_not_reach_the_method_is_said_so() -> None:
    def distance(level: float) -> float:
        return 0.3 - 0.1 * level + 0.02 * level**2

    assert equal_level(0.1, distance) == (2.5, False)
    assert equal_level(0.4, distance) == (0, False)  # worse than the smooth picture
    assert equal_level(0.1, lambda level: 0.3 - 0.001 * level) == (8, False)
