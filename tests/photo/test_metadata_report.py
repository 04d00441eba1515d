"""The receipt: readable names of what was dropped, the most private first, never a value."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from cf_esrt import photo
from tests.photo.files import exif, jpeg, png

_PLAIN = photo.PhotoMetadata("JPEG", (9, 9), "RGB", 8, 1, None, False, False, ())


def test_a_photograph_with_everything():
    block = Image.Exif()
    block[0x010F] = "SecretMaker"
    block[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    block.get_ifd(0x8769).update({0xA431: "SN12345", 0x9003: "2026:01:01 10:00:00", 0x829A: 0.01})
    metadata = photo.read(jpeg(exif=block.tobytes(), comment=b"SecretComment")).metadata
    assert photo.dropped_metadata(metadata) == [
        "GPS position (EXIF)",
        "camera serial number (EXIF)",
        "date and time of the photograph (EXIF)",
        "comment",
        "camera maker (EXIF)",
        "exposure time (EXIF)",
    ]
    for value in ("Secret", "SN12345", "52", "2026"):
        assert value not in " ".join(photo.dropped_metadata(metadata))


def test_names_without_a_word_of_their_own():
    names = ("FNumber", "DICOM StudyInstanceUID", "DICOM KVP", "EXIF tag 9", "GPSTag", "GPSInfo")
    metadata = replace(_PLAIN, dropped=names)
    assert photo.dropped_metadata(metadata) == [
        "GPS position (EXIF)",
        "f number (EXIF)",
        "study instance UID (DICOM)",
        "KVP (DICOM)",
        "EXIF tag 9 (EXIF)",
    ]


def test_nothing_dropped_and_nothing_to_say():
    metadata = photo.read(png()).metadata
    assert photo.dropped_metadata(metadata) == []
    assert photo.cautions(metadata) == []
    assert photo.dropped_metadata(photo.read(jpeg(exif=exif(orientation=6))).metadata) == ["orientation (EXIF)"]
