"""What is refused, by kind, each with one sentence, and never with another exception."""

from __future__ import annotations

import os
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cf_esrt import photo
from tests.photo.files import P3_TO_XYZ_D50, PICTURE, exif, jpeg, matrix_profile, png, png_chunk, webp


def refused(source, kind: type[photo.PhotoError], **limits: int) -> str:
    with pytest.raises(photo.PhotoError) as caught:
        photo.read(source, limits=photo.Limits(**limits))
    sentence = str(caught.value)
    assert type(caught.value) is kind, sentence
    check_sentence(sentence)
    return sentence


def check_sentence(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_byte_cap(tmp_path):
    body = png()
    assert photo.read(body, limits=photo.Limits(max_bytes=len(body)))
    refused(body, photo.TooLarge, max_bytes=len(body) - 1)
    (tmp_path / "a.png").write_bytes(body)
    refused(tmp_path / "a.png", photo.TooLarge, max_bytes=len(body) - 1)


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_pixel_limits(make, monkeypatch):
    assert photo.read(make(), limits=photo.Limits(max_pixels=56 * 40, min_side=40))
    monkeypatch.setattr("cf_esrt.photo.reader.decode", lambda *_: pytest.fail("decoded before the check"))
    assert "megapixels" in refused(make(), photo.TooLarge, max_pixels=56 * 40 - 1)
    assert "56 × 40" in refused(make(), photo.TooSmall, min_side=41)


def test_a_bomb_is_refused_by_its_header():
    rows = zlib.compress(bytes(10_000))
    header = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    refused(bomb, photo.TooLarge)
    extended = bytearray(webp(np.dstack([PICTURE, PICTURE[..., :1]]), exif=exif(orientation=1)))
    assert extended[12:16] == b"VP8X"
    extended[24:30] = b"\xfe\x3f\x00\xfe\x3f\x00"
    refused(bytes(extended), photo.TooLarge)


@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_files_cut_anywhere(make):
    body = make()
    for end in [*range(1, 40), *range(40, len(body), 97), len(body) - 1]:
        with pytest.raises(photo.PhotoError):
            photo.read(body[:end])
    refused(body[: len(body) * 2 // 3], photo.Truncated)
    refused(body[:-1], photo.Truncated)


def test_a_thumbnail_in_the_header_is_not_taken_for_the_end():
    thumbnail = b"Exif\0\0" + jpeg(PICTURE[:16, :16])
    whole = jpeg(exif=thumbnail)
    assert photo.read(whole)
    refused(whole[:-40], photo.Truncated)


def test_cut_and_filled_with_zeros():
    body = jpeg()
    refused(body[: len(body) // 2] + bytes(len(body)), photo.Truncated)


def test_changed_png_bytes_are_noticed():
    body = bytearray(png())
    body[len(body) // 2] ^= 0x40
    assert "damaged" in refused(bytes(body), photo.Truncated)


@pytest.mark.parametrize(
    ("magic", "name"),
    [
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypmif1", "HEIC"),
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"GIF89a", "GIF"),
    ],
)
def test_unsupported_kinds_are_named(magic, name):
    sentence = refused(magic + bytes(100), photo.Unsupported)
    assert sentence.startswith(name)
    assert "unsupported" in sentence


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_moving_pictures_are_unsupported(kind, tmp_path):
    frames = [Image.fromarray(PICTURE), Image.fromarray(255 - PICTURE)]
    frames[0].save(tmp_path / "moving", kind, save_all=True, append_images=frames[1:])
    assert "unsupported" in refused(tmp_path / "moving", photo.Unsupported)


@pytest.mark.parametrize("rubbish", [b"", b"x", b"hello" * 50, bytes(500), b"\0\0\0\x18ftypisom" + bytes(50)])
def test_rubbish(rubbish):
    refused(rubbish, photo.NotAnImage)


def test_a_jpeg_of_endless_scans():
    body = jpeg(progressive=True)
    scan = body.index(b"\xff\xda")
    refused(body[:scan] + b"\xff\xda\x00\x02" * 200 + b"\xff\xd9", photo.Unsupported)


def test_unreadable_paths(tmp_path):
    assert "no such file" in refused(tmp_path / "absent.png", photo.PhotoError)
    assert "directory" in refused(tmp_path, photo.PhotoError)
    refused("nul\0byte.png", photo.PhotoError)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
        refused(tmp_path / "pipe", photo.PhotoError)
    assert str(tmp_path) not in refused(tmp_path / "absent.png", photo.PhotoError)


_WHOLE = [
    jpeg(
        exif=exif(orientation=6, make="Camera", gps=True),
        icc_profile=matrix_profile("P3", P3_TO_XYZ_D50, 2.2),
    ),
    jpeg(PICTURE[..., 0], progressive=True),
    jpeg(Image.fromarray(PICTURE).convert("CMYK")),
    png(np.dstack([PICTURE, PICTURE[..., :1]]), exif=exif(orientation=3)),
    png(Image.fromarray(PICTURE).convert("P"), icc_profile=matrix_profile("P3", P3_TO_XYZ_D50, 2.2)),
    webp(exif=exif(orientation=8), icc_profile=matrix_profile("P3", P3_TO_XYZ_D50, 2.2)),
    webp(np.dstack([PICTURE, PICTURE[..., :1]]), lossless=False),
]


def _with_good_checksums(body: bytes) -> bytes:
    """Repair a PNG's checksums after a mutation, so that what lies behind them is tried too."""
    out, at = body[:8], 8
    while at + 12 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        if at + 12 + length > len(body):
            break
        out += png_chunk(body[at + 4 : at + 8], body[at + 8 : at + 8 + length])
        at += 12 + length
    return out + body[at:]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.integers(0, len(_WHOLE) - 1),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=6),
    early=st.booleans(),
    repair=st.booleans(),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_mutated_files_give_a_photo_or_a_photo_error(which, changes, early, repair, cut):
    body = bytearray(_WHOLE[which])
    span = min(len(body), 700) if early else len(body)  # headers are where the trouble is
    for where, value in changes:
        at = int(where * span)
        body[at : at + len(value)] = value
    if cut is not None:
        body = body[: int(cut * len(body))]
    data = _with_good_checksums(bytes(body)) if repair and body[:4] == b"\x89PNG" else bytes(body)
    try:
        found = photo.read(data, limits=photo.Limits(max_pixels=1_000_000))
    except photo.PhotoError as error:
        check_sentence(str(error))
    else:
        assert found.pixels.dtype == np.uint8
        assert found.pixels.shape[2:] == (3,)
