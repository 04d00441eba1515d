"""Embedded colour profiles reach sRGB; profiles that do not fit change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from tests.photo.files import P3_TO_XYZ_D50, PICTURE, jpeg, matrix_profile, png, srgb_profile, webp

_SRGB_TO_XYZ_D50 = np.array(
    [[0.436066, 0.385147, 0.143066], [0.222488, 0.716873, 0.060608], [0.013916, 0.097076, 0.714096]]
)


def _p3_to_srgb(pixels: np.ndarray) -> np.ndarray:
    """The same conversion written out: 2.2 curve, two matrices, the sRGB curve (IEC 61966-2-1)."""
    linear = (pixels / 255) ** 2.2 @ (np.linalg.inv(_SRGB_TO_XYZ_D50) @ P3_TO_XYZ_D50).T
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_display_p3_photographs_reach_srgb(make):
    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    plain = photo.read(make()).pixels
    found = photo.read(make(icc_profile=profile))
    assert found.facts.icc_profile == "A wide space"
    assert found.facts.icc_applied
    assert "ICC profile" in found.facts.dropped
    difference = np.abs(found.pixels - _p3_to_srgb(plain))
    assert difference.max() < 2.5
    assert difference.mean() < 0.6
    assert np.abs(found.pixels.astype(int) - plain).max() > 5  # the profile did matter


def test_srgb_profile_changes_nothing():
    found = photo.read(png(icc_profile=srgb_profile()))
    assert found.facts.icc_applied
    assert found.facts.icc_profile
    assert np.array_equal(found.pixels, PICTURE)


def test_profile_and_orientation_together():
    from tests.photo.files import exif

    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    upright = photo.read(png(icc_profile=profile)).pixels
    turned = photo.read(png(icc_profile=profile, exif=exif(orientation=8))).pixels
    assert np.array_equal(turned, np.rot90(upright))


def test_grey_profile():
    grey = PICTURE[..., 0]
    found = photo.read(png(grey, icc_profile=matrix_profile("Grey 1.0", None, 1.0)))
    assert found.facts.icc_applied
    assert found.facts.icc_profile == "Grey 1.0"
    linear = grey / 255
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(found.pixels - expected[..., None]).max() < 2.5


@pytest.mark.parametrize("profile", [b"rubbish" * 40, srgb_profile()[:200]], ids=["rubbish", "cut"])
def test_damaged_profiles_change_nothing(profile):
    found = photo.read(jpeg(icc_profile=profile))
    assert not found.facts.icc_applied
    assert found.facts.icc_profile is not None
    assert np.array_equal(found.pixels, photo.read(jpeg()).pixels)


def test_a_profile_for_other_colours_than_the_pixels_changes_nothing():
    grey_profile = matrix_profile("Grey 1.0", None, 1.0)
    found = photo.read(png(icc_profile=grey_profile))
    assert np.array_equal(found.pixels, PICTURE)
    assert not found.facts.icc_applied
    cmyk = Image.fromarray(PICTURE).convert("CMYK")
    with_profile = photo.read(jpeg(cmyk, icc_profile=srgb_profile()))
    assert np.array_equal(with_profile.pixels, photo.read(jpeg(cmyk)).pixels)
    assert not with_profile.facts.icc_applied


def test_grey_photograph_with_a_colour_profile():
    grey = PICTURE[..., 0]
    found = photo.read(png(grey, icc_profile=srgb_profile()))
    assert found.facts.icc_applied
    assert np.array_equal(found.pixels[..., 0], grey)
