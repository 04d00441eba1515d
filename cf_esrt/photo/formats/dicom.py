"""DICOM: photographs and secondary captures (PS3.3 A.8, A.32), by pydicom, which is optional.

Nothing of the patient is read: names of elements are collected from their tags, and only the elements that say
how the pixels lie are read. The one exception is a pair of UIDs, kept only where the caller asks for it.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any

from cf_esrt.photo.errors import NotAnImage, PhotoError, Unsupported, bad_header, cut_short
from cf_esrt.photo.formats.dicom_frames import check_syntax
from cf_esrt.photo.formats.dicom_tables import first_item
from cf_esrt.photo.lazy_image import FURTHER, PARSER_ERRORS, Header, LazyImage
from cf_esrt.photo.metadata import DicomReference

# By UID, as registered in PS3.6 annex A.
_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.77.1.4": "VL Photographic Image",
    "1.2.840.10008.5.1.4.1.1.77.1.7": "Dermoscopic Photography Image",
    "1.2.840.10008.5.1.4.1.1.7": "Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.2": "Multi-frame Grayscale Byte Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.3": "Multi-frame Grayscale Word Secondary Capture Image",
    "1.2.840.10008.5.1.4.1.1.7.4": "Multi-frame True Color Secondary Capture Image",
}
_DEFLATED = "1.2.840.10008.1.2.1.99"
_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOURS = {"RGB": 3, "YBR_FULL": 3, "YBR_FULL_422": 3, "YBR_ICT": 3, "YBR_RCT": 3, "PALETTE COLOR": 1}
# Groups that say how the file and its pixels lie; what else there is has been dropped, by name.
_STRUCTURE = (0x0002, 0x0028, 0x7FE0, 0xFFFC)
_MAX_NAMES = 400
_LARGEST_ASPECT = 1e6  # more than any limit admits


def open_dicom(data: bytes, keep_reference: bool = False) -> LazyImage:
    """Open a DICOM file; raises PhotoError."""
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError

    errors = (*PARSER_ERRORS, struct.error, BytesLengthException, InvalidDicomError)
    try:
        if _transfer_syntax(data) == _DEFLATED:  # unpacked by pydicom whole and without a bound
            raise Unsupported("Deflated DICOM files are unsupported; please save the photograph uncompressed.")
        dataset: Any = pydicom.dcmread(io.BytesIO(data))
        header = _header(dataset, keep_reference)
    except PhotoError:
        raise
    except EOFError as error:
        raise cut_short("DICOM") from error
    except errors as error:
        raise bad_header("DICOM") from error
    from cf_esrt.photo.formats.dicom_pixels import decode_dicom

    return LazyImage(header, partial(decode_dicom, dataset, header))


def _transfer_syntax(data: bytes) -> str:
    """From the file's meta information alone."""
    from pydicom.filereader import read_dataset

    meta = read_dataset(io.BytesIO(data[132:]), False, True, stop_when=lambda tag, vr, length: tag >> 16 != 2)
    return str(meta.get("TransferSyntaxUID", ""))


