"""What DICOM does to grey and to palettes, as a table of all stored values (PS3.3 C.7.6.3, C.11.1, C.11.2).

So it costs the same for every size of picture. Multi-frame objects keep some of it in functional groups (C.7.6.16).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt.photo.errors import undecodable
from cf_esrt.photo.levels import to_eight_bits


def first_item(dataset: Any, macro: str) -> Any:
    """The first frame's item of a functional group, its own before the shared one; without, the dataset itself."""
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for group in (dataset.get(groups) or [])[:1]:
            for item in (group.get(macro) or [])[:1]:
                return item
    return dataset


def grey_table(dataset: Any, bits: int, stored: np.ndarray) -> tuple[np.ndarray, bool]:
    """uint8 for every code: modality rescale or table, window or table, MONOCHROME1 inverted.

    Without a usable window the full range of the codes is shown, where there are at most 8 bits. Of more bits often
    only a few are used, so the smallest and the largest value of the picture are then taken as the ends; True says so.
    """
    values = _modality(dataset, _codes(dataset, bits))
    stretched = False
    window = first_item(dataset, "FrameVOILUTSequence")
    shown = _voi(window, values, dataset)
    if shown is None and window is not dataset:
        shown = _voi(dataset, values, dataset)
    if shown is None:
        stretched = bits > 8
        present = np.full(len(values), not stretched)
        present[stored] = True
        used = values[present]
        shown = (values - used.min()) / (np.ptp(used) or 1)
    if not np.isfinite(shown).all():
        raise undecodable("DICOM")
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 1 - shown
    return np.floor(255 * shown.clip(0, 1) + 0.5).astype(np.uint8), stretched


def palette(dataset: Any, bits: int) -> np.ndarray:
    """uint8 ``2^bits×3``; an alpha table, which PS3.3 allows for blending only, is left out."""
    codes = _codes(dataset, bits)
    if "RedPaletteColorLookupTableData" not in dataset:  # in segments (C.7.9.2)
        from pydicom.pixels.processing import apply_color_lut

        table = apply_color_lut(codes.clip(0).astype(np.uint16), dataset)
        return to_eight_bits(table[..., :3], 8 * table.dtype.itemsize)
    names = [f"{colour}PaletteColorLookupTable" for colour in ("Red", "Green", "Blue")]
    descriptors = [dataset[f"{name}Descriptor"].value for name in names]
    entries = np.stack(
        [
            _entries(descriptor, dataset[f"{name}Data"].value)
            for name, descriptor in zip(names, descriptors, strict=True)
        ]
    )
    entries, depth = _depth(entries, int(descriptors[0][2]))
    looked = [_look(row, codes, dataset, descriptor) for row, descriptor in zip(entries, descriptors, strict=True)]
    return to_eight_bits(np.stack(looked, axis=-1), depth)


def _codes(dataset: Any, bits: int) -> np.ndarray:
    """The number that each stored code means."""
    codes = np.arange(1 << bits, dtype=np.int64)
    if int(dataset.get("PixelRepresentation", 0) or 0):
        sign = 1 << (bits - 1)
        codes = (codes ^ sign) - sign
    return codes


def _modality(dataset: Any, codes: np.ndarray) -> np.ndarray:
    """float64: by table, else by slope and intercept; a slope of 0, which would leave nothing, counts as absent."""
    for entry in (dataset.get("ModalityLUTSequence") or [])[:1]:
        return _look(_entries(entry.LUTDescriptor, entry.LUTData), codes, dataset, entry.LUTDescriptor).astype(float)
    rescale = first_item(dataset, "PixelValueTransformationSequence")
    slope, intercept = _first(rescale.get("RescaleSlope")) or 1.0, _first(rescale.get("RescaleIntercept")) or 0.0
    return slope * codes + intercept


def _voi(item: Any, values: np.ndarray, dataset: Any) -> np.ndarray | None:
    """0 to 1 by the item's table or window; None where it has none that can be used."""
    for entry in (item.get("VOILUTSequence") or [])[:1]:
        entries, depth = _depth(_entries(entry.LUTDescriptor, entry.LUTData), int(entry.LUTDescriptor[2]))
        looked = _look(entries, np.rint(values).astype(np.int64), dataset, entry.LUTDescriptor)
        return looked / ((1 << depth) - 1)
    centre, width = _first(item.get("WindowCenter")), _first(item.get("WindowWidth"))
    function = str(item.get("VOILUTFunction", "") or "LINEAR").upper()
    if centre is None or width is None or (width < 1 if function == "LINEAR" else width <= 0):
        return None
    return _window(values, centre, width, function)


def _first(value: Any) -> float | None:
    if value is None or isinstance(value, str):  # an empty element
        return None
    if isinstance(value, (list, tuple)) or hasattr(value, "append"):
        return float(value[0]) if len(value) else None
    return float(value)


def _window(values: np.ndarray, centre: float, width: float, function: str) -> np.ndarray:
    """0 to 1 by PS3.3 C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid) or C.11.2.1.3.2 (linear exact)."""
    if function == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
        if width == 0:
            return (values > centre).astype(np.float64)
    return (values - centre) / width + 0.5


def _entries(descriptor: Any, data: Any) -> np.ndarray:
    """uint16, as many as the descriptor says: bytes or 16-bit words in either form that writers use.

    Raises ValueError where there are fewer.
    """
    count = int(descriptor[0]) or 1 << 16
    words: np.ndarray
    if isinstance(data, (bytes, bytearray)):
        # pydicom leaves words as the file has them; big-endian files are its only others, and were swapped by it
        words = np.frombuffer(bytes(data[: len(data) // 2 * 2]), "<u2")
    else:
        words = np.atleast_1d(np.asarray(data, np.int64)).astype("<u2")
    if len(words) >= count:
        return words[:count]
    packed = np.frombuffer(words.tobytes(), np.uint8)  # two in a word, the first in the lower half
    if len(packed) < count:
        raise ValueError("The table has fewer entries than its descriptor says.")
    return packed[:count].astype(np.uint16)


def _depth(entries: np.ndarray, stated: int) -> tuple[np.ndarray, int]:
    """Entries and the bits they use, which is not always the number that the descriptor states.

    Entries of 8 bits stand in words: in the lower half, whatever is stated, or in the upper one.
    """
    top = int(entries.max(initial=0))
    if stated in (8, 16) and top <= 255:
        return entries, 8
    if stated <= 8 and not (entries & 255).any():
        return entries >> 8, 8
    return entries, stated if top < 1 << stated else 16


def _look(entries: np.ndarray, codes: np.ndarray, dataset: Any, descriptor: Any) -> np.ndarray:
    """The entry of each code; codes before the first one mapped and behind the last get these."""
    first = int(descriptor[1])
    if int(dataset.get("PixelRepresentation", 0) or 0) and first > 0x7FFF:
        first -= 0x10000
    return entries[(codes - first).clip(0, len(entries) - 1)]
