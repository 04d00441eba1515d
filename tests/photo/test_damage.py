"""Damaged JPEGs: a caution where most of the picture is there, a refusal where it is not, nothing where it is whole."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from tests.photo.files import RNG, dicom, jpeg, tiff
from tests.photo.test_refusals import refused, refused_here

# Skin-like: smooth with fine grain, so that no stretch of it is coded as nothing.
_COARSE = RNG.normal(0, 25, (12, 18, 3)).astype(np.float32)
_GRAIN = RNG.normal(0, 8, (192, 288, 1)).astype(np.float32)
SKIN = (cv2.resize(_COARSE, (288, 192), interpolation=cv2.INTER_CUBIC) + _GRAIN + (190, 140, 120)).clip(0, 255)
SKIN = SKIN.astype(np.uint8)

_KINDS = {
    "baseline": {"subsampling": 2},
    "optimised": {"optimize": True, "subsampling": 0},
    "progressive": {"progressive": True, "subsampling": 2},
    "restarts": {"restart_marker_blocks": 6, "subsampling": 2},
}


def _coded(body: bytes) -> int:
    """Where the coded bytes of the first scan begin."""
    at = body.index(b"\xff\xda")
    return at + 2 + int.from_bytes(body[at + 2 : at + 4], "big")


def _closed_early(body: bytes, share: float) -> bytes:
    at = _coded(body) + int(share * (len(body) - _coded(body)))
    return body[:at].rstrip(b"\xff") + b"\xff\xd9"


def _zeroed(body: bytes, share: float, count: int = 512) -> bytes:
    at = _coded(body) + int(share * (len(body) - _coded(body)))
    count = min(count, len(body) - 2 - at)
    return body[:at].rstrip(b"\xff") + bytes(count) + body[at + count :]


def _cautioned(body: bytes) -> float:
    metadata = photo.read(body).metadata
    assert metadata.missing is not None
    assert any("damaged" in sentence for sentence in photo.cautions(metadata))
    return metadata.missing


@pytest.mark.parametrize("kind", _KINDS)
def test_whole_files_have_no_caution(kind):
    body = jpeg(SKIN, **{"quality": 90, **_KINDS[kind]})
    metadata = photo.read(body).metadata
    assert metadata.missing is None
    assert photo.cautions(metadata) == []


@pytest.mark.parametrize("kind", ["baseline", "optimised", "restarts"])
def test_an_early_end_marker(kind):
    body = jpeg(SKIN, **{"quality": 90, **_KINDS[kind]})
    assert 0.05 < _cautioned(_closed_early(body, 0.9)) < 0.25
    assert 0.2 < _cautioned(_closed_early(body, 0.65)) < 0.5
    assert "most" in refused(_closed_early(body, 0.3), photo.Truncated)
    refused(_closed_early(body, 0.02), photo.Truncated)


@pytest.mark.parametrize("kind", ["baseline", "optimised", "restarts"])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.8])
def test_a_sector_of_zeros(kind, share):
    """Wherever it lies, also where its zeros are valid codes that libjpeg takes without a word."""
    _cautioned(_zeroed(jpeg(SKIN, **{"quality": 90, **_KINDS[kind]}), share))


def test_zeros_to_the_end():
    body = jpeg(SKIN, quality=90)
    refused(_zeroed(body, 0.1, len(body)), photo.Truncated)


def test_changed_bits():
    """What libjpeg notices is said; how often that is depends on the bits."""
    body = jpeg(SKIN, quality=90, optimize=True)
    noticed = 0
    for _ in range(20):
        spoiled = bytearray(body)
        for at in RNG.integers(_coded(body), len(body) - 2, 24):
            if spoiled[at] != 0xFF and spoiled[at] ^ 8 != 0xFF and spoiled[at - 1] != 0xFF:
                spoiled[at] ^= 8
        noticed += photo.read(bytes(spoiled)).metadata.missing is not None
    assert noticed >= 15


def _relabelled(body: bytes, height: int, width: int) -> bytes:
    at = max(body.find(b"\xff\xc0"), body.find(b"\xff\xc2"))
    return body[: at + 5] + struct.pack(">HH", height, width) + body[at + 9 :]


def test_another_size_than_was_coded():
    for options in ({}, {"progressive": True}):
        small = jpeg(SKIN[:64, :64], **options)
        assert "most" in refused(_relabelled(small, 7000, 7000), photo.Truncated)
    assert 0.1 < _cautioned(_relabelled(jpeg(SKIN), 240, 288)) < 0.3


def test_black_borders_and_padding_are_no_damage():
    black = np.zeros((256, 512, 3), np.uint8)
    black[100:140, 200:280] = SKIN[:40, :80]
    for options in ({}, {"optimize": True}, {"progressive": True}, {"optimize": True, "restart_marker_blocks": 8}):
        assert photo.read(jpeg(black, **options)).metadata.missing is None
    body = jpeg(SKIN)
    assert photo.read(body[:-2] + bytes(700) + body[-2:]).metadata.missing is None


def test_scans_that_never_came():
    """A progressive file that was closed between two scans: blurred, without a warning of libjpeg's."""
    body = jpeg(SKIN, progressive=True)
    scans = [at for at in range(len(body) - 1) if body[at : at + 2] == b"\xff\xda"]
    for at in scans[2:]:
        cut = body.rindex(b"\xff\xc4", 0, at) if b"\xff\xc4" in body[scans[1] : at] else at
        _cautioned(body[:cut] + b"\xff\xd9")
    assert len(scans) > 5


