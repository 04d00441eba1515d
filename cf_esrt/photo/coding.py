"""Colour by code points instead of a profile: ITU-T H.273 primaries and transfer, as in HEIC (nclx) and PNG (cICP)."""

from __future__ import annotations

import numpy as np

from cf_esrt.photo.errors import Unsupported
from cf_esrt.photo.levels import STRIP

_D65 = (0.3127, 0.3290)
# Chromaticities of red, green and blue, H.273 table 2.
_SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_WIDE = {
    9: ("BT.2020", ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    12: ("Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
}
_SAME = (1, 2, 5, 6, 7)  # BT.709, unspecified, and the two BT.601, which viewers show as BT.709
_SRGB_LIKE = (1, 2, 6, 13, 14, 15)  # sRGB's curve and the camera curves that viewers show with it
_HDR = (16, 18)


def check_coding(coding: tuple[int, int] | None) -> None:
    """Raises Unsupported for HDR curves (PQ, HLG): eight bits of sRGB cannot show them without a choice of tone."""
    if coding is not None and coding[1] in _HDR:
        raise Unsupported("High-dynamic-range pictures are unsupported; please export the photograph as JPEG.")


def coding_to_srgb(pixels: np.ndarray, coding: tuple[int, int]) -> tuple[np.ndarray, str | None, bool]:
    """uint8 ``H×W×3`` to sRGB, the name of its primaries (None for sRGB's own), whether anything was done."""
    primaries, transfer = coding
    if primaries in _SAME and transfer in _SRGB_LIKE:
        return pixels, None, False
    if primaries not in _WIDE or transfer not in _SRGB_LIKE:
        return pixels, f"colour coding {primaries}/{transfer}", False
    name, corners = _WIDE[primaries]
    matrix = (np.linalg.inv(_to_xyz(_SRGB)) @ _to_xyz(corners)).astype(np.float32)
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)
    out = np.empty_like(pixels)
    for top in range(0, len(pixels), STRIP):
        light = np.clip(linear[pixels[top : top + STRIP]] @ matrix.T, 0, 1)
        curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        out[top : top + STRIP] = np.rint(255 * curved)
    return out, name, True


def _to_xyz(corners: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Linear RGB of these primaries with white D65 to XYZ (SMPTE RP 177)."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in corners]).T
    white = np.array([_D65[0] / _D65[1], 1.0, (1 - _D65[0] - _D65[1]) / _D65[1]])
    return columns * np.linalg.solve(columns, white)
