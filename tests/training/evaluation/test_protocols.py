"""What the protocols make of a photograph."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.protocols import PROTOCOLS, central_patch


@pytest.mark.parametrize("shape", [(300, 400), (256, 256), (451, 257)])
def test_the_central_patch_is_cut_from_the_middle(shape: tuple[int, int]) -> None:
    image = np.arange(shape[0] * shape[1] * 3, dtype=np.uint32).reshape(*shape, 3).astype(np.uint8)
    top, left = (shape[0] - 256) // 2, (shape[1] - 256) // 2
    assert np.array_equal(central_patch(image, 256), image[top : top + 256, left : left + 256])


def test_a_small_photograph_is_enlarged_to_hold_the_patch() -> None:
    assert central_patch(np.full((90, 200, 3), 7, np.uint8), 256).shape == (256, 256, 3)


@pytest.mark.parametrize(
    ("protocol", "shape"), [("whole256", (256, 256)), ("patch256", (256, 256)), ("full", (300, 404))]
)
def test_a_protocol_gives_its_size(protocol: str, shape: tuple[int, int]) -> None:
    assert PROTOCOLS[protocol].truth(np.zeros((303, 407, 3), np.uint8)).shape == (*shape, 3)
