"""CIEDE2000: the formula that is used gives the published values, and is used on the right pictures."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cf_esrt.fidelity import ciede2000, colour, colour_difference, shrink, strips

SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792
50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195
50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045
50 -0.001 2.49 50 0.0010 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Sharma, Wu and Dalal 2005, table 1: L*, a*, b* of both colours, CIEDE2000."""


@pytest.fixture(scope="module")
def pairs() -> np.ndarray:
    table = np.array([line.split() for line in SHARMA.split("\n") if line], float)
    assert table.shape == (34, 7)
    return table


def test_the_library_gives_the_published_differences(pairs: np.ndarray):
    from skimage.color import deltaE_ciede2000

    assert np.abs(deltaE_ciede2000(pairs[:, :3], pairs[:, 3:6]) - pairs[:, 6]).max() < 1e-4


def test_the_published_pairs_through_this_package(pairs: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    """The pairs stand in for what two pictures are in CIELAB: argument order, shape and factors are ours."""
    lookup = {1: pairs[:, :3], 2: pairs[:, 3:6]}
    monkeypatch.setattr("skimage.color.rgb2lab", lambda pixels: lookup[int(pixels[0, 0])])
    found = ciede2000(np.full((17, 2, 3), 1, np.uint8), np.full((17, 2, 3), 2, np.uint8))
    assert np.abs(found.ravel() - pairs[:, 6]).max() < 1e-4


def test_srgb_is_read_under_d65():
    # CIELAB of sRGB's red, green and blue (IEC 61966-2-1, D65), so that the differences are of known colours
    from skimage.color import deltaE_ciede2000

    lab = np.array([[53.2408, 80.0925, 67.2032], [87.7347, -86.1827, 83.1793], [32.2970, 79.1875, -107.8602]])
    primaries = np.eye(3, dtype=np.uint8)[None] * 255
    expected = deltaE_ciede2000(lab, np.roll(lab, 1, axis=0))
    assert ciede2000(primaries, np.roll(primaries, 1, axis=1))[0] == pytest.approx(expected, abs=0.01)


def test_greys_differ_by_their_lightness_alone():
    a, b = np.full((1, 1, 3), 119, np.uint8), np.full((1, 1, 3), 122, np.uint8)

    def lightness(level: int) -> float:
        linear = ((level / 255 + 0.055) / 1.055) ** 2.4
        return 116 * linear ** (1 / 3) - 16

    low, high = lightness(119), lightness(122)
    weight = 1 + 0.015 * ((low + high) / 2 - 50) ** 2 / np.sqrt(20 + ((low + high) / 2 - 50) ** 2)
    assert ciede2000(a, b)[0, 0] == pytest.approx((high - low) / weight, abs=1e-3)


def test_the_shrunk_result_is_compared_with_the_input():
    random = np.random.default_rng(5)
    result = random.integers(0, 256, (48, 64, 3), dtype=np.uint8)
    original = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    found = colour_difference(result, original)
    every = ciede2000(shrink(result), original)
    assert found.map.shape == (12, 16)
    assert found.map.dtype == np.float32
    assert np.array_equal(found.map, every)
    assert found.mean == pytest.approx(every.mean(), rel=1e-6)
    assert found.percentile95 == pytest.approx(np.percentile(every, 95))
    assert found.maximum == every.max()


def test_equal_pictures_do_not_differ_at_all():
    found = colour_difference(np.full((16, 16, 3), 90, np.uint8), np.full((4, 4, 3), 90, np.uint8))
    assert (found.mean, found.percentile95, found.maximum) == (0, 0, 0)


def test_one_shifted_pixel_is_found_where_it_is():
    original = np.full((9, 7, 3), 90, np.uint8)
    original[5, 2] = (140, 90, 90)
    found = colour_difference(np.full((36, 28, 3), 90, np.uint8), original).map
    assert np.argwhere(found).tolist() == [[5, 2]]


def test_strips_change_nothing(monkeypatch: pytest.MonkeyPatch):
    a, b = np.random.default_rng(6).integers(0, 256, (2, 30, 11, 3), dtype=np.uint8)
    whole = ciede2000(a, b)
    monkeypatch.setattr(colour, "strips", lambda *size, pixels: strips.strips(*size, pixels=1))
    assert np.array_equal(ciede2000(a, b), whole)


def test_sizes_that_do_not_match():
    with pytest.raises(ValueError, match="not 4 times"):
        colour_difference(np.zeros((8, 8, 3), np.uint8), np.zeros((2, 3, 3), np.uint8))


def test_importing_the_package_does_not_import_scikit_image():
    code = "import sys, cf_esrt.fidelity; print([m for m in ('skimage', 'scipy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
