from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cf_esrt.interface.survey import plates

LUMINANCE = np.array((0.2126, 0.7152, 0.0722))


def dots(axis: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB of the pixels inside the digit and outside of it, N×3 each; edges and ground left out."""
    coded = np.asarray(Image.open(io.BytesIO(plates.draw(axis, 8, seed)))) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    inside = plates._digit(8)
    flat = np.ones(inside.shape, bool)  # pixels whose neighbours are alike: none at an edge of a dot
    for axis_, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        flat &= (np.roll(coded, step, axis_) == coded).all(-1)
    flat &= (coded != coded[0, 0]).any(-1)
    return linear[flat & inside], linear[flat & ~inside]


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_digit_and_ground_differ_in_colour_and_not_in_luminance(axis: int) -> None:
    digit, ground = (np.concatenate(parts) for parts in zip(*(dots(axis, seed) for seed in range(3)), strict=True))
    light, dark = digit @ LUMINANCE, ground @ LUMINANCE
    assert abs(light.mean() - dark.mean()) < 0.25 * light.std()
    assert light.std() > 0.02  # so that no dot's lightness tells
    share = [pixels / pixels.sum(-1, keepdims=True) for pixels in dots(axis)]
    apart = np.abs(share[0].mean(0) - share[1].mean(0))
    assert (apart > 2 * np.maximum(*(part.std(0) for part in share))).any()  # some dots lie on the digit's edge


def test_no_colour_is_out_of_gamut() -> None:
    for axis in plates.AXES:
        for side in (-1, 1):
            for jitter in (-1, 0, 1):
                assert all(0 < channel < 255 for channel in plates._colour(axis, side, jitter)), axis


def test_the_control_differs_in_luminance_alone() -> None:
    digit, ground = dots(0)
    contrast = (digit @ LUMINANCE).mean() / (ground @ LUMINANCE).mean()
    assert max(contrast, 1 / contrast) > 2
    assert np.abs(digit[:, 0] - digit[:, 2]).max() < 0.02
