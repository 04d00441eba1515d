"""Fidelity overlays of a result, and the measurements under it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt import fidelity
from cf_esrt.fidelity import Legend, Report, trust
from cf_esrt.interface.preview import strings

OVERLAYS = tuple(strings.OVERLAYS)
"""What a pane can show: its result, or one of the maps over it; the first is the default."""


def measurements(report: Report) -> dict[str, str]:
    """The measurements under a pane, formatted."""
    colour = strings.colour_shift(report.colour.mean, report.colour.percentile95)
    return {"db": strings.decibels(report.consistency), "shift": colour}


def overlay_image(
    overlay: str,
    pixels: np.ndarray,
    original: np.ndarray,
    bicubic: np.ndarray,
    report: Report,
    believed: np.ndarray | None = None,
) -> np.ndarray | None:
    """A map over a result, RGB uint8 of the result's size or the crop's; None where the result itself is shown.
    ``believed`` is the mask of what may be believed (`fidelity.trust`); None where that is not known."""
    if overlay == "trust" and believed is not None:
        return trust.veiled(pixels, believed)
    if overlay == "residual":
        return fidelity.residual_map(pixels, original)
    if overlay == "colour":
        return fidelity.colour_map(report.colour.map)
    if overlay == "added":
        return _composite(pixels, fidelity.added_detail(pixels, bicubic))
    return None


def _composite(base: np.ndarray, overlay: np.ndarray) -> np.ndarray:
    """``overlay`` (RGBA, straight alpha) on ``base`` (RGB), both uint8 and of one size."""
    out = np.empty_like(base)
    for row in range(len(base)):  # row by row: no floats of the whole picture
        alpha = overlay[row, :, 3:].astype(np.float32) / 255
        out[row] = np.rint((1 - alpha) * base[row] + alpha * overlay[row, :, :3])
    return out


def legends() -> dict[str, dict[str, Any]]:
    """The scale of each map, ready to be drawn: a CSS gradient, its two ends and their unit."""
    return {
        "residual": _legend(fidelity.residual_legend()),
        "added": _legend(fidelity.added_legend()),
        "colour": _legend(fidelity.colour_legend()),
    }


def _end(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")


def _legend(legend: Legend) -> dict[str, Any]:
    span = legend.high - legend.low
    stops = ", ".join(
        f"rgb({red} {green} {blue} / {alpha / 255:.3g}) {100 * (value - legend.low) / span:.1f}%"
        for value, (red, green, blue, alpha) in legend.stops
    )
    return {
        "gradient": f"linear-gradient(90deg, {stops})",
        "low": _end(legend.low),
        "high": _end(legend.high),
        "unit": strings.UNITS.get(legend.unit, legend.unit),
    }
