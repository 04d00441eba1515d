"""DICOM: object classes, photometric interpretations, depths, windows, compressions, and nothing of the patient."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.data.data_manager import DATA_ROOT
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import RLELossless

from cf_esrt import photo
from tests.photo.files import PATIENT, PICTURE, RNG, dicom, jpeg
from tests.photo.test_refusals import refused, refused_here

_ROOT = "1.2.840.10008.1.2."
_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_GREY = PICTURE[..., 0]
_AS_RGB: Any = {"colorspace": "RGB", "outcolorspace": "RGB"}


def ybr(pixels: np.ndarray) -> np.ndarray:
    """PS3.3 C.7.6.3.1.2, written out."""
    matrix = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    return np.rint(pixels @ matrix.T + (0, 128, 128)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "sop_class",
    ["1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.77.1.7", _CAPTURE, f"{_CAPTURE}.2", f"{_CAPTURE}.4"],
)
def test_classes(sop_class):
    found = photo.read(dicom(SOPClassUID=sop_class))
    assert np.array_equal(found.pixels, PICTURE)
    assert (found.metadata.format, found.metadata.colour, found.metadata.bit_depth) == ("DICOM", "RGB", 8)


@pytest.mark.parametrize("sop_class", ["1.2.840.10008.5.1.4.1.1.2", "1.2.3", ""])
def test_other_classes_are_unsupported(sop_class):
    refused(dicom(SOPClassUID=sop_class or "1.9"), photo.Unsupported)


def test_nothing_of_the_patient_is_kept():
    inner = Dataset()
    inner.OperatorsName = PATIENT
    body = dicom(RequestAttributesSequence=[inner], BurnedInAnnotation="YES", LossyImageCompression="01")
    found = photo.read(body)
    text = repr(found.metadata) + repr(photo.dropped_metadata(found.metadata)) + repr(photo.cautions(found.metadata))
    for value in ("Nobody", "4711", "19700101", "Clinic", "1.2.3.4"):
        assert value not in text
    assert "DICOM OperatorsName" in found.metadata.dropped
    assert photo.dropped_metadata(found.metadata)[:2] == ["patient's name (DICOM)", "patient's number (DICOM)"]
    assert found.metadata.burned_in is True
    assert found.metadata.lossy is True
    assert "burned" in photo.cautions(found.metadata)[0]
    assert photo.read(dicom(BurnedInAnnotation="NO")).metadata.burned_in is False
    silent = photo.read(dicom()).metadata
    assert silent.burned_in is None
    assert "does not say" in photo.cautions(silent)[0]


def test_the_reference_is_kept_only_when_asked_for():
    assert photo.read(dicom()).metadata.reference is None
    kept = photo.read(dicom(), keep_reference=True).metadata.reference
    assert kept == photo.DicomReference("1.2.840.10008.5.1.4.1.1.77.1.7", "1.2.3.4")


def test_monochrome():
    assert np.array_equal(photo.read(dicom(_GREY)).pixels[..., 1], _GREY)
    inverted = photo.read(dicom(_GREY, PhotometricInterpretation="MONOCHROME1"))
    assert np.array_equal(inverted.pixels[..., 1], 255 - _GREY)
    assert inverted.metadata.colour == "grey"


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_deep_grey_is_windowed_with_rounding(bits):
    stored = RNG.integers(0, 1 << bits, (16, 24)).astype(np.uint16)
    width = (1 << bits) - 1
    tags = {"BitsStored": bits, "HighBit": bits - 1}
    # LINEAR_EXACT over the full range is the plain reduction
    full = dicom(stored, **tags, WindowCenter=width / 2, WindowWidth=width, VOILUTFunction="LINEAR_EXACT")
    assert np.array_equal(photo.read(full).pixels[..., 0], np.floor(stored * (255 / width) + 0.5))
    linear = photo.read(dicom(stored, **tags, WindowCenter=300, WindowWidth=201))
    expected = np.floor(255 * ((stored - 299.5) / 200 + 0.5).clip(0, 1) + 0.5)
    assert np.array_equal(linear.pixels[..., 0], expected)
    assert not linear.metadata.stretched
    sigmoid = photo.read(dicom(stored, **tags, WindowCenter=300, WindowWidth=200, VOILUTFunction="SIGMOID"))
    assert np.abs(sigmoid.pixels[..., 0] - 255 / (1 + np.exp(-4 * (stored - 300.0) / 200))).max() <= 0.51
    bare = photo.read(dicom(stored, **tags))
    assert (bare.pixels.min(), bare.pixels.max()) == (0, 255)
    assert bare.metadata.stretched
    assert bare.metadata.bit_depth == bits


def test_signed_rescaled_and_dirty_upper_bits():
    stored = RNG.integers(-2048, 2048, (16, 24)).astype(np.int16)
    tags = {"BitsStored": 12, "HighBit": 11, "RescaleSlope": 2, "RescaleIntercept": 100}
    window = {"WindowCenter": 100, "WindowWidth": 4000, "VOILUTFunction": "LINEAR_EXACT"}
    expected = np.floor(255 * ((stored * 2.0) / 4000 + 0.5).clip(0, 1) + 0.5)
    assert np.array_equal(photo.read(dicom(stored, **tags, **window)).pixels[..., 0], expected)
    dirty = (stored & 0x0FFF) | np.int16(0x5000)
    assert np.array_equal(photo.read(dicom(dirty, **tags, **window)).pixels[..., 0], expected)


def test_a_falling_rescale_and_a_lookup_table():
    falling = photo.read(dicom(_GREY, RescaleSlope=-1, RescaleIntercept=255))
    assert np.array_equal(falling.pixels[..., 0], 255 - _GREY)
    table = Dataset()
    table.LUTDescriptor = [256, 0, 8]
    table.LUTData = [255 - value // 2 for value in range(256)]
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    looked = photo.read(dicom(_GREY, VOILUTSequence=[table]))
    assert np.array_equal(looked.pixels[..., 0], 255 - _GREY // 2)


def test_colour_layouts():
    planes = np.moveaxis(PICTURE, -1, 0)
    assert np.array_equal(
        photo.read(dicom(PlanarConfiguration=1, PixelData=np.ascontiguousarray(planes).tobytes())).pixels, PICTURE
    )
    wide = PICTURE.astype(np.uint16) * 257 - 100
    found = photo.read(dicom(wide))
    assert found.metadata.bit_depth == 16
    assert np.array_equal(found.pixels, np.rint(wide / 257))
    ten = (PICTURE.astype(np.uint16) << 2) | 1
    assert np.array_equal(
        photo.read(dicom(ten, BitsStored=10, HighBit=9)).pixels, np.floor(ten * (255 / 1023) + 0.5).astype(int)
    )


def test_ybr():
    full = photo.read(dicom(ybr(PICTURE), PhotometricInterpretation="YBR_FULL"))
    assert np.abs(full.pixels.astype(int) - PICTURE).max() <= 2
    stored = ybr(PICTURE)
    halved = np.stack([stored[:, ::2, 0], stored[:, 1::2, 0], stored[:, ::2, 1], stored[:, ::2, 2]], axis=-1)
    body = dicom(PhotometricInterpretation="YBR_FULL_422", PixelData=np.ascontiguousarray(halved).tobytes())
    assert np.abs(photo.read(body).pixels.astype(int) - PICTURE).mean() < 2


@pytest.mark.parametrize("depth", [8, 16])
def test_palette(depth):
    colours = RNG.integers(0, 1 << depth, (256, 3)).astype(np.uint16 if depth == 16 else np.uint8)
    tags = {}
    for channel, name in enumerate(("Red", "Green", "Blue")):
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, depth]
        tags[f"{name}PaletteColorLookupTableData"] = colours[:, channel].tobytes()
    found = photo.read(dicom(_GREY, PhotometricInterpretation="PALETTE COLOR", **tags))
    assert np.array_equal(found.pixels, np.rint(colours / (257 if depth == 16 else 1))[_GREY])
    assert found.metadata.colour == "RGB"


@pytest.mark.parametrize(
    ("coding", "frame", "photometric", "tolerance"),
    [
        ("4.50", lambda: jpeg(), "YBR_FULL_422", 5),
        ("4.50", lambda: jpeg(keep_rgb=True), "RGB", 5),
        ("4.70", lambda: imagecodecs.jpeg8_encode(PICTURE, lossless=True, **_AS_RGB), "RGB", 0),
        ("4.80", lambda: imagecodecs.jpegls_encode(PICTURE), "RGB", 0),
        ("4.90", lambda: imagecodecs.jpeg2k_encode(PICTURE, codecformat="j2k", reversible=True, level=0), "YBR_RCT", 0),
        ("5", None, "RGB", 0),
    ],
    ids=["jpeg", "jpeg-rgb", "jpeg-lossless", "jpeg-ls", "jpeg-2000", "rle"],
)  # fmt: skip
def test_compressed(coding, frame, photometric, tolerance):
    if coding == "5":
        dataset = pydicom.dcmread(io.BytesIO(dicom()))
        dataset.compress(RLELossless, generate_instance_uid=False)
        buffer = io.BytesIO()
        dataset.save_as(buffer)
        body = buffer.getvalue()
    else:
        body = dicom(frame=frame(), syntax=_ROOT + coding, PhotometricInterpretation=photometric)
    found = photo.read(body)
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= tolerance
    assert found.metadata.lossy is (True if coding == "4.50" else None)


def test_a_jpeg_without_marks_is_coded_as_the_header_says():
    """Neither JFIF nor Adobe: the DICOM header decides, where libjpeg alone would guess YCbCr."""
    frame = jpeg(keep_rgb=True)
    at = frame.index(b"\xff\xee")
    frame = frame[:at] + frame[at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big") :]
    at = frame.index(b"\xff\xc0") + 10
    frame = frame[:at] + b"\1" + frame[at + 1 : at + 3] + b"\2" + frame[at + 4 : at + 6] + b"\3" + frame[at + 7 :]
    at = frame.index(b"\xff\xda") + 5
    frame = frame[:at] + b"\1" + frame[at + 1 : at + 2] + b"\2" + frame[at + 3 : at + 4] + b"\3" + frame[at + 5 :]
    found = photo.read(dicom(frame=frame, syntax=f"{_ROOT}4.50", PhotometricInterpretation="RGB"))
    assert np.abs(found.pixels.astype(int) - PICTURE).max() <= 5


def test_first_of_several_frames():
    two = np.stack([PICTURE, 255 - PICTURE])
    found = photo.read(dicom(SOPClassUID=f"{_CAPTURE}.4", NumberOfFrames=2, PixelData=two.tobytes()))
    assert np.array_equal(found.pixels, PICTURE)
    assert found.metadata.frames == 2
    assert "further pictures" in found.metadata.dropped


def test_what_is_unsupported():
    assert "compressed" in refused(dicom(frame=b"\0\0", syntax=f"{_ROOT}4.100"), photo.Unsupported)
    assert "samples" in refused(dicom(_GREY, BitsStored=6, HighBit=7), photo.Unsupported)
    assert "colour" in refused(dicom(PhotometricInterpretation="CMYK"), photo.Unsupported)
    assert "Deflated" in refused(dicom(syntax=f"{_ROOT}1.99"), photo.Unsupported)
    refused(dicom(frame=jpeg(PICTURE[:32]), syntax=f"{_ROOT}4.50"), photo.NotAnImage)
    refused(dicom(frame=jpeg()[:-300], syntax=f"{_ROOT}4.50"), photo.Truncated)
    refused(dicom(SamplesPerPixel=4), photo.NotAnImage)
    listed = f"{_ROOT}4.100".encode()  # what pydicom agrees to write
    body = dicom(frame=b"\xff\x0a", syntax=listed.decode())
    for young in ("4.110", "4.111", "4.112"):
        assert "JPEG XL" in refused(body.replace(listed, (_ROOT + young).encode()), photo.Unsupported)
    assert "1.2.3.4.5" in refused(body.replace(listed, b"1.2.3.4.5".ljust(len(listed), b"\0")), photo.Unsupported)


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydicom", None)
    assert "pydicom" in refused_here(dicom(), photo.Unsupported)


def _captures() -> list[str]:
    """pydicom's own test files that are secondary captures."""
    folder = DATA_ROOT
    return sorted(str(path) for path in Path(folder, "test_files").glob("SC_*.dcm"))


@pytest.mark.filterwarnings("ignore")
def test_files_of_other_makers_agree_with_pydicom():
    compared = 0
    for path in _captures():
        try:
            reference = pixel_array(path, index=0)
        except (RuntimeError, ValueError):
            continue  # pydicom has no decoder for it here
        if reference.dtype == np.uint32:
            refused(path, photo.Unsupported)
            continue
        found = photo.read(path, limits=photo.Limits(min_side=1))
        eight = reference / 257 if reference.dtype == np.uint16 else reference
        assert np.abs(found.pixels - eight).max() <= 2, path
        compared += 1
    assert compared > 10 or not _captures()
