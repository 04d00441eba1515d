"""HEIC: colours, depths, alpha, turns, colour by numbers, metadata, and a missing package."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from cf_esrt import photo
from cf_esrt.photo.pipeline import read_in_process
from tests.photo.files import PICTURE, exif, heic, jpeg
from tests.photo.test_refusals import check_sentence, refused, refused_here


def test_colour_grey_and_lossy():
    found = photo.read(heic())
    assert found.metadata == photo.PhotoMetadata("HEIC", (56, 40), "RGB", 8, 1, None, False, False, ())
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= 2
    grey = photo.read(heic(PICTURE[..., 0]))
    assert grey.metadata.colour == "grey"
    assert np.abs(grey.pixels[..., 1].astype(int) - PICTURE[..., 0]).max() <= 1
    assert np.abs(photo.read(heic(quality=90, chroma=420)).pixels.astype(int) - PICTURE).mean() < 4


def test_ten_bits_are_rounded():
    deep = (PICTURE.astype(np.uint16) * 4 + 2) << 6  # pillow_heif takes 10 bits from the upper end of 16
    found = photo.read(heic(deep))
    assert found.metadata.bit_depth == 10
    assert np.abs(found.pixels - (deep >> 6) * (255 / 1023)).max() <= 1.6
    white = photo.read(heic(np.full((16, 16, 3), 65535, np.uint16)))
    assert white.pixels.min() >= 254


def test_alpha_is_laid_on_white():
    alpha = np.zeros((40, 56), np.uint8)
    alpha[:, 28:] = 255
    found = photo.read(heic(np.dstack([PICTURE, alpha])))
    assert found.metadata.alpha_flattened
    assert (found.pixels[:, :24] >= 253).all()
    assert np.abs(found.pixels[:, 30:].astype(int) - PICTURE[:, 30:]).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns(orientation):
    reference = photo.read(jpeg(exif=exif(orientation=orientation))).pixels.astype(int)
    found = photo.read(heic(exif=exif(orientation=orientation))).pixels
    assert found.shape == reference.shape
    assert np.abs(found - reference).max() <= 8


def test_metadata_is_named():
    found = photo.read(heic(exif=exif(make="Camera", gps=True), xmp=b"<x/>"))
    assert {"Make", "GPSInfo", "XMP"} <= set(found.metadata.dropped)


def test_colour_by_numbers():
    plain = photo.read(heic()).pixels.astype(int)
    wide = photo.read(heic(color_primaries=12, transfer_characteristics=13))
    assert wide.metadata.icc_profile == "Display P3"
    assert np.abs(wide.pixels - plain).max() > 5
    assert "dynamic" in refused(heic(color_primaries=9, transfer_characteristics=16), photo.Unsupported)


def test_boxes_that_do_not_end_with_the_file():
    body = heic()
    refused(body[:-1], photo.Truncated)
    refused(body[: len(body) // 2], photo.Truncated)
    found = photo.read(body + (16).to_bytes(4, "big") + b"mpvd" + bytes(8))
    assert "data after the picture" in found.metadata.dropped


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "pillow-heif" in refused_here(heic(), photo.Unsupported)
    monkeypatch.undo()
    assert read_in_process(heic(), photo.Limits())


def test_premultiplied_and_wide_pictures_keep_their_size():
    wide = np.asarray(Image.fromarray(PICTURE).resize((301, 33)))
    assert photo.read(heic(wide)).pixels.shape == (33, 301, 3)


def test_another_size_than_was_coded():
    """libheif compares the two itself, and gives up."""
    body = heic()
    at = body.index(b"ispe") + 8
    for size in ((16, 16), (56, 16), (112, 80)):
        lying = body[:at] + b"".join(side.to_bytes(4, "big") for side in size) + body[at + 8 :]
        with pytest.raises(photo.PhotoError) as caught:
            photo.read(lying)
        check_sentence(str(caught.value))
