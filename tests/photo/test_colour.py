"""Embedded colour profiles reach sRGB; profiles that do not fit change nothing."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from tests.photo.files import (
    P3_TO_XYZ_D50,
    PICTURE,
    cmyk_profile,
    dicom,
    encoded,
    heic,
    jpeg,
    matrix_profile,
    png,
    png_chunk,
    srgb_profile,
    tiff,
    webp,
)

SRGB_TO_XYZ_D50 = np.array(
    [[0.436066, 0.385147, 0.143066], [0.222488, 0.716873, 0.060608], [0.013916, 0.097076, 0.714096]]
)


def cmyk_tiff(picture: Image.Image, **options: bytes) -> bytes:
    return encoded(picture, "TIFF", compression="tiff_lzw", **options)


def _p3_to_srgb(pixels: np.ndarray) -> np.ndarray:
    """The same conversion written out: 2.2 curve, two matrices, the sRGB curve (IEC 61966-2-1)."""
    linear = (pixels / 255) ** 2.2 @ (np.linalg.inv(SRGB_TO_XYZ_D50) @ P3_TO_XYZ_D50).T
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_display_p3_photographs_reach_srgb(make):
    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    plain = photo.read(make()).pixels
    found = photo.read(make(icc_profile=profile))
    assert found.metadata.icc_profile == "A wide space"
    assert found.metadata.icc_applied
    assert "ICC profile" in found.metadata.dropped
    difference = np.abs(found.pixels - _p3_to_srgb(plain))
    assert difference.max() < 2.5
    assert difference.mean() < 0.6
    assert np.abs(found.pixels.astype(int) - plain).max() > 5  # the profile did matter


def test_srgb_profile_changes_nothing():
    found = photo.read(png(icc_profile=srgb_profile()))
    assert found.metadata.icc_applied
    assert found.metadata.icc_profile
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
    assert found.metadata.icc_applied
    assert found.metadata.icc_profile == "Grey 1.0"
    linear = grey / 255
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(found.pixels - expected[..., None]).max() < 2.5


@pytest.mark.parametrize("profile", [b"rubbish" * 40, srgb_profile()[:200]], ids=["rubbish", "cut"])
def test_damaged_profiles_change_nothing(profile):
    found = photo.read(jpeg(icc_profile=profile))
    assert not found.metadata.icc_applied
    assert found.metadata.icc_profile is not None
    assert np.array_equal(found.pixels, photo.read(jpeg()).pixels)


def test_a_profile_for_other_colours_than_the_pixels_changes_nothing():
    grey_profile = matrix_profile("Grey 1.0", None, 1.0)
    found = photo.read(png(icc_profile=grey_profile))
    assert np.array_equal(found.pixels, PICTURE)
    assert not found.metadata.icc_applied
    cmyk = Image.fromarray(PICTURE).convert("CMYK")
    with_profile = photo.read(jpeg(cmyk, icc_profile=srgb_profile()))
    assert np.array_equal(with_profile.pixels, photo.read(jpeg(cmyk)).pixels)
    assert not with_profile.metadata.icc_applied
    assert any("could not be used" in sentence for sentence in photo.cautions(with_profile.metadata))


def _lab(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """CIE 1976 L*a*b* of an sRGB colour, with white D50."""
    part = np.array(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    share = SRGB_TO_XYZ_D50 @ linear / SRGB_TO_XYZ_D50.sum(axis=1)
    x, y, z = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("make", [jpeg, cmyk_tiff], ids=["jpeg", "tiff"])
def test_cmyk_with_its_profile(make):
    """The profile's inks look like nothing that a plain formula could guess: "cyan" is orange."""
    orange, teal = (230, 140, 60), (40, 120, 130)
    corners = {(0, 0, 0, 0): (255, 255, 255), (1, 0, 0, 0): orange, (0, 1, 0, 0): teal}
    corners |= {(c, m, y, 1): (0, 0, 0) for c in (0, 1) for m in (0, 1) for y in (0, 1)}
    profile = cmyk_profile("Odd inks", {inks: _lab(colour) for inks, colour in corners.items()})
    ink = np.zeros((32, 48, 4), np.uint8)
    ink[:, 16:32, 0] = 255
    ink[:, 32:, 1] = 255
    found = photo.read(make(Image.fromarray(ink, "CMYK"), icc_profile=profile))
    assert (found.metadata.colour, found.metadata.icc_profile, found.metadata.icc_applied) == ("CMYK", "Odd inks", True)
    for column, colour in ((8, (255, 255, 255)), (24, orange), (40, teal)):
        assert np.abs(found.pixels[16, column].astype(int) - colour).max() <= 4
    plain = photo.read(make(Image.fromarray(ink, "CMYK")))
    assert np.abs(plain.pixels[16, 24].astype(int) - (0, 255, 255)).max() <= 4
    assert any("printing inks" in sentence for sentence in photo.cautions(plain.metadata))


def test_cmyk_without_adobe_marker_is_not_inverted():
    ink = np.zeros((16, 16, 4), np.uint8)
    ink[..., 0] = 200
    body = imagecodecs.jpeg8_encode(ink, 97, colorspace="CMYK", outcolorspace="CMYK")
    at = body.find(b"\xff\xee")
    if at >= 0:
        body = body[:at] + body[at + 2 + int.from_bytes(body[at + 2 : at + 4], "big") :]
    assert np.abs(photo.read(body).pixels[8, 8].astype(int) - (55, 255, 255)).max() <= 3


@pytest.mark.parametrize("make", [tiff, heic, dicom])
def test_display_p3_in_the_other_formats(make):
    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    key = {tiff: "iccprofile", heic: "icc_profile", dicom: "ICCProfile"}[make]
    found = photo.read(make(**{key: profile}))
    assert (found.metadata.icc_profile, found.metadata.icc_applied) == ("A wide space", True)
    assert "ICC profile" in found.metadata.dropped
    expected = _p3_to_srgb(photo.read(make()).pixels)
    assert np.abs(found.pixels - expected).max() < 2.5
    assert np.abs(found.pixels - expected).mean() < 0.6


def test_colour_by_numbers_in_a_png():
    """cICP: Display P3 with sRGB's curve agrees with the same space as a profile; HDR is refused."""
    body = png()
    at = body.index(b"IDAT") - 4

    def coded(primaries: int, transfer: int) -> bytes:
        return body[:at] + png_chunk(b"cICP", bytes([primaries, transfer, 0, 1])) + body[at:]

    found = photo.read(coded(12, 13))
    part = PICTURE / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    linear = (linear @ (np.linalg.inv(SRGB_TO_XYZ_D50) @ P3_TO_XYZ_D50).T).clip(0, 1)
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(found.pixels - expected).max() < 1.5
    assert (found.metadata.icc_profile, found.metadata.icc_applied) == ("Display P3", True)
    assert np.array_equal(photo.read(coded(1, 13)).pixels, PICTURE)
    with pytest.raises(photo.Unsupported, match="dynamic"):
        photo.read(coded(9, 16))


def test_grey_photograph_with_a_colour_profile():
    grey = PICTURE[..., 0]
    found = photo.read(png(grey, icc_profile=srgb_profile()))
    assert found.metadata.icc_applied
    assert np.array_equal(found.pixels[..., 0], grey)
