"""TIFF: compressions, layouts, depths, alpha, orientation, metadata, and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from cf_esrt import photo
from tests.photo.files import PICTURE, encoded, exif, tiff
from tests.photo.test_refusals import refused

_WIDE = PICTURE.astype(np.uint16) * 257 - 100


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "lzw"},
        {"compression": "zlib", "predictor": True},
        {"compression": "packbits"},
        {"tile": (16, 32)},
        {"rowsperstrip": 7},
        {"bigtiff": True},
        {"byteorder": ">"},
    ],
    ids=str,
)
def test_layouts(options):
    found = photo.read(tiff(**options))
    assert np.array_equal(found.pixels, PICTURE)
    dropped = found.metadata.dropped
    assert found.metadata == photo.PhotoMetadata("TIFF", (56, 40), "RGB", 8, 1, None, False, False, dropped)


def test_planes():
    for pixels in (PICTURE, _WIDE):
        body = tiff(np.moveaxis(pixels, -1, 0), planarconfig="separate")
        assert np.array_equal(photo.read(body).pixels, np.rint(pixels / (257 if pixels is _WIDE else 1)))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_inside(mode):
    picture = Image.fromarray(PICTURE).convert(mode)
    found = photo.read(encoded(picture, "TIFF", compression="jpeg", quality=97))
    assert np.abs(found.pixels.astype(int) - np.array(picture.convert("RGB"))).max() <= 8


def test_subsampled_jpeg_inside():
    body = tiff(compression="jpeg", subsampling=(2, 2), compressionargs={"level": 97})
    assert np.abs(photo.read(body).pixels.astype(int) - PICTURE).mean() < 3


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_are_rounded(order):
    found = photo.read(tiff(_WIDE, byteorder=order))
    assert found.metadata.bit_depth == 16
    assert np.array_equal(found.pixels, np.rint(_WIDE / 257))


def test_grey_bilevel_palette_and_white_is_zero():
    grey = PICTURE[..., 0]
    assert np.array_equal(photo.read(tiff(grey, photometric="minisblack")).pixels[..., 2], grey)
    assert np.array_equal(photo.read(tiff(grey, photometric="miniswhite")).pixels[..., 2], 255 - grey)
    wide = photo.read(tiff(_WIDE[..., 0], photometric="miniswhite"))
    assert np.array_equal(wide.pixels[..., 0], np.rint((65535 - _WIDE[..., 0]) / 257))
    assert wide.metadata.colour == "grey"
    lines = photo.read(encoded(Image.fromarray(grey > 128), "TIFF"))
    assert np.array_equal(lines.pixels[..., 0], np.where(grey > 128, 255, 0))
    few = Image.fromarray(PICTURE).convert("P")
    assert np.array_equal(photo.read(encoded(few, "TIFF")).pixels, np.array(few.convert("RGB")))


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha", "unspecified"])
def test_a_fourth_channel(kind):
    """Plain alpha is laid on white, multiplied alpha is not multiplied again, an unstated channel is no alpha."""
    alpha = np.linspace(0, 255, 56).astype(np.uint8)[None].repeat(40, 0)
    share = alpha[..., None] / 255
    stored = np.rint(PICTURE * share).astype(np.uint8) if kind == "assocalpha" else PICTURE
    found = photo.read(tiff(np.dstack([stored, alpha]), extrasamples=[kind]))
    expected = PICTURE if kind == "unspecified" else PICTURE * share + 255 * (1 - share)
    assert np.abs(found.pixels - expected).max() <= 1
    assert found.metadata.alpha_flattened == (kind != "unspecified")


def test_grey_with_alpha():
    grey = np.dstack([PICTURE[..., 0], np.zeros((40, 56), np.uint8)])
    options = {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": ["unassalpha"]}
    assert (photo.read(tiff(grey, **options)).pixels == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation):
    reference = photo.read(encoded(Image.fromarray(PICTURE), "PNG", exif=exif(orientation=orientation)))
    found = photo.read(tiff(extratags=[(274, "H", 1, orientation, True)]))
    assert np.array_equal(found.pixels, reference.pixels)
    assert found.metadata.orientation == orientation


def test_first_of_several_pages():
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(PICTURE, photometric="rgb")
        file.write(255 - PICTURE[:20], photometric="rgb")
    found = photo.read(buffer.getvalue())
    assert np.array_equal(found.pixels, PICTURE)
    assert found.metadata.frames == 2
    assert any("2 pictures" in sentence for sentence in photo.cautions(found.metadata))


def test_metadata_is_named():
    body = encoded(Image.fromarray(PICTURE), "TIFF", exif=exif(make="Somebody", gps=True))
    dropped = photo.read(body).metadata.dropped
    assert {"Make", "GPSInfo"} <= set(dropped)
    assert "ImageWidth" not in dropped
    assert "Somebody" not in str(dropped)


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (lambda: tiff(PICTURE.astype(np.float32)), "samples"),
        (lambda: tiff(PICTURE.astype(np.uint32)), "samples"),
        (lambda: tiff(PICTURE.astype(np.int16)), "samples"),
        (lambda: tiff(compression="zstd"), "compressed"),
        (lambda: tiff(np.dstack([PICTURE, PICTURE]), photometric="rgb", extrasamples=[0, 0, 0]), "channels"),
        (lambda: encoded(Image.fromarray(PICTURE).convert("LAB"), "TIFF"), "colour"),
        (lambda: tiff(extratags=[(50706, "B", 4, b"\1\4\0\0", True)]), "Raw"),
    ],
)
def test_what_is_unsupported(body, about):
    assert about in refused(body(), photo.Unsupported)


def test_a_strip_outside_the_file():
    body = tiff(rowsperstrip=8)
    refused(body[:-200], photo.Truncated)
