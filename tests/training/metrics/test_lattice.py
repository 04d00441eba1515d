"""A lattice on the input's grid is seen in one picture, whatever its phase; noise and structure are none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.training.metrics.fields import dots, grain, places, skin
from training.metrics.lattice import lattice

SIDE = 128


def low() -> np.ndarray:
    return np.array(Image.fromarray(skin(dots(SIDE, places(SIDE, 12, 0)))).resize((32, 32), Image.Resampling.BICUBIC))


def enlarged() -> np.ndarray:
    return np.array(Image.fromarray(low()).resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(float)


def shown(added: np.ndarray) -> float | None:
    return lattice(np.clip(np.rint(enlarged() + added[..., None]), 0, 255).astype(np.uint8), low())


def test_bicubic_has_none() -> None:
    assert shown(np.zeros((SIDE, SIDE))) is None


def test_noise_and_dots_have_about_one() -> None:
    for seed in range(3):
        found = shown(grain(SIDE, 3, seed) + dots(SIDE, places(SIDE, 15, seed), 20))
        assert found is not None
        assert found < 15


@pytest.mark.parametrize("period", [2, 4])
@pytest.mark.parametrize("phase", [0, 1])
def test_an_artifact_of_one_grey_level_stands_out(period: int, phase: int) -> None:
    x = np.arange(SIDE) + phase
    wave = np.cos(2 * np.pi * x / period + 0.3)
    for pattern in (np.broadcast_to(wave, (SIDE, SIDE)), np.broadcast_to(wave[:, None], (SIDE, SIDE))):
        found = shown(grain(SIDE, 3, 1) + pattern)
        assert found is not None
        assert found > 100