def _header(dataset: Any, keep_reference: bool) -> Header:
    sop_class = str(dataset.get("SOPClassUID", "") or "")
    if not sop_class:
        raise NotAnImage("The DICOM file holds no picture.")
    if sop_class not in _CLASSES:
        registered = getattr(dataset.get("SOPClassUID"), "name", "")
        named = f" ({registered})" if registered and registered != sop_class else ""
        raise Unsupported(f"DICOM objects of this kind are unsupported{named}; photographs and captures are read.")
    if "PixelData" not in dataset or "TransferSyntaxUID" not in dataset.file_meta:
        raise NotAnImage("The DICOM file holds no picture.")
    columns, rows, frames = whole(dataset, "Columns"), whole(dataset, "Rows"), whole(dataset, "NumberOfFrames", 1)
    _check_samples(dataset)
    if frames < 1:  # some writers mean one picture; the decoder reads the number once more
        frames = dataset.NumberOfFrames = 1
    syntax = dataset.file_meta.TransferSyntaxUID
    native = check_syntax(syntax)
    if native:
        needed = rows * columns * whole(dataset, "SamplesPerPixel") * whole(dataset, "BitsAllocated") // 8
        halved = dataset.PhotometricInterpretation == "YBR_FULL_422"  # two pixels share their colour: 2 of 3 bytes
        if len(dataset.PixelData) < (needed * 2 // 3 if halved else needed):
            raise cut_short("DICOM")
    profile = _profile(dataset)
    names = [*_names(dataset), *(["ICC profile"] if profile else []), *([FURTHER] if frames > 1 else [])]
    flags = {"YES": True, "NO": False, "01": True, "00": False}
    lossy = flags.get(str(dataset.get("LossyImageCompression", "")))
    return Header(
        size=(columns, rows),
        colour="grey" if dataset.PhotometricInterpretation in _GREY else "RGB",
        icc=profile,
        dropped=tuple(dict.fromkeys(names)),
        frames=frames,
        burned_in=flags.get(str(dataset.get("BurnedInAnnotation", ""))),
        lossy=True if not native and not _lossless(syntax) else lossy,
        reference=_reference(dataset) if keep_reference else None,
        pixel_aspect=_pixel_aspect(dataset),
    )


def whole(dataset: Any, keyword: str, default: int | None = None) -> int:
    """A whole number of the dataset; raises NotAnImage where it is absent or something else."""
    value = dataset.get(keyword, default)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_header("DICOM")
    return int(value)


def _check_samples(dataset: Any) -> None:
    photometric = str(dataset.get("PhotometricInterpretation", ""))
    allocated, stored = whole(dataset, "BitsAllocated"), whole(dataset, "BitsStored")
    if photometric not in (*_GREY, *_COLOURS):
        raise Unsupported("The DICOM file stores colour in an unsupported way (Photometric Interpretation).")
    if allocated not in (8, 16) or not 1 <= stored <= allocated or whole(dataset, "HighBit") != stored - 1:
        raise Unsupported("The DICOM file stores its samples in an unsupported way; 8 to 16 bits are read.")
    if whole(dataset, "SamplesPerPixel") != _COLOURS.get(photometric, 1):
        raise bad_header("DICOM")
    signed = whole(dataset, "PixelRepresentation", 0)
    if signed not in (0, 1) or (signed and photometric not in _GREY):
        raise bad_header("DICOM")


def _lossless(syntax: Any) -> bool:
    """JPEG process 14, JPEG-LS lossless, JPEG 2000 lossless, RLE."""
    return str(syntax).removeprefix("1.2.840.10008.1.2.") in ("4.57", "4.70", "4.80", "4.90", "5")


def _pixel_aspect(dataset: Any) -> float:
    """Height of a pixel over its width: by its measures, else as the pair says (PS3.3 C.7.6.3.1.7)."""
    measures = first_item(dataset, "PixelMeasuresSequence")
    for place, keyword in (
        (measures, "PixelSpacing"),
        (dataset, "ImagerPixelSpacing"),
        (dataset, "NominalScannedPixelSpacing"),
        (dataset, "PixelAspectRatio"),
    ):
        pair = place.get(keyword)
        if pair is None or isinstance(pair, (str, int, float)) or len(pair) != 2:
            continue
        height, width = (float(part) for part in pair)
        if 0 < height < math.inf and 0 < width < math.inf:
            return min(max(height / width, 1 / _LARGEST_ASPECT), _LARGEST_ASPECT)
    return 1.0


def _profile(dataset: Any) -> bytes | None:
    paths = dataset.get("OpticalPathSequence") or []
    for place in (dataset, *paths[:1]):
        profile = place.get("ICCProfile")
        if isinstance(profile, bytes) and profile:
            return profile
    return None


def _reference(dataset: Any) -> DicomReference | None:
    instance = str(dataset.get("SOPInstanceUID", ""))
    return DicomReference(str(dataset.SOPClassUID), instance) if instance else None


def _names(dataset: Any) -> list[str]:
    found = []
    for name in _tag_names(dataset):
        found.append(name)
        if len(found) == _MAX_NAMES:
            break
    return found


def _tag_names(dataset: Any) -> Iterator[str]:
    """Keywords of elements that hold something, also inside sequences; values are not interpreted."""
    from pydicom.datadict import keyword_for_tag

    for tag in sorted(dataset.keys()):
        element = dataset.get_item(tag)
        if tag.group in _STRUCTURE or element.value in (None, b"", ""):
            continue
        if tag.is_private:
            yield "DICOM private data"
            continue
        yield f"DICOM {keyword_for_tag(tag) or 'unregistered data'}"
        if element.VR == "SQ":
            for item in dataset[tag].value:
                yield from _tag_names(item)
