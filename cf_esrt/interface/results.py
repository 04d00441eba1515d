"""What the three panes show: lossless pictures and one number each."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt import __version__
from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.interface import texts
from cf_esrt.interface.desk import KEPT, Desk, Results
from cf_esrt.interface.pictures import address
from cf_esrt.interface.work import MODELS, Made
from cf_esrt.photo import png_bytes

BLENDED = "cf-esrt"
"""The model that the detail slider acts on."""


def publish(desk: Desk, results: Results) -> None:
    """Replace what the panes show by a new enhancement; the slider's place carries over."""
    if desk.results is not None:
        results.detail = desk.results.detail
    panes = {name: _pane(desk, results, name) for name in MODELS}
    desk.results, desk.panes = results, panes


def blend(desk: Desk, detail: float) -> None:
    """Move the detail slider: 0 shows the coarse network's result, 1 the refined one. No network runs."""
    results = desk.results
    if results is None:
        return
    results.detail = min(1.0, max(0.0, detail))
    pane = _pane(desk, results, BLENDED)
    if desk.results is results:  # else a new enhancement was published meanwhile, at this slider's place
        desk.panes = {**desk.panes, BLENDED: pane}


def value(desk: Desk) -> dict[str, Any] | None:
    """Everything that the panes need, as JSON; None before the first result."""
    results = desk.results
    if results is None:
        return None
    return {
        "stale": results.photo != desk.number,
        "crop": texts.PANES["crop"].format(w=results.box.width, h=results.box.height, x=results.box.x, y=results.box.y),
        "panes": [desk.panes[name] for name in MODELS],
    }


def _pane(desk: Desk, results: Results, name: str) -> dict[str, object]:
    made = results.made[name]
    detail = results.detail if name == BLENDED else None
    pixels = made.result.refined if detail is None else made.result.blend(detail)
    png = png_bytes(pixels, text=_text(made, detail))
    height, width = pixels.shape[:2]
    stem = name if detail is None else f"{name}-detail-{detail:.2f}"
    return {
        "name": name,
        "url": address(desk.show(name, png, KEPT if name == BLENDED else 1)),
        "width": width,
        "height": height,
        "db": texts.decibels(_consistency(pixels, results.crop)),
        "file": f"lesion-x4-{stem}-enhanced.png",
    }


def _consistency(pixels: np.ndarray, crop: np.ndarray) -> float:
    return float(low_resolution_consistency(pixels, crop))


def _text(made: Made, detail: float | None) -> dict[str, str]:
    """What a downloaded picture says of itself, beside its pixels."""
    model = made.title if made.sha256 is None else f"{made.title}, weights {made.sha256}"
    stage = "" if detail is None else f", detail {detail:.2f}"
    return {
        "Title": "Enhanced picture",
        "Description": f"Enhanced ×4 by {model}{stage}; {texts.SYNTHETIC}.",
        "Disclaimer": texts.NOTICE,
        "Software": f"CF-ESRT {__version__}",
    }
