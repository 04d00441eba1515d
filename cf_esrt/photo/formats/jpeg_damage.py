"""What a damaged JPEG lacks. Decoders fill gaps with grey, shift blocks, and only warn; here the warnings count.

libjpeg-turbo decodes the picture to an eighth of its size, strictly, through simplejpeg: that reads every coded bit,
takes a third of the time of the whole picture and one 64th of its memory. Sectors of zeros, as broken discs and
interrupted downloads leave them, are often valid codes, so they are looked for as well. A changed bit that still gives
valid codes of the same length cannot be noticed by any decoder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from cf_esrt.photo.errors import Truncated, undecodable
from cf_esrt.photo.formats.jpeg import JpegStructure, segments

MOST = 0.5
"""A picture of which more is missing is refused."""

LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
"""Coding processes, as the marker of the frame header names them."""
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_ARITHMETIC = range(0xC9, 0xD0)
_FILLER = 128  # what a block becomes of which no coefficient was read
_ZEROED = re.compile(rb"\x00{32,}")
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes")


def missing(data: bytes, structure: JpegStructure, kind: str = "JPEG") -> float | None:
    """As ``lost_share``; raises Truncated besides, where most of the picture is lost."""
    lost = lost_share(data, structure, kind)
    if lost is not None and lost > MOST:
        raise mostly_missing(kind)
    return lost


def mostly_missing(kind: str) -> Truncated:
    """What is left would pass for a photograph, and is none."""
    return Truncated(f"The {kind} file is damaged: most of its picture is missing.")


def lost_share(data: bytes, structure: JpegStructure, kind: str) -> float | None:
    """The share of the picture, 0 to 1, that is known to be lost; None where no damage was noticed.

    ``data`` ends with the picture. Raises NotAnImage where libjpeg gives it up, naming ``kind``.
    """
    if structure.process in LOSSLESS or structure.frame[0] != 8:
        return None  # these are not for simplejpeg; the decoder of lossless ones takes missing bits for an error
    import simplejpeg

    colours = "CMYK" if structure.frame[5] == 4 else "GRAY"
    smallest = {"colorspace": colours, "min_height": 1, "min_width": 1}
    try:
        simplejpeg.decode_jpeg(data, strict=True, **smallest)
        warning, filled = "", 0.0
    except ValueError as error:
        warning = str(error)
        try:
            blocks = simplejpeg.decode_jpeg(data, strict=False, **smallest)
        except ValueError as fatal:
            raise undecodable(kind) from fatal
        filled = float(np.mean((blocks == _FILLER).all(axis=-1)))
    zeroed, padding = _zeroed(data, structure, kind)
    extraneous = _EXTRANEOUS.search(warning)
    if padding and extraneous and int(extraneous[1]) >= padding - 4:
        zeroed, warning = zeroed - padding, ""  # behind the last block: nothing of the picture
    if not warning and zeroed <= 0 and _complete(data, structure, kind):
        return None
    return min(1.0, filled + max(zeroed, 0) / len(data))


def _complete(data: bytes, structure: JpegStructure, kind: str) -> bool:
    """Has every component had scans up to its last bit? A file that was closed between two scans gives no warning."""
    whole = range(64)
    wanted = {(name, at) for name in structure.frame[6::3] for at in whole}
    for marker, start, end in segments(data, kind):
        if marker != 0xDA:
            continue
        names = data[start + 5 : start + 5 + 2 * data[start + 4] : 2]
        first, last, bits = data[end - 3 : end]
        if structure.process not in _PROGRESSIVE:
            first, last, bits = 0, 63, 0
        if bits & 15 == 0:  # the lowest bit of these coefficients
            wanted -= {(name, at) for name in names for at in whole[first : last + 1]}
    return not wanted


def _zeroed(data: bytes, structure: JpegStructure, kind: str) -> tuple[int, int]:
    """Bytes of long runs of zeros that no encoder writes, and how many of them end the last scan."""
    if structure.process in _ARITHMETIC or not _ZEROED.search(data, structure.header[-1][1]):
        return 0, 0
    total = padding = 0
    for start, end in _scans_without_runs(data, kind):
        runs = [found.span() for found in _ZEROED.finditer(data, start, end)]
        total += sum(stop - begin for begin, stop in runs)
        padding = runs[-1][1] - runs[-1][0] if runs and runs[-1][1] == end else 0
    return total, padding


def _scans_without_runs(data: bytes, kind: str) -> Iterator[tuple[int, int]]:
    """Where the coded bytes of those scans lie whose tables give zeros another meaning than "as before".

    The code of zeros alone is that of a table's first value (ITU-T T.81, C.2). Where this value says that nothing
    changes (difference 0, end of block), a black border is a run of zeros; else a run would be the steepest of
    patterns in every block.
    """
    first: dict[int, int] = {}
    coded: tuple[int, bool] | None = None
    for marker, start, end in segments(data, kind):
        if coded is not None and not coded[1]:
            yield coded[0], start
        coded = None
        if marker == 0xC4:
            first |= _first_values(data[start + 4 : end])
        elif marker == 0xDA:
            names = data[start + 6 : start + 5 + 2 * data[start + 4] : 2]
            last_coefficient = data[end - 2]
            tables = [table >> 4 for table in names] * (data[end - 3] == 0)
            tables += [16 + (table & 15) for table in names] * (last_coefficient > 0)
            refining = data[end - 1] >> 4 != 0  # plain bits of earlier coefficients, any of which may be zero
            coded = end, refining or all(first.get(table, 0) & 15 == 0 for table in tables)


def _first_values(body: bytes) -> dict[int, int]:
    """The first value of each Huffman table of a DHT segment, by class and number."""
    found, at = {}, 0
    while at + 17 < len(body):
        found[body[at]] = body[at + 17]
        at += 17 + sum(body[at + 1 : at + 17])
    return found
