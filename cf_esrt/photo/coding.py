"""Colour without a profile: by code points (ITU-T H.273, as in HEIC's nclx and PNG's cICP), or by chromaticities."""

from __future__ import annotations

import numpy as np

from cf_esrt.photo.errors import hdr
from cf_esrt.photo.levels import strips

Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""x and y of white, red, green and blue (CIE 1931)."""

_D65 = (0.3127, 0.3290)
SRGB: Chromaticities = (_D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
# H.273 table 2.
_WIDE: dict[int, tuple[str, Chromaticities]] = {
    9: ("BT.2020", (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046))),
    12: ("Display P3", (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))),
}
_SAME = (1, 2, 5, 6, 7)  # BT.709, unspecified, and the two BT.601, which viewers show as BT.709
_SRGB_LIKE = (1, 2, 6, 13, 14, 15)  # sRGB's curve and the camera curves that viewers show with it
_HDR = (16, 18)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def is_hdr(transfer: int) -> bool:
    """Whether a transfer characteristic of H.273 is PQ or HLG."""
    return transfer in _HDR


def understood(coding: tuple[int, int]) -> bool:
    """Whether these primaries and transfer can be carried to sRGB, or are known to be of high dynamic range."""
    primaries, transfer = coding
    return is_hdr(transfer) or ((primaries in _SAME or primaries in _WIDE) and transfer in _SRGB_LIKE)


def check_coding(coding: tuple[int, int] | None) -> None:
    """Raises Unsupported for HDR curves (PQ, HLG): eight bits of sRGB cannot show them without a choice of tone."""
    if coding is not None and is_hdr(coding[1]):
        raise hdr()


def coding_to_srgb(pixels: np.ndarray, coding: tuple[int, int]) -> tuple[np.ndarray, str | None, bool]:
    """uint8 ``H×W×3`` to sRGB, the name of its primaries (None for sRGB's own), whether anything was done."""
    primaries, transfer = coding
    if primaries in _SAME and transfer in _SRGB_LIKE:
        return pixels, None, False
    if primaries not in _WIDE or transfer not in _SRGB_LIKE:
        return pixels, f"colour coding {primaries}/{transfer}", False
    name, corners = _WIDE[primaries]
    return chromaticities_to_srgb(pixels, corners), name, True


def chromaticities_to_srgb(pixels: np.ndarray, corners: Chromaticities) -> np.ndarray:
    """uint8 ``H×W×3`` with sRGB's curve and other primaries to sRGB; another white becomes D65 (Bradford)."""
    adapt = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ _xyz(_D65)) / (_BRADFORD @ _xyz(corners[0]))) @ _BRADFORD
    matrix = (np.linalg.inv(_to_xyz(SRGB)) @ adapt @ _to_xyz(corners)).astype(np.float32)
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(np.float32)
    out = np.empty_like(pixels)
    for rows in strips(pixels):
        light = np.clip(linear[pixels[rows]] @ matrix.T, 0, 1)
        curved = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        out[rows] = np.rint(255 * curved)
    return out


def _xyz(corner: tuple[float, float]) -> np.ndarray:
    x, y = corner
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_xyz(corners: Chromaticities) -> np.ndarray:
    """Linear RGB of these primaries and white to XYZ (SMPTE RP 177)."""
    columns = np.array([_xyz(corner) for corner in corners[1:]]).T
    return columns * np.linalg.solve(columns, _xyz(corners[0]))
