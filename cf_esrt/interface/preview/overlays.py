"""What is said of a result without ground truth: numbers under it, and maps that can be laid over it."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt import fidelity
from cf_esrt.fidelity import Legend, Report
from cf_esrt.interface.preview import texts

LAYERS = tuple(texts.LAYERS)
"""What a pane can show: its result, or one of the maps. Named first: what is shown at first."""


def numbers(report: Report) -> dict[str, str]:
    """What is written under a pane."""
    colour = texts.colour_shift(report.colour.mean, report.colour.percentile95)
    return {"db": texts.decibels(report.consistency), "shift": colour}


def painted(
    layer: str, pixels: np.ndarray, original: np.ndarray, bicubic: np.ndarray, report: Report
) -> np.ndarray | None:
    """A map over a result, RGB uint8 of the result's size or the crop's; None where the result itself is shown."""
    if layer == "residual":
        return fidelity.residual_map(pixels, original)
    if layer == "colour":
        return fidelity.colour_map(report.colour.map)
    if layer == "added":
        return _laid_over(pixels, fidelity.added_detail(pixels, bicubic))
    return None


def _laid_over(under: np.ndarray, over: np.ndarray) -> np.ndarray:
    """``over`` (RGBA, straight alpha) on ``under`` (RGB), both uint8 and of one size."""
    out = np.empty_like(under)
    for row in range(len(under)):  # row by row: no floats of the whole picture
        alpha = over[row, :, 3:].astype(np.float32) / 255
        out[row] = np.rint((1 - alpha) * under[row] + alpha * over[row, :, :3])
    return out


def legends() -> dict[str, dict[str, Any]]:
    """The scale of each map, ready to be drawn: a CSS gradient, its two ends and their unit."""
    return {
        "residual": _drawn(fidelity.residual_legend()),
        "added": _drawn(fidelity.added_legend()),
        "colour": _drawn(fidelity.colour_legend()),
    }


def _end(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")


def _drawn(legend: Legend) -> dict[str, Any]:
    span = legend.high - legend.low
    stops = ", ".join(
        f"rgb({red} {green} {blue} / {alpha / 255:.3g}) {100 * (value - legend.low) / span:.1f}%"
        for value, (red, green, blue, alpha) in legend.stops
    )
    return {
        "gradient": f"linear-gradient(90deg, {stops})",
        "low": _end(legend.low),
        "high": _end(legend.high),
        "unit": texts.UNITS.get(legend.unit, legend.unit),
    }
