"""A result as a DICOM object: Secondary Capture, derived, without identity.

Sources: DICOM PS3.3, A.8.1 (Secondary Capture Image IOD) with the modules C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.8.6.1,
C.7.6.1, C.7.6.3, C.11.15, C.12.1, C.12.4; PS3.16, CID 7203, 7202 and 7005; PS3.5, B.2 (UIDs from a UUID under 2.25).

Never the Dermoscopic Photography class: a result is no photograph. A Secondary Capture claims nothing of the device.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import uuid
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageCms

from cf_esrt.fidelity.trust import Belief
from cf_esrt.photo import PhotoMetadata
from cf_esrt.provenance.belief import veiled_label
from cf_esrt.provenance.errors import ProvenanceError
from cf_esrt.provenance.label import Label
from cf_esrt.provenance.png import with_label_caption
from cf_esrt.provenance.record import Provenance
from cf_esrt.provenance.strings import SYNTHETIC
from cf_esrt.provenance.text_drawing import plain
from cf_esrt.provenance.xmp import NAMESPACE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_UIDS = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_MAX_SIDE = 65535
_MAKER = "CF-ESRT"
# PS3.16: (code, meaning), all of scheme DCM
_RESAMPLING = ("113085", "Spatial resampling")  # CID 7203
_SOURCE = ("121322", "Source image for image processing operation")  # CID 7202
_PROCESSING = ("109102", "Processing Equipment")  # CID 7005


def uid(kind: str, name: str) -> str:
    """A UID that equal arguments always give: 2.25 and a name-based UUID (RFC 9562, version 5) as a number."""
    return f"2.25.{uuid.uuid5(_UIDS, f'{kind} {name}').int}"


def dicom_bytes(
    pixels: np.ndarray,
    record: Provenance,
    *,
    source: PhotoMetadata | None = None,
    millimetres: float | None = None,
    belief: Belief | None = None,
    level: float | None = None,
) -> bytes:
    """A DICOM file of a result (RGB uint8 ``4H×4W×3``) with its caption strip, uncompressed.

    ``source`` is the metadata of the photograph as read. A DICOM source whose reference was kept is named as Source
    Image. Lossy compression and burned-in identity are stated where the source states them, else left open: the strip
    itself names no patient and no date, so it is none of what Burned In Annotation means (PS3.3 C.7.6.1).

    ``millimetres`` is the side of one pixel of the photograph where a ruler in it was measured; a quarter of it becomes
    Pixel Spacing, calibrated on a fiducial (PS3.3 10.7.1.2). Without it there is no spacing.

    With ``belief`` it is the result under the veil of what may not be believed at ``level``: a second object of the
    same series.

    Patient, study and time attributes are present and empty. Equal arguments give equal bytes.
    ValueError where ``record`` is another result's, ProvenanceError where the picture is too large or pydicom is
    missing.
    """
    try:
        from pydicom import dcmwrite
        from pydicom.dataset import FileMetaDataset
        from pydicom.uid import UID
    except ImportError as error:
        raise ProvenanceError("DICOM files need the package pydicom, which is not installed here.") from error
    label = Label.of(record)
    if belief is not None:
        pixels, label = veiled_label(pixels, belief, record, level)
    canvas = with_label_caption(pixels, label)
    if max(canvas.shape) > _MAX_SIDE:
        raise ProvenanceError(f"A DICOM picture has at most {_MAX_SIDE} pixels a side; choose a smaller crop.")
    dataset = _dataset(canvas, label, source, None if millimetres is None else millimetres / record.setting.scale)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(_EXPLICIT_LITTLE_ENDIAN)
    meta.ImplementationClassUID = UID(uid("implementation", "1"))
    meta.ImplementationVersionName = _MAKER
    dataset.file_meta = meta  # type: ignore[attr-defined]
    file = io.BytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _dataset(canvas: np.ndarray, label: Label, source: PhotoMetadata | None, spacing: float | None) -> Dataset:
    from pydicom.dataset import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in (  # type 2: there, and empty
        "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
        "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber",
        "SeriesNumber", "Laterality", "Manufacturer", "InstanceNumber", "PatientOrientation",
    ):  # fmt: skip
        setattr(dataset, keyword, None)
    dataset.StudyInstanceUID = uid("study", label.photograph_sha256)
    dataset.SeriesInstanceUID = uid("series", label.photograph_sha256)
    dataset.SeriesDescription = "Enhanced by an algorithm; not for diagnosis"
    dataset.Modality = "OT"
    dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.ConversionType = "WSD"
    dataset.SecondaryCaptureDeviceManufacturer = _MAKER
    dataset.SecondaryCaptureDeviceManufacturerModelName = _MAKER
    dataset.SecondaryCaptureDeviceSoftwareVersions = label.version
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.DerivationDescription = _derivation(label)
    dataset.DerivationCodeSequence = [_code(*_RESAMPLING)]
    dataset.ImageComments = plain(f"{label.description} {label.notice}")
    dataset.ContributingEquipmentSequence = [_equipment(label)]
    _add_source(dataset, source)
    if spacing is not None:
        if not 0 < spacing < math.inf:
            raise ValueError(f"A pixel cannot be {spacing} mm wide.")
        dataset.PixelSpacing = [f"{spacing:.8g}"] * 2
        dataset.PixelSpacingCalibrationType = "FIDUCIAL"
        dataset.PixelSpacingCalibrationDescription = "A line over a ruler in the photograph, measured by hand"
    _set_pixels(dataset, canvas)
    # the instance is what it holds: other pixels, label or source give another UID
    content = dataset.to_json().encode()
    dataset.SOPInstanceUID = uid("instance", hashlib.sha256(content).hexdigest())
    return dataset


def _add_source(dataset: Dataset, source: PhotoMetadata | None) -> None:
    from pydicom.dataset import Dataset

    if source is None:
        return
    lossy = True if source.format == "JPEG" else source.lossy
    if lossy is not None:
        dataset.LossyImageCompression = "01" if lossy else "00"
    if source.burned_in is not None:
        dataset.BurnedInAnnotation = "YES" if source.burned_in else "NO"
    if source.reference is not None:
        item = Dataset()
        item.ReferencedSOPClassUID = source.reference.sop_class_uid
        item.ReferencedSOPInstanceUID = source.reference.sop_instance_uid
        item.SpatialLocationsPreserved = "NO"  # cropped and enlarged
        item.PurposeOfReferenceCodeSequence = [_code(*_SOURCE)]
        dataset.SourceImageSequence = [item]


def _set_pixels(dataset: Dataset, canvas: np.ndarray) -> None:
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = canvas.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.ICCProfile = srgb_profile()
    dataset.ColorSpace = "SRGB"
    data = canvas.tobytes()
    dataset.add_new("PixelData", "OB", data + b"\0" * (len(data) % 2))


@cache
def srgb_profile() -> bytes:
    """sRGB as LittleCMS describes it, as an input device profile (PS3.3 C.11.15.1.1), without the time of today.

    Source: ICC.1:2022, 7.2: the profile's class at bytes 12 to 15, its date and time at 24 to 35.
    """
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[12:16] = b"scnr"
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(profile)


def _derivation(label: Label) -> str:
    """At most 1024 characters (ST)."""
    weights = f"weights SHA-256 {label.checkpoint_sha256}" if label.checkpoint_sha256 else "no weights"
    return plain(
        f"{label.settings} ({label.model}), CF-ESRT {label.version}; {weights}; input SHA-256 {label.crop_sha256}; "
        f"result SHA-256 {label.picture.sha256}. The result is the upper left {label.picture.width} x "
        f"{label.picture.height} pixels; below and beside it is a caption strip. {label.description}"
    )


def _equipment(label: Label) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.PurposeOfReferenceCodeSequence = [_code(*_PROCESSING)]
    item.Manufacturer = _MAKER
    item.ManufacturerModelName = plain(label.title)[:64]
    item.SoftwareVersions = label.version
    item.ContributionDescription = plain(f"Enlarged x{label.scale}; may hold {SYNTHETIC}.")
    return item


def _code(value: str, meaning: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
