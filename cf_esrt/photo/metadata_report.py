"""Readable names of dropped metadata, and cautions. Names, never values."""

from __future__ import annotations

import re

from cf_esrt.photo.metadata import BACKGROUND, PhotoMetadata

_DICOM = "DICOM "
# What tells most about a person or a place comes first, in this order, in words that need no standard at hand.
_WORDS = {
    "DICOM PatientName": "patient's name (DICOM)",
    "DICOM PatientID": "patient's number (DICOM)",
    "DICOM PatientBirthDate": "patient's date of birth (DICOM)",
    "DICOM PatientSex": "patient's sex (DICOM)",
    "DICOM PatientAge": "patient's age (DICOM)",
    "DICOM PatientAddress": "patient's address (DICOM)",
    "DICOM OtherPatientIDs": "patient's other numbers (DICOM)",
    "DICOM PatientComments": "comments on the patient (DICOM)",
    "DICOM InstitutionName": "institution (DICOM)",
    "DICOM ReferringPhysicianName": "referring physician (DICOM)",
    "DICOM AccessionNumber": "accession number (DICOM)",
    "DICOM StudyDate": "date of the study (DICOM)",
    "DICOM private data": "private data of the maker (DICOM)",
    "GPSInfo": "GPS position (EXIF)",
    "GPSTag": "GPS position (EXIF)",
    "BodySerialNumber": "camera serial number (EXIF)",
    "CameraSerialNumber": "camera serial number (EXIF)",
    "LensSerialNumber": "lens serial number (EXIF)",
    "CameraOwnerName": "camera owner's name (EXIF)",
    "Artist": "photographer's name (EXIF)",
    "Copyright": "copyright holder (EXIF)",
    "XPAuthor": "photographer's name (EXIF)",
    "DateTimeOriginal": "date and time of the photograph (EXIF)",
    "DateTime": "date and time of the last change (EXIF)",
    "DateTimeDigitized": "date and time of digitisation (EXIF)",
    "ImageUniqueID": "unique number of the photograph (EXIF)",
    "UserComment": "comment (EXIF)",
    "XPComment": "comment (EXIF)",
    "ImageDescription": "description (EXIF)",
    "MakerNote": "camera maker's notes, which may hold serial numbers (EXIF)",
    "HostComputer": "computer's name (EXIF)",
    "EXIF": "EXIF data that could not be read",
    "XMP": "XMP data",
    "Photoshop and IPTC data": "Photoshop and IPTC data",
    "comment": "comment",
    "PNG text": "text (PNG)",
    "HEIF metadata": "further metadata (HEIC)",
    "depth map or other auxiliary picture": "depth map or other auxiliary picture",
    "further pictures": "further pictures in the file",
    "data after the picture": "data after the picture, such as a video",
    "Make": "camera maker (EXIF)",
    "Model": "camera model (EXIF)",
    "ICC profile": "colour profile",
}
_ORDER = {name: place for place, name in enumerate(_WORDS)}
_CAMEL_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def dropped_metadata(metadata: PhotoMetadata) -> list[str]:
    """Readable names of all metadata that was dropped, the most private first; empty where there was none."""
    ordered = sorted(metadata.dropped, key=lambda name: _ORDER.get(name, len(_ORDER)))
    return list(dict.fromkeys(_readable(name) for name in ordered))


def cautions(metadata: PhotoMetadata) -> list[str]:
    """One sentence for each thing about the photograph that the user should know before she judges it."""
    lines = []
    if metadata.missing is not None:
        share = "part" if metadata.missing < 0.01 else f"about {100 * metadata.missing:.0f} %"
        lines.append(f"The file is damaged: {share} of the picture may be grey, shifted or of wrong colours.")
    if metadata.burned_in:
        lines.append("The file says that text is burned into its pixels; it stays visible and may name the patient.")
    elif metadata.format == "DICOM" and metadata.burned_in is None:
        lines.append(
            "The file does not say whether text is burned into its pixels; look for names before you share it."
        )
    if metadata.frames > 1:
        which = "primary" if metadata.format == "HEIC" else "first"
        lines.append(f"The file holds {metadata.frames} pictures; the {which} one is shown.")
    if metadata.icc_profile is not None and not metadata.icc_applied:
        lines.append("The file's colour profile could not be used; colours are shown as stored.")
    elif metadata.colour == "CMYK" and metadata.icc_profile is None:
        lines.append("The file stores printing inks without a colour profile; its colours are an estimate.")
    if metadata.adobe_rgb:
        lines.append(
            "The file declares Adobe RGB but holds no colour profile; its colours may look paler than they are."
        )
    if metadata.stretched:
        lines.append(
            "The file gives no usable grey window; its darkest and brightest values were made black and white."
        )
    if metadata.pixel_aspect != 1:
        lines.append("The file's pixels are not square; the picture was stretched to its true proportions.")
    if metadata.alpha_flattened:
        lines.append(f"See-through pixels were laid on {BACKGROUND}.")
    return lines


def _readable(name: str) -> str:
    if name in _WORDS:
        return _WORDS[name]
    source = "DICOM" if name.startswith(_DICOM) else "EXIF"
    words = _CAMEL_CASE.sub(" ", name.removeprefix(_DICOM)).split()
    lowered = [word if len(word) > 1 and word.isupper() else word.lower() for word in words]
    return f"{' '.join(lowered)} ({source})"
