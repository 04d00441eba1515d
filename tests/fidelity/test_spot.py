"""The place to look at first: where a result goes furthest beyond interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from cf_esrt.fidelity.spot import Spot, most_changed, most_detailed


def test_the_spot_lies_on_the_change_and_inside() -> None:
    bicubic = np.full((400, 600, 3), 120, np.uint8)
    result = bicubic.copy()
    result[40:80, 480:520] += 30  # input pixels 120 to 130 across, 10 to 20 down
    spot = most_changed(result, bicubic, window=20)
    assert abs(spot.x - 125) <= 10
    assert abs(spot.y - 15) <= 10
    corner = most_changed(np.pad(np.full((8, 8, 3), 9, np.uint8), ((0, 392), (0, 592), (0, 0))), bicubic * 0, window=30)
    assert (corner.x, corner.y) == (15, 15)  # a window lies inside the picture


def test_a_central_spot_is_not_drawn_to_the_rim() -> None:
    bicubic = np.full((400, 600, 3), 120, np.uint8)
    result = bicubic.copy()
    result[:60, :60] += 60  # a hair in the corner
    result[200:240, 320:360] += 30  # the lesion: input pixels 80 to 90 across, 50 to 60 down
    assert most_changed(result, bicubic, window=20).x < 20
    spot = most_changed(result, bicubic, window=20, central=True)
    assert abs(spot.x - 85) <= 10
    assert abs(spot.y - 55) <= 10


def test_a_small_picture_is_its_own_spot() -> None:
    plain = np.zeros((80, 120, 3), np.uint8)
    assert most_changed(plain, plain) == most_changed(plain, plain, central=True) == Spot(15.0, 10.0)


def test_before_a_network_ran_the_finest_detail_is_the_spot() -> None:
    crop = np.full((100, 150, 3), 100, np.uint8)
    crop[60:80:2, 100:120] = 160
    spot = most_detailed(crop, window=20)
    assert abs(spot.x - 110) <= 10
    assert abs(spot.y - 70) <= 10


def test_thirds_have_their_words() -> None:
    assert [Spot(x, y).third(90, 60) for x, y in ((0, 0), (45, 30), (90, 60))] == [(0, 0), (1, 1), (2, 2)]


def test_sizes_have_to_fit() -> None:
    with pytest.raises(ValueError, match="one size"):
        most_changed(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 12, 3), np.uint8))
