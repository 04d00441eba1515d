"""What is refused, by kind, each with one sentence, and never with another exception."""

from __future__ import annotations

import os
import zlib

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from cf_esrt.photo.pipeline import read_in_process
from tests.photo.files import PICTURE, dicom, exif, heic, jpeg, png, png_chunk, tiff, webp

ALL = [jpeg, png, webp, tiff, heic, dicom]


def refused(source, kind: type[photo.PhotoError], **limits: int) -> str:
    with pytest.raises(photo.PhotoError) as caught:
        photo.read(source, limits=photo.Limits(**limits))
    return checked(caught.value, kind)


def refused_here(source: bytes, kind: type[photo.PhotoError], **limits: int) -> str:
    """In this process, where its parts can be replaced."""
    with pytest.raises(photo.PhotoError) as caught:
        read_in_process(source, photo.Limits(**limits))
    return checked(caught.value, kind)


def checked(error: photo.PhotoError, kind: type[photo.PhotoError]) -> str:
    sentence = str(error)
    assert type(error) is kind, sentence
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


@pytest.mark.parametrize("make", ALL)
def test_pixel_limits(make, monkeypatch):
    assert photo.read(make(), limits=photo.Limits(max_pixels=56 * 40, min_side=40))
    # another decoder would refuse these bytes: it must not be reached
    for place in ("plain.cv2.imdecode", "heic._decode", "tiff._decode", "dicom_pixels.decode_dicom"):
        monkeypatch.setattr(f"cf_esrt.photo.formats.{place}", lambda *_: pytest.fail("decoded before the check"))
    assert "megapixels" in refused_here(make(), photo.TooLarge, max_pixels=56 * 40 - 1)
    assert "56 × 40" in refused_here(make(), photo.TooSmall, min_side=41)


def test_a_bomb_is_refused_by_its_header():
    rows = zlib.compress(bytes(10_000))
    header = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    refused(bomb, photo.TooLarge)
    extended = bytearray(webp(np.dstack([PICTURE, PICTURE[..., :1]]), exif=exif(orientation=1)))
    assert extended[12:16] == b"VP8X"
    extended[24:30] = b"\xfe\x3f\x00\xfe\x3f\x00"
    refused(bytes(extended), photo.TooLarge)


@pytest.mark.parametrize("make", ALL)
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
        (b"\0\0\0\x18ftypavif", "AVIF"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftyphevc", "HEIC video"),
        (b"%PDF-1.7", "PDF"),
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


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"x",
        b"hello" * 50,
        bytes(500),
        b"RIFF",
        b"\0\0\0\x18ftypisom" + bytes(50),
        b"II*\0" + bytes(60),
        bytes(128) + b"DICM" + bytes(60),
        b"\0\0\0\x18ftypheic" + bytes(16) + b"\0\0\0\x08meta",
    ],
)
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
