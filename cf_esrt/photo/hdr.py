"""Is a colour profile one of high dynamic range? Shown as it is, such a picture is nearly black."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from cf_esrt.photo.coding import is_hdr

_NAMES = re.compile(r"\b(PQ|HLG|ST\s?-?2084|SMPTE2084|ARIB STD-B67)\b", re.IGNORECASE)
_TOLERANCE = 2.0
"""Mean difference in L*, where eight bits give 0.2; the curves of other profiles are 10 and more away."""


def is_hdr_profile(profile: bytes, source: Any, mode: str) -> bool:
    """By its cicp tag (ICC.1:2022, 9.2.17), its name, or the curve that it gives a grey ramp.

    ``source`` is the profile as opened by Pillow, ``mode`` Pillow's name for its pixels.
    """
    cicp = _tag(profile, b"cicp")
    if cicp is not None and len(cicp) >= 10 and is_hdr(cicp[9]):
        return True
    if _NAMES.search(ImageCms.getProfileDescription(source) or ""):
        return True
    if mode == "CMYK":
        return False
    lightness = _ramp(source, mode)
    return any(np.abs(lightness - curve).mean() < _TOLERANCE for curve in _curves())


def _tag(profile: bytes, wanted: bytes) -> bytes | None:
    for number in range(min(int.from_bytes(profile[128:132], "big"), 200)):
        entry = profile[132 + 12 * number : 144 + 12 * number]
        if entry[:4] == wanted:
            at, length = int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:12], "big")
            return profile[at : at + length]
    return None


def _ramp(source: Any, mode: str) -> np.ndarray:
    """L* of 256 greys."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None]).convert(mode)
    transform = ImageCms.buildTransform(
        source, ImageCms.createProfile("LAB"), mode, "LAB", renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    converted = ImageCms.applyTransform(ramp, transform)
    assert converted is not None  # only in-place transforms give None
    return np.asarray(converted)[0, :, 0] * (100 / 255)


def _curves() -> Iterator[np.ndarray]:
    """L* of PQ (SMPTE ST 2084) for several peaks, and of HLG (ITU-R BT.2100) for several system gammas."""
    code = np.linspace(0, 1, 256)
    root = code ** (32 / 2523)
    pq = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    hlg = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    for light in (
        *(np.minimum(pq * peak, 1) for peak in (1, 10_000 / 4000, 10, 10_000 / 400, 10_000 / 203)),
        *(np.minimum(hlg**gamma * gain, 1) for gamma in (1.0, 1.2) for gain in (1, 1 / 0.2650)),
    ):
        yield np.where(light > 216 / 24389, 116 * np.cbrt(light) - 16, light * (24389 / 27))
