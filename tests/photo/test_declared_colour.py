"""What a file says of its colours in other ways than a plain profile: HDR curves, PNG's chunks, DCF's mark, EXIF."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cf_esrt import photo
from tests.photo.files import (
    P3_TO_XYZ_D50,
    PICTURE,
    dicom,
    exif,
    heic,
    jpeg,
    matrix_profile,
    png,
    png_by_hand,
    png_chunk,
    tiff,
    webp,
)
from tests.photo.test_colour import SRGB_TO_XYZ_D50
from tests.photo.test_refusals import refused

_CODE = np.linspace(0, 1, 1024)


def _pq(code: np.ndarray, peak: float = 10_000) -> np.ndarray:
    """SMPTE ST 2084, formula by formula, over a display of ``peak`` cd/m²."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = code ** (1 / m2)
    return np.minimum((np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / peak, 1)


def _hlg(code: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    """ITU-R BT.2100, table 5: the inverse of its OETF, and the system gamma."""
    a = 0.17883277
    b, c = 1 - 4 * a, 0.5 - a * np.log(4 * a)
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12) ** gamma


_HDR = {
    "pq-curve": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, _pq(_CODE)),
    "pq-1000": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, _pq(_CODE, 1000)),
    "hlg-curve": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, _hlg(_CODE)),
    "hlg-1.2": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, _hlg(_CODE, 1.2)),
    "pq-tag": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, 2.2, cicp=(9, 16)),
    "hlg-tag": lambda grey: matrix_profile("A display", None if grey else P3_TO_XYZ_D50, 2.2, cicp=(9, 18)),
    "name": lambda grey: matrix_profile("Rec2020 PQ", None if grey else P3_TO_XYZ_D50, 2.2),
}


@pytest.mark.parametrize("kind", _HDR)
def test_profiles_of_high_dynamic_range(kind):
    assert "dynamic" in refused(jpeg(icc_profile=_HDR[kind](False)), photo.Unsupported)
    assert "dynamic" in refused(png(PICTURE[..., 0], icc_profile=_HDR[kind](True)), photo.Unsupported)


@pytest.mark.parametrize("make", [png, webp, tiff, heic, dicom])
def test_in_every_format_that_carries_profiles(make):
    profile = matrix_profile("A display", P3_TO_XYZ_D50, _pq(_CODE))
    key = {tiff: "iccprofile", dicom: "ICCProfile"}.get(make, "icc_profile")
    assert "dynamic" in refused(make(**{key: profile}), photo.Unsupported)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2, 2.6, 3.0, 4.0])
def test_other_curves_are_no_hdr(gamma):
    assert photo.read(png(icc_profile=matrix_profile("A display", P3_TO_XYZ_D50, gamma))).metadata.icc_applied


@pytest.mark.parametrize("transfer", [16, 18])
def test_code_points_of_high_dynamic_range(transfer):
    profile = matrix_profile("Plain", SRGB_TO_XYZ_D50, 2.2)
    assert "dynamic" in refused(_with(png(), (b"cICP", bytes([9, transfer, 0, 1]))), photo.Unsupported)
    both = _with(png(icc_profile=profile), (b"cICP", bytes([9, transfer, 0, 1])))
    assert "dynamic" in refused(both, photo.Unsupported)
    nclx: dict[str, Any] = {"color_primaries": 9, "transfer_characteristics": transfer}
    assert "dynamic" in refused(heic(**nclx), photo.Unsupported)


