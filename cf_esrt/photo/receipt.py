"""What the user is told was left behind, and what to be careful about. Names, never values."""

from __future__ import annotations

import re

from cf_esrt.photo.facts import BACKGROUND, PhotoFacts

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
_PLACE = {name: place for place, name in enumerate(_WORDS)}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def receipt(facts: PhotoFacts) -> list[str]:
    """Readable names of all metadata that was dropped, the most private first; empty where there was none."""
    ordered = sorted(facts.dropped, key=lambda name: _PLACE.get(name, len(_PLACE)))
    return list(dict.fromkeys(_readable(name) for name in ordered))


def cautions(facts: PhotoFacts) -> list[str]:
    """One sentence for each thing about the photograph that the user should know before she judges it."""
    said = []
    if facts.burned_in:
        said.append("The file says that text is burned into its pixels; it stays visible and may name the patient.")
    elif facts.format == "DICOM" and facts.burned_in is None:
        said.append("The file does not say whether text is burned into its pixels; look for names before you share it.")
    if facts.frames > 1:
        which = "primary" if facts.format == "HEIC" else "first"
        said.append(f"The file holds {facts.frames} pictures; the {which} one is shown.")
    if facts.icc_profile is not None and not facts.icc_applied:
        said.append("The file's colour profile could not be used; colours are shown as stored.")
    elif facts.colour == "CMYK" and facts.icc_profile is None:
        said.append("The file stores printing inks without a colour profile; its colours are an estimate.")
    if facts.stretched:
        said.append("The file gives no grey window; its darkest and brightest values were made black and white.")
    if facts.alpha_flattened:
        said.append(f"See-through pixels were laid on {BACKGROUND}.")
    return said


def _readable(name: str) -> str:
    if name in _WORDS:
        return _WORDS[name]
    source = "DICOM" if name.startswith(_DICOM) else "EXIF"
    words = _HUMP.sub(" ", name.removeprefix(_DICOM)).split()
    lowered = [word if len(word) > 1 and word.isupper() else word.lower() for word in words]
    return f"{' '.join(lowered)} ({source})"
