"""Every format, orientation, depth and colour that is read, and the metadata that is reported."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from cf_esrt import photo
from tests.photo.files import PICTURE, RNG, encoded, exif, jpeg, png, png_by_hand, png_chunk, webp


@pytest.mark.parametrize(("make", "kind", "tolerance"), [(jpeg, "JPEG", 4), (png, "PNG", 0), (webp, "WebP", 0)])
def test_each_format(make, kind, tolerance):
    found = photo.read(make())
    quality = 97 if kind == "JPEG" else None
    expected = photo.PhotoMetadata(kind, (56, 40), "RGB", 8, 1, None, False, False, (), jpeg_quality=quality)
    assert found.metadata == expected
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    assert found.pixels.flags.owndata
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= tolerance


def test_lossy_webp_progressive_jpeg_and_interlaced_png():
    assert np.abs(photo.read(webp(lossless=False, quality=95)).pixels.astype(int) - PICTURE).mean() < 3
    assert np.abs(photo.read(jpeg(progressive=True)).pixels.astype(int) - PICTURE).max() <= 4
    assert np.abs(photo.read(jpeg(restart_marker_blocks=2)).pixels.astype(int) - PICTURE).max() <= 4


@pytest.mark.parametrize("wrap", [str, lambda path: path], ids=["str", "path"])
def test_paths(tmp_path, wrap):
    (tmp_path / "lesion.jpg").write_bytes(png())  # the content counts, not the name
    assert photo.read(wrap(tmp_path / "lesion.jpg")).metadata.format == "PNG"
    assert np.array_equal(photo.read(bytearray(png())).pixels, PICTURE)


# What a viewer must do to show each orientation upright, by Pillow's own names for the operations.
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [jpeg, png, webp])
def test_each_orientation(make, orientation):
    plain = photo.read(make()).pixels
    turned = photo.read(make(exif=exif(orientation=orientation)))
    expected = Image.fromarray(plain)
    if orientation in _TURNS:
        expected = expected.transpose(Image.Transpose(_TURNS[orientation]))
    assert np.array_equal(turned.pixels, np.array(expected))
    assert turned.metadata.orientation == orientation
    assert turned.metadata.original_size == (56, 40)
    assert turned.pixels.flags.c_contiguous
    assert turned.pixels.flags.owndata


def test_orientation_behind_the_pixels_of_a_png():
    body = png()
    late = body[:-12] + png_chunk(b"eXIf", exif(orientation=6)[6:]) + body[-12:]
    assert photo.read(late).pixels.shape == (56, 40, 3)


@pytest.mark.parametrize(
    "bad", [exif(orientation=0), exif(orientation=99), b"Exif\0\0rubbish", b"Exif\0\0II*\0\xff\xff\xff\xff"]
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_bad_exif_costs_nobody_the_photograph(bad):
    found = photo.read(jpeg(exif=bad))
    assert found.metadata.orientation == 1
    assert found.pixels.shape == PICTURE.shape


def test_grey():
    grey = PICTURE[..., 0]
    for body in (png(grey), png(Image.fromarray(grey > 128)), jpeg(grey)):
        found = photo.read(body)
        assert found.metadata.colour == "grey"
        assert np.ptp(found.pixels, axis=-1).max() == 0
    assert np.array_equal(photo.read(png(grey)).pixels[..., 0], grey)


def test_palette():
    picture = Image.fromarray(PICTURE).convert("P")
    assert np.array_equal(photo.read(png(picture)).pixels, np.array(picture.convert("RGB")))


def test_sixteen_bits_are_rounded():
    values = np.array([0, 1, 127, 128, 129, 257, 385, 386, 32767, 32768, 65406, 65407, 65534, 65535], np.uint16)
    rows = np.tile(np.resize(values, 16), (8, 1))
    grey = photo.read(png_by_hand(16, 8, 16, 0, [row.astype(">u2").tobytes() for row in rows]))
    assert grey.metadata.bit_depth == 16
    assert grey.metadata.colour == "grey"
    assert np.array_equal(grey.pixels[..., 1], np.rint(rows / 257))
    colours = RNG.integers(0, 65536, (8, 16, 3), dtype=np.uint16)
    colour = photo.read(png_by_hand(16, 8, 16, 2, [row.astype(">u2").tobytes() for row in colours]))
    assert colour.metadata.bit_depth == 16
    assert np.array_equal(colour.pixels, np.rint(colours / 257))


@pytest.mark.parametrize("make", [png, webp])
def test_alpha_is_laid_on_white(make):
    alpha = RNG.integers(0, 256, PICTURE.shape[:2], dtype=np.uint8)
    alpha[0, :3] = 0, 255, 128
    found = photo.read(make(np.dstack([PICTURE, alpha])))
    share = alpha[..., None] / 255
    assert found.metadata.alpha_flattened
    assert np.array_equal(found.pixels, np.rint(PICTURE * share + 255 * (1 - share)))
    assert found.pixels[0, 0].tolist() == [255, 255, 255]
    assert np.array_equal(found.pixels[0, 1], PICTURE[0, 1])


def test_opaque_alpha_changes_nothing_and_tall_pictures_are_flattened_to_the_end():
    opaque = photo.read(png(np.dstack([PICTURE, np.full(PICTURE.shape[:2], 255, np.uint8)])))
    assert np.array_equal(opaque.pixels, PICTURE)
    assert not opaque.metadata.alpha_flattened
    tall = np.zeros((700, 9, 4), np.uint8)
    assert (photo.read(png(tall)).pixels == 255).all()
    grey_alpha = photo.read(encoded(Image.new("LA", (9, 9), (10, 0)), "PNG"))
    assert (grey_alpha.pixels == 255).all()
    assert grey_alpha.metadata.colour == "grey"


def test_cmyk_jpeg_is_read_with_its_colours():
    found = photo.read(jpeg(Image.fromarray(PICTURE).convert("CMYK")))
    assert found.metadata.colour == "CMYK"
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= 6


def test_metadata_is_named_and_dropped():
    body = jpeg(exif=exif(make="Camera", gps=True, orientation=1), comment=b"hello", xmp=b"<x/>")
    dropped = photo.read(body + b"MOTION").metadata.dropped
    assert {"GPSInfo", "Make", "Orientation", "comment", "XMP", "data after the picture"} == set(dropped)
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    assert photo.read(png(pnginfo=text)).metadata.dropped == ("PNG text",)