def _with(body: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with chunks added right behind its header."""
    return body[:33] + b"".join(png_chunk(*chunk) for chunk in chunks) + body[33:]


def _gama(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def _chrm(*corners: float) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in corners))


_ADOBE = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_SRGB = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_P3 = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def _srgb_curve(light: np.ndarray) -> np.ndarray:
    light = light.clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("gamma", [1.0, 1 / 1.8, 1 / 2.6])
def test_png_gamma(gamma):
    found = photo.read(_with(png(), _gama(gamma))).pixels
    assert np.abs(found - _srgb_curve((PICTURE / 255) ** (1 / gamma))).max() <= 0.51
    grey = photo.read(_with(png(PICTURE[..., 0]), _gama(gamma))).pixels
    assert np.array_equal(grey[..., 1], found[..., 0])


def test_linear_light_of_sixteen_bits_keeps_its_shadows():
    ramp = np.tile(np.arange(0, 65536, 1024, dtype=np.uint16), (8, 1))
    body = png_by_hand(64, 8, 16, 0, [row.astype(">u2").tobytes() for row in ramp])
    found = photo.read(_with(body, _gama(1.0))).pixels[..., 0]
    assert np.abs(found - _srgb_curve(ramp / 65535)).max() <= 0.51
    assert len(np.unique(found)) == 64


def test_png_gamma_leaves_alpha_alone():
    alpha = np.full(PICTURE.shape[:2], 128, np.uint8)
    found = photo.read(_with(png(np.dstack([PICTURE, alpha])), _gama(1.0))).pixels
    colour = np.rint(_srgb_curve(PICTURE / 255))
    assert np.abs(found - (colour * 128 + 255 * 127) / 255).max() <= 1


def test_png_chromaticities():
    found = photo.read(_with(png(), _gama(0.45455), _chrm(*_P3)))
    profile = photo.read(_with(png(), (b"cICP", bytes([12, 13, 0, 1]))))
    assert np.abs(found.pixels.astype(int) - profile.pixels).max() <= 1
    assert found.metadata.icc_applied
    assert np.array_equal(photo.read(_with(png(), _chrm(*_P3))).pixels, found.pixels)
    white = photo.read(_with(png(np.full((9, 9, 3), 255, np.uint8)), _chrm(0.3457, 0.3585, *_P3[2:])))
    assert (white.pixels >= 254).all()  # another white is adapted to


def test_png_chunks_of_higher_rank_and_srgb_itself():
    profile = matrix_profile("Plain", SRGB_TO_XYZ_D50, 2.2)
    plain = photo.read(png(icc_profile=profile)).pixels
    assert np.array_equal(photo.read(_with(png(icc_profile=profile), _gama(1.0), _chrm(*_ADOBE))).pixels, plain)
    assert np.array_equal(photo.read(_with(png(), (b"sRGB", b"\0"), _gama(1.0), _chrm(*_ADOBE))).pixels, PICTURE)
    assert np.array_equal(photo.read(_with(png(), _gama(0.45455), _chrm(*_SRGB))).pixels, PICTURE)
    wide = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    outranked = _with(png(icc_profile=wide), (b"cICP", bytes([1, 13, 0, 1])))
    assert np.array_equal(photo.read(outranked).pixels, PICTURE)


@pytest.mark.parametrize(
    "chunks", [[_gama(0)], [_gama(0.00001)], [_gama(21474)], [_chrm(*[0] * 8)], [_chrm(*[0.3] * 8)],
               [_chrm(0.3127, 0.329, 5, 5, 6, 6, 7, 7)]],
    ids=str,
)  # fmt: skip
def test_absurd_chunks_change_nothing(chunks):
    assert np.array_equal(photo.read(_with(png(), *chunks)).pixels, PICTURE)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_see_through_grey(depth):
    top = (1 << depth) - 1
    values = np.arange(16) * max(1, top // 16) & top
    step = b"".join(int(value).to_bytes(2, "big") for value in values) if depth == 16 else None
    bits = "".join(f"{value:0{depth}b}" for value in values)
    row = step or int(bits, 2).to_bytes(2 * depth, "big")
    body = _with(png_by_hand(16, 8, depth, 0, [row] * 8), (b"tRNS", int(values[1]).to_bytes(2, "big")))
    found = photo.read(body)
    expected = np.where(values == values[1], 255, np.rint(values * (255 / top)))
    assert np.array_equal(found.pixels[3, :, 1], expected)
    assert found.metadata.alpha_flattened


def _block(order: str, entries: list[tuple[int, int, int, bytes]], more: bytes = b"") -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries))
    body = b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"Exif\0\0" + head + body + bytes(4) + more


def _short(order: str, value: int) -> bytes:
    return struct.pack(f"{order}HH", value, 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_one_bad_offset_before_the_orientation(make, order):
    far = struct.pack(f"{order}I", 60_000)
    entries = [(0x010F, 2, 400, far), (0x8769, 4, 1, far), (0x0110, 99, 1 << 31, far), (0x0112, 3, 1, _short(order, 6))]
    found = photo.read(make(exif=_block(order, entries)))
    assert found.metadata.orientation == 6
    assert np.array_equal(found.pixels, photo.read(make(exif=exif(orientation=6))).pixels)
    assert {"Make", "Model", "Orientation"} <= set(found.metadata.dropped)


def test_one_bad_offset_in_a_tiff():
    body = tiff(extratags=[(271, 2, 0, "Somebody who makes cameras", True), (274, "H", 1, 6, True)])
    at = body.index(struct.pack("<HH", 271, 2)) + 8
    spoiled = body[:at] + struct.pack("<I", 50_000_000) + body[at + 4 :]
    assert photo.read(spoiled).pixels.shape == (56, 40, 3)


def _dcf(space: int, mark: bytes | None) -> bytes:
    inner_at = 8 + 2 + 12 + 4
    interop_at = inner_at + 2 + 24 + 4
    interop = b""
    if mark is not None:
        interop = struct.pack("<HHHI", 1, 1, 2, 4) + mark + bytes(4)
    inner = struct.pack("<HHHIHHHHII", 2, 0xA001, 3, 1, space, 0, 0xA005, 4, 1, interop_at) + bytes(4) + interop
    return _block("<", [(0x8769, 4, 1, struct.pack("<I", inner_at))], inner)


@pytest.mark.parametrize(
    ("space", "mark", "said"),
    [(0xFFFF, b"R03\0", True), (2, None, True), (1, b"R98\0", False), (0xFFFF, b"R98\0", False), (0xFFFF, None, False)],
)
@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_adobe_rgb_by_exif_alone(make, space, mark, said):
    found = photo.read(make(exif=_dcf(space, mark)))
    assert any("Adobe RGB" in line for line in photo.cautions(found.metadata)) == said
    profile = matrix_profile("Adobe RGB", P3_TO_XYZ_D50, 2.2)
    told = photo.read(make(exif=_dcf(space, mark), icc_profile=profile))
    assert not any("Adobe RGB" in line for line in photo.cautions(told.metadata))


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("png-chrm-adobe.png", lambda found: found.metadata.icc_applied),
        ("exif-bad-offset-before-orientation.jpg", lambda found: found.pixels.shape == (24, 16, 3)),
        ("grey-trns.png", lambda found: found.metadata.alpha_flattened),
        ("dcf-adobe-rgb.jpg", lambda found: found.metadata.adobe_rgb),
        ("palette-8bit-in-16bit-words.dcm", lambda found: found.pixels.mean() > 100),
        ("window-in-functional-groups.dcm", lambda found: not found.metadata.stretched),
        ("jpeg-lossless-ybr-full.dcm", lambda found: found.pixels[..., 0].mean() > found.pixels[..., 2].mean() + 20),
        ("rgb-label-subsampled-ycbcr-jpeg.dcm", lambda found: found.pixels[..., 0].mean() > 150),
        ("number-of-frames-0.dcm", lambda found: found.metadata.frames == 1),
    ],
)
def test_the_shared_cases(name, check: Callable[[photo.Photo], bool], shared_data):
    path = shared_data.parent / "cases" / name
    if not path.is_file():
        pytest.skip(f"the cases are not here: {path}")
    assert check(photo.read(path))


def test_the_shared_hdr_case(shared_data):
    path = shared_data.parent / "cases" / "pq-profile.jpg"
    if not path.is_file():
        pytest.skip(f"the cases are not here: {path}")
    assert "dynamic" in refused(path, photo.Unsupported)


def test_large_pictures_are_converted_to_the_last_row():
    """Everything goes in strips: a profile, chromaticities, a curve."""
    tall = np.tile(PICTURE, (70, 14, 1))
    profile = matrix_profile("A wide space", P3_TO_XYZ_D50, 2.2)
    makes: list[Callable[[np.ndarray], bytes]] = [
        lambda pixels: png(pixels, icc_profile=profile),
        lambda pixels: _with(png(pixels), _chrm(*_P3)),
        lambda pixels: _with(png(pixels[..., 0]), _gama(1.0)),
    ]
    for make in makes:
        expected = np.tile(photo.read(make(PICTURE)).pixels, (70, 14, 1))
        assert np.array_equal(photo.read(make(tall)).pixels, expected)
