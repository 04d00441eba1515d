"""DICOM as writers have it: what standard readers show is shown, and no codec decodes another size than was checked."""

from __future__ import annotations

import struct
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset

from cf_esrt import photo
from tests.photo.files import PICTURE, RNG, dicom, jpeg
from tests.photo.test_dicom import ybr
from tests.photo.test_refusals import refused

_ROOT = "1.2.840.10008.1.2."
_GREY = PICTURE[..., 0]
_DEEP = (_GREY.astype(np.uint16) << 4) | 5
_TWELVE: dict[str, Any] = {"BitsStored": 12, "HighBit": 11}


def _lossless(pixels: np.ndarray, marker: bytes = b"") -> bytes:
    frame = bytes(imagecodecs.jpeg8_encode(pixels, lossless=True, colorspace="RGB", outcolorspace="RGB"))
    at = frame.find(b"\xff\xee")
    if at >= 0:  # libjpeg's own marks are taken out
        frame = frame[:at] + frame[at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big") :]
    return frame[:2] + marker + frame[2:]


_JFIF = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\1\0\1\0\0"
_ADOBE = b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\0"


@pytest.mark.parametrize("marker", [b"", _JFIF, _ADOBE], ids=["bare", "jfif", "adobe"])
@pytest.mark.parametrize("syntax", ["4.57", "4.70"])
def test_lossless_jpeg_is_coloured_by_the_label(marker, syntax):
    rgb = dicom(frame=_lossless(PICTURE, marker), syntax=_ROOT + syntax, PhotometricInterpretation="RGB")
    assert np.array_equal(photo.read(rgb).pixels, PICTURE)
    luma = dicom(frame=_lossless(ybr(PICTURE), marker), syntax=_ROOT + syntax, PhotometricInterpretation="YBR_FULL")
    assert np.abs(photo.read(luma).pixels.astype(int) - PICTURE).max() <= 2


def test_lossless_grey_of_more_than_eight_bits():
    frame = bytes(imagecodecs.jpeg8_encode(_DEEP, lossless=True, bitspersample=12))
    found = photo.read(dicom(_DEEP, frame=frame, syntax=f"{_ROOT}4.70", **_TWELVE, WindowCenter=2048, WindowWidth=4096))
    assert np.abs(found.pixels[..., 0] - _DEEP / 4095 * 255).max() < 1


def test_a_jpeg_labelled_rgb_with_subsampled_components_is_ycbcr():
    frame = jpeg(subsampling=2)
    at = frame.index(b"\xff\xe0")
    frame = frame[:at] + frame[at + 18 :]
    found = photo.read(dicom(frame=frame, syntax=f"{_ROOT}4.50", PhotometricInterpretation="RGB"))
    assert np.abs(found.pixels.astype(int) - photo.read(jpeg(subsampling=2)).pixels).max() <= 2


@pytest.mark.parametrize("frames", [0, -1, ""])
def test_no_number_of_frames_is_one_frame(frames):
    found = photo.read(dicom(NumberOfFrames=frames))
    assert np.array_equal(found.pixels, PICTURE)
    assert found.metadata.frames == 1
    packed = photo.read(dicom(frame=jpeg(), syntax=f"{_ROOT}4.50", NumberOfFrames=frames))
    assert packed.metadata.frames == 1


@pytest.mark.parametrize(
    "window", [{"WindowWidth": 0}, {"WindowWidth": -5}, {"WindowWidth": 0, "VOILUTFunction": "SIGMOID"}, {}], ids=str
)
def test_a_window_without_width_is_none(window):
    """As for a file without one: eight bits as they are, more of them stretched and said."""
    assert np.array_equal(photo.read(dicom(_GREY, WindowCenter=1, **window)).pixels[..., 0], _GREY)
    deep = photo.read(dicom(_DEEP, **_TWELVE, WindowCenter=1, **window))
    assert (deep.pixels.min(), deep.pixels.max(), deep.metadata.stretched) == (0, 255, True)
    assert any("no usable grey window" in line for line in photo.cautions(deep.metadata))


@pytest.mark.parametrize("where", ["PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"])
def test_windows_and_slopes_in_functional_groups(where):
    window, values, measures, group = Dataset(), Dataset(), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = 4096, 8192
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 2, 0, "US"
    measures.PixelSpacing = [0.5, 0.25]
    group.FrameVOILUTSequence, group.PixelValueTransformationSequence = [window], [values]
    group.PixelMeasuresSequence = [measures]
    groups: dict[str, Any] = {where: [group]}
    found = photo.read(dicom(_DEEP, **_TWELVE, **groups))
    assert not found.metadata.stretched
    assert found.pixels.shape == (80, 56, 3)
    assert np.abs(np.sort(found.pixels[..., 0].ravel())[[0, -1]] - [_DEEP.min() / 16, _DEEP.max() / 16]).max() <= 1.5


@pytest.mark.parametrize(
    ("tags", "shape"),
    [
        ({"PixelAspectRatio": [2, 1]}, (80, 56)),
        ({"PixelAspectRatio": [3, 4]}, (40, 75)),
        ({"PixelAspectRatio": [1, 1]}, (40, 56)),
        ({"PixelAspectRatio": [0, 1]}, (40, 56)),
        ({"PixelSpacing": [0.1, 0.2]}, (40, 112)),
        ({"PixelSpacing": [0.2, 0.2], "PixelAspectRatio": [2, 1]}, (40, 56)),
        ({"ImagerPixelSpacing": [0.3, 0.2]}, (60, 56)),
        ({"NominalScannedPixelSpacing": [0.3, 0.2]}, (60, 56)),
    ],
    ids=str,
)
def test_pixels_become_square(tags, shape):
    found = photo.read(dicom(**tags))
    assert found.pixels.shape[:2] == shape
    assert found.metadata.original_size == (56, 40)
    said = any("square" in line for line in photo.cautions(found.metadata))
    assert said == (shape != (40, 56))


def test_pixels_of_absurd_proportions():
    refused(dicom(PixelAspectRatio=[60000, 1]), photo.TooLarge, max_pixels=1_000_000)
    refused(dicom(PixelSpacing=["1e-300", "1e300"]), photo.TooLarge)


def _palette(words: np.ndarray, stated: int, first: int = 0) -> dict[str, Any]:
    tags: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for channel, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [len(words) % 65536, first, stated]
        tags[f"{name}PaletteColorLookupTableData"] = words[:, channel].tobytes()
    return tags


_COLOURS = RNG.integers(0, 256, (200, 3)).astype("<u2")
_COLOURS[0] = 255


@pytest.mark.parametrize("stated", [8, 16])
@pytest.mark.parametrize("shift", [0, 8])
def test_a_palette_of_eight_bits_in_words(stated, shift):
    """In the lower half whatever is stated, or in the upper one: bright colours do not turn black."""
    index = RNG.integers(0, 200, (24, 32)).astype(np.uint8)
    found = photo.read(dicom(index, **_palette(_COLOURS << shift, stated)))
    assert np.abs(found.pixels - _COLOURS[index].astype(int)).max() <= 1


def test_a_palette_of_few_colours_far_up():
    """Codes before the first one mapped and behind the last take these; 16-bit codes do not wrap."""
    index = np.full((24, 32), 1000, np.uint16)
    index[0, :3] = 10, 1150, 5000
    colours = np.arange(600, dtype="<u2").reshape(200, 3) % 256
    found = photo.read(dicom(index, **_palette(colours, 8, first=1000)))
    assert found.pixels[0, :3].tolist() == [colours[0].tolist(), colours[150].tolist(), colours[199].tolist()]
    assert found.pixels[5, 5].tolist() == colours[0].tolist()
    eight = photo.read(dicom(index, **_palette(colours.astype(np.uint8), 8, first=1000)))
    assert np.array_equal(eight.pixels, found.pixels)


def _table(entries: list[int] | bytes, stated: int, count: int = 256) -> dict[str, Any]:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [count, 0, stated], entries
    item["LUTDescriptor"].VR = "US"
    item["LUTData"].VR = "OW" if isinstance(entries, bytes) else "US"
    return {"VOILUTSequence": [item]}


_HALF = [255 - value // 2 for value in range(256)]


@pytest.mark.parametrize(
    "table",
    [
        _table(_HALF, 8),
        _table(_HALF, 16),
        _table(np.array(_HALF, "<u2").tobytes(), 8),
        _table(np.array(_HALF, "<u2").tobytes(), 16),
        _table(bytes(_HALF), 8),
        _table([low | high << 8 for low, high in zip(_HALF[::2], _HALF[1::2], strict=True)], 8),
        _table([value << 8 for value in _HALF], 8),
        _table([value * 257 for value in _HALF], 16),
    ],
    ids=["us-8", "us-16", "ow-8", "ow-16", "packed-bytes", "packed-words", "upper-half", "sixteen"],
)
def test_a_lookup_table_of_eight_bits(table):
    assert np.array_equal(photo.read(dicom(_GREY, **table)).pixels[..., 0], np.array(_HALF)[_GREY])


def test_a_table_with_too_few_entries():
    refused(dicom(_GREY, **_table(_HALF[:20], 8)), photo.NotAnImage)


def _jpeg_2000(pixels: np.ndarray, wrapped: bool) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(pixels, codecformat="jp2" if wrapped else "j2k", reversible=True, level=0))


def test_a_jpeg_2000_file_instead_of_its_stream():
    tags: dict[str, Any] = {"syntax": f"{_ROOT}4.90", "PhotometricInterpretation": "YBR_RCT"}
    assert np.array_equal(photo.read(dicom(frame=_jpeg_2000(PICTURE, True), **tags)).pixels, PICTURE)


_LARGE = np.zeros((300, 400, 3), np.uint8)


def test_lying_jpeg_2000_headers():
    """A second SIZ in the wrapping, or a first one in a comment, promises the admitted size."""
    small, large = _jpeg_2000(PICTURE, False)[2:60], _jpeg_2000(_LARGE, True)
    at = large.index(b"jp2h") - 4
    box = struct.pack(">I4s", 8 + len(small), b"free") + small
    tags: dict[str, Any] = {"syntax": f"{_ROOT}4.90", "PhotometricInterpretation": "YBR_RCT"}
    refused(dicom(frame=large[:at] + box + large[at:], **tags), photo.NotAnImage)
    bare = _jpeg_2000(_LARGE, False)
    refused(dicom(frame=bare, **tags), photo.NotAnImage)
    comment = b"\xff\x64" + struct.pack(">HH", 4 + len(small), 0) + small
    refused(dicom(frame=bare[:2] + comment + bare[2:], **tags), photo.NotAnImage)
    refused(dicom(_GREY, frame=_jpeg_2000(PICTURE, False), syntax=f"{_ROOT}4.90"), photo.NotAnImage)


def test_lying_jpeg_ls_headers():
    small = bytes(imagecodecs.jpegls_encode(PICTURE))
    large = bytes(imagecodecs.jpegls_encode(_LARGE))
    at = small.index(b"\xff\xf7")
    frame = small[at : at + 2 + int.from_bytes(small[at + 2 : at + 4], "big")]
    comment = b"\xff\xfe" + struct.pack(">H", 2 + len(frame)) + frame
    tags: dict[str, Any] = {"syntax": f"{_ROOT}4.80"}
    assert np.array_equal(photo.read(dicom(frame=small[:2] + comment + small[2:], **tags)).pixels, PICTURE)
    refused(dicom(frame=large[:2] + comment + large[2:], **tags), photo.NotAnImage)
    refused(dicom(frame=large[:2] + frame + large[2:], **tags), photo.NotAnImage)
    oversize = b"\xff\xf8" + struct.pack(">HBBII", 12, 4, 4, 300, 400)
    refused(dicom(frame=small[:2] + oversize + small[2:], **tags), photo.NotAnImage)


def test_lying_jpeg_headers():
    body = jpeg(PICTURE)
    at = body.index(b"\xff\xc0")
    frame = body[at : at + 2 + int.from_bytes(body[at + 2 : at + 4], "big")]
    larger = frame[:5] + struct.pack(">HH", 3000, 3000) + frame[9:]
    for doubled in (larger + frame, frame + larger):
        lying = body[:at] + doubled + body[at + len(frame) :]
        refused(lying, photo.Truncated)
        refused(dicom(frame=lying, syntax=f"{_ROOT}4.50"), photo.Truncated)
