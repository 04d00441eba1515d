"""The DICOM object: what its IOD demands, what it must not tell, and what other programs say of it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import config
from pydicom.dataset import Dataset

from cf_esrt import photo
from cf_esrt.photo import DicomReference, PhotoMetadata
from cf_esrt.provenance import NOTICE, SYNTHETIC, dicom_bytes
from cf_esrt.provenance.dicom import SECONDARY_CAPTURE, srgb_profile, uid
from tests.provenance.samples import panes

DERMOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.7"
METADATA = PhotoMetadata("PNG", (40, 30), "RGB", 8, 1, None, False, False, ())

#: PS3.3 A.8.1: mandatory modules of the Secondary Capture Image IOD, with type 1 (a value) and type 2 (may be empty).
DEMANDED = {
    "C.7.1.1 Patient": {"PatientName": 2, "PatientID": 2, "PatientBirthDate": 2, "PatientSex": 2},
    "C.7.2.1 General Study": {
        "StudyInstanceUID": 1, "StudyDate": 2, "StudyTime": 2, "ReferringPhysicianName": 2, "StudyID": 2,
        "AccessionNumber": 2,
    },
    "C.7.3.1 General Series": {"Modality": 1, "SeriesInstanceUID": 1, "SeriesNumber": 2, "Laterality": 2},
    "C.7.5.1 General Equipment": {"Manufacturer": 2},
    "C.8.6.1 SC Equipment": {"ConversionType": 1},
    "C.7.6.1 General Image": {"InstanceNumber": 2, "PatientOrientation": 2},
    "C.7.6.3 Image Pixel": {
        "SamplesPerPixel": 1, "PhotometricInterpretation": 1, "Rows": 1, "Columns": 1, "BitsAllocated": 1,
        "BitsStored": 1, "HighBit": 1, "PixelRepresentation": 1, "PlanarConfiguration": 1, "PixelData": 1,
    },
    "C.11.15 ICC Profile": {"ICCProfile": 1},
    "C.12.1 SOP Common": {"SOPClassUID": 1, "SOPInstanceUID": 1, "SpecificCharacterSet": 1},
}  # fmt: skip
#: PS3.3 8.8, Code Sequence Macro: type 1 in every item.
CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")


def dicom(source: PhotoMetadata | None = None, number: int = 2) -> bytes:
    _, results = panes()
    return dicom_bytes(results[number].pixels, results[number].provenance, source=source)


def read(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data))


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.settings, "writing_validation_mode", config.RAISE)
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.RAISE)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("module", DEMANDED)
def test_the_attributes_that_the_iod_demands(module: str) -> None:
    dataset = read(dicom())
    for keyword, kind in DEMANDED[module].items():
        assert keyword in dataset, keyword
        assert kind == 2 or dataset[keyword].value not in (None, "", b""), keyword


@pytest.mark.usefixtures("strict")
def test_a_calibrated_photograph_gives_a_spacing_and_another_none() -> None:
    """PS3.3 10.7.1: Pixel Spacing, and how it is known; a result's pixel is a quarter of the photograph's."""
    _, results = panes()
    one = results[2]
    dataset = read(dicom_bytes(one.pixels, one.provenance, millimetres=0.05))
    assert list(dataset.PixelSpacing) == [0.0125, 0.0125]
    assert dataset.PixelSpacingCalibrationType == "FIDUCIAL"
    assert "PixelSpacing" not in read(dicom())
    assert dataset.SOPInstanceUID != read(dicom()).SOPInstanceUID
    with pytest.raises(ValueError, match="cannot be 0"):
        dicom_bytes(one.pixels, one.provenance, millimetres=0.0)


@pytest.mark.usefixtures("strict")
def test_it_says_what_it_is() -> None:
    dataset = read(dicom())
    assert dataset.SOPClassUID == SECONDARY_CAPTURE != DERMOSCOPIC
    assert list(dataset.ImageType) == ["DERIVED", "SECONDARY"]
    assert not dataset.file_meta.TransferSyntaxUID.is_compressed
    _, results = panes()
    one = results[2].provenance
    for words in ("ab" * 32, one.crop.sha256, one.result.sha256, "detail 0.70", "cf-esrt", one.version, SYNTHETIC):
        assert words in dataset.DerivationDescription
    assert len(dataset.DerivationDescription) <= 1024
    assert NOTICE in dataset.ImageComments
    (derivation,) = dataset.DerivationCodeSequence
    (equipment,) = dataset.ContributingEquipmentSequence
    (purpose,) = equipment.PurposeOfReferenceCodeSequence
    assert [derivation[key].value for key in CODE] == ["113085", "DCM", "Spatial resampling"]
    assert [purpose[key].value for key in CODE] == ["109102", "DCM", "Processing Equipment"]
    assert equipment.Manufacturer == "CF-ESRT"


def test_no_patient_no_time() -> None:
    dataset = read(dicom(dataclasses.replace(METADATA, dropped=("DICOM PatientName",))))
    for element in dataset:
        if element.tag.group == 0x0010 or element.VR in ("DA", "TM", "DT", "PN"):
            assert element.value in (None, ""), element.keyword
    assert not any(element.tag.is_private for element in dataset)


def test_our_own_reader_gives_the_pixels_back() -> None:
    _, results = panes()
    for pane in results:
        back = photo.read(dicom_bytes(pane.pixels, pane.provenance)).pixels
        height, width = pane.pixels.shape[:2]
        assert np.array_equal(back[:height, :width], pane.pixels)
        assert back.shape[0] > height  # the strip is there


def test_equal_arguments_give_equal_bytes_and_others_other_instances() -> None:
    assert dicom() == dicom()
    objects = [read(data) for data in (dicom(), dicom(number=1), dicom(dataclasses.replace(METADATA, lossy=True)))]
    assert len({one.SOPInstanceUID for one in objects}) == 3
    assert len({one.SeriesInstanceUID for one in objects}) == 1
    assert len({one.StudyInstanceUID for one in objects}) == 1
    for one in objects:
        found = {one.SOPInstanceUID, one.SeriesInstanceUID, one.StudyInstanceUID}
        assert len(found) == 3
        assert all(re.fullmatch(r"2\.25\.[1-9][0-9]{0,38}", name) and len(name) <= 64 for name in found)
        assert one.file_meta.MediaStorageSOPInstanceUID == one.SOPInstanceUID
    assert uid("study", "a") != uid("study", "b")


def test_the_source_is_named_where_it_was_dicom() -> None:
    reference = DicomReference(DERMOSCOPIC, "1.2.3.4")
    dataset = read(dicom(dataclasses.replace(METADATA, format="DICOM", reference=reference)))
    (item,) = dataset.SourceImageSequence
    assert (item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID) == (DERMOSCOPIC, "1.2.3.4")
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    assert "SourceImageSequence" not in read(dicom(METADATA))


@pytest.mark.parametrize(
    ("metadata", "lossy", "burned"),
    [
        (None, None, None),
        (METADATA, None, None),
        (dataclasses.replace(METADATA, format="JPEG"), "01", None),
        (dataclasses.replace(METADATA, format="DICOM", lossy=True, burned_in=True), "01", "YES"),
        (dataclasses.replace(METADATA, format="DICOM", lossy=False, burned_in=False), "00", "NO"),
    ],
)
def test_loss_and_burned_in_identity_are_the_sources(
    metadata: PhotoMetadata | None, lossy: str | None, burned: str | None
) -> None:
    """The strip is no Burned In Annotation: that is text "to identify the patient and date" (PS3.3, table C.7-9)."""
    dataset = read(dicom(metadata))
    assert dataset.get("LossyImageCompression") == lossy
    assert dataset.get("BurnedInAnnotation") == burned


def test_the_profile_is_an_input_profile_without_todays_time() -> None:
    assert srgb_profile()[12:16] == b"scnr"
    assert srgb_profile()[24:28] == bytes([0x07, 0xD0, 0, 1])
    assert read(dicom()).ColorSpace == "SRGB"


def program(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed here (Debian: dcmtk, dicom3tools)")


def test_dicom3tools_finds_no_error(tmp_path: Path) -> None:
    checker = program("dciodvfy")
    (tmp_path / "a.dcm").write_bytes(
        dicom(dataclasses.replace(METADATA, format="DICOM", lossy=True, reference=DicomReference(DERMOSCOPIC, "1.2.3")))
    )
    done = subprocess.run([checker, str(tmp_path / "a.dcm")], capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    assert "SCImage" in report
    assert not [line for line in report.splitlines() if line.startswith("Error")]


def test_dcmtk_reads_it(tmp_path: Path) -> None:
    reader = program("dcm2json")
    (tmp_path / "a.dcm").write_bytes(dicom())
    done = subprocess.run([reader, str(tmp_path / "a.dcm")], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout)["00080016"]["Value"] == [SECONDARY_CAPTURE]