def test_inks_and_grey_and_rgb():
    for picture, options in (
        (Image.fromarray(SKIN).convert("CMYK"), {}),
        (Image.fromarray(SKIN).convert("L"), {}),
        (Image.fromarray(SKIN), {"keep_rgb": True}),
    ):
        body = jpeg(picture, quality=90, **options)
        assert photo.read(body).metadata.missing is None
        _cautioned(_closed_early(body, 0.8))
        refused(_closed_early(body, 0.2), photo.Truncated)


def test_inside_dicom_and_tiff():
    body = jpeg(SKIN, quality=90)
    tags: dict[str, Any] = {"syntax": "1.2.840.10008.1.2.4.50", "PhotometricInterpretation": "YBR_FULL_422"}
    assert photo.read(dicom(SKIN, frame=body, **tags)).metadata.missing is None
    _cautioned(dicom(SKIN, frame=_closed_early(body, 0.8), **tags))
    refused(dicom(SKIN, frame=_closed_early(body, 0.2), **tags), photo.Truncated)
    _cautioned(_tiff_around(_closed_early(body, 0.8)))
    refused(_tiff_around(_closed_early(body, 0.2)), photo.Truncated)


def _tiff_around(frame: bytes, size: tuple[int, int] = (288, 192)) -> bytes:
    """One strip of JPEG, YCbCr, little-endian."""
    width, height = size
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 7), (262, 3, 1, 6), (277, 3, 1, 3),
            (278, 4, 1, height), (279, 4, 1, len(frame))]  # fmt: skip
    at = 8 + 2 + 12 * (len(tags) + 1) + 4
    tags.insert(5, (273, 4, 1, at))
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + bytes(4) + frame


@pytest.mark.parametrize("size", [(6000, 6000), (64, 6000), (6000, 64)])
def test_a_tiff_around_a_larger_jpeg_is_refused_by_its_header(size, monkeypatch):
    """400 megapixels behind a header of 64 × 64: the size that is decoded is the one that is checked."""
    monkeypatch.setattr("cf_esrt.photo.formats.tiff._decode", lambda *_: pytest.fail("decoded before the check"))
    body = _tiff_around(_relabelled(jpeg(SKIN[:64, :64]), *size), (64, 64))
    refused_here(body, photo.Truncated)


def test_the_shared_case(shared_data):
    path = shared_data.parent / "cases" / "damaged-cut-and-closed.jpg"
    if not path.is_file():
        pytest.skip(f"the cases are not here: {path}")
    refused(path, photo.Truncated)


def test_tiff_by_tifffile_is_whole():
    for options in ({"tile": (64, 64)}, {"rowsperstrip": 64}, {"subsampling": (2, 2)}):
        assert photo.read(tiff(SKIN, compression="jpeg", **options)).metadata.missing is None
