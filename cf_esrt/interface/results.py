"""What the panes show: lossless pictures and one number each."""

from __future__ import annotations

from typing import Any

import numpy as np

from cf_esrt import __version__
from cf_esrt.fidelity import Notice, assess, notices
from cf_esrt.interface import texts, trust
from cf_esrt.interface.desk import KEPT, LAGGED, Desk, Results
from cf_esrt.interface.panes import BASE, BLENDED, Pane
from cf_esrt.interface.pictures import address
from cf_esrt.interface.work import Made
from cf_esrt.photo import png_bytes


def publish(desk: Desk, results: Results, panes: tuple[Pane, ...]) -> None:
    """Show an enhancement: every wanted pane whose model has run. The detail slider's place carries over."""
    if desk.results is not None:
        results.detail = desk.results.detail
    shown = desk.panes if results is desk.results else {}
    wanted = [pane for pane in panes if pane.name in desk.wanted and pane.name not in shown]
    made = [pane for pane in wanted if pane.model is None or pane.model in results.made]
    fresh = {pane.name: _shown(desk, results, pane) for pane in made}
    desk.results, desk.panes = results, {**shown, **fresh}


def look(desk: Desk, layer: str, panes: tuple[Pane, ...]) -> None:
    """Lay a map over every shown result, or none (``"result"``)."""
    desk.layer = layer if layer in trust.LAYERS else trust.LAYERS[0]
    results = desk.results
    if results is not None:
        desk.panes = {pane.name: _shown(desk, results, pane) for pane in panes if pane.name in desk.panes}


def blend(desk: Desk, detail: float, panes: tuple[Pane, ...]) -> None:
    """Move the detail slider: 0 shows the coarse network's result, 1 the refined one. No network runs."""
    results = desk.results
    if results is None or BLENDED not in desk.panes:
        return
    results.detail = min(1.0, max(0.0, detail))
    pane = _shown(desk, results, next(pane for pane in panes if pane.name == BLENDED))
    if desk.results is results:  # else a new enhancement was published meanwhile, at this slider's place
        desk.panes = {**desk.panes, BLENDED: pane}


def value(desk: Desk, pace: float | None = None) -> dict[str, Any] | None:
    """Everything that the panes need, as JSON; None before the first result.

    ``pace`` is what a next enhancement is expected to take, in seconds for each pixel of the crop.
    """
    results = desk.results
    if results is None:
        return None
    box = results.box
    return {
        "photo": results.photo,
        "stale": results.photo != desk.number,
        "lesion": results.lesion,
        "done": sorted(desk.done),
        "pace": pace,
        "box": box.as_dict(),
        "crop": texts.PANES["crop"].format(w=box.width, h=box.height, x=box.x, y=box.y),
        "layer": desk.layer,
        "notices": [notice.sentence for notice in _notices(results)],
        "panes": list(desk.panes.values()),
    }


def _shown(desk: Desk, results: Results, pane: Pane) -> dict[str, object]:
    """One pane's picture and number. The original goes as it came: the page magnifies it in whole pixels."""
    made = results.made[pane.model] if pane.model else None
    detail = results.detail if pane.stage == "blend" else None
    pixels = results.crop if made is None else _pixels(made, pane, detail)
    png = png_bytes(pixels, text=_text(made, pane, detail))
    stem = pane.name if detail is None else f"{pane.name}-detail-{detail:.2f}"
    kept = KEPT if detail is not None else LAGGED
    told: dict[str, object] = {"name": pane.name, "url": address(desk.show(pane.name, png, kept))}
    if made is None:
        return {**told, "file": "lesion-crop-original.png"}
    bicubic = results.made[BASE].result.refined
    report = assess(pixels, results.crop, bicubic, known=_notices(results))
    map = trust.painted(desk.layer, pixels, results.crop, bicubic, report)
    if map is not None:
        told["map"] = address(desk.show(f"{pane.name} map", png_bytes(map), kept))
    return {**told, **trust.numbers(report), "file": f"lesion-x4-{stem}-enhanced.png"}


def _notices(results: Results) -> tuple[Notice, ...]:
    """In what the crop lies outside what the networks learned from, measured once."""
    if results.notices is None:
        results.notices = notices(results.crop)
    return results.notices


def _pixels(made: Made, pane: Pane, detail: float | None) -> np.ndarray:
    if detail is not None:
        return made.result.blend(detail)
    return made.result.coarse if pane.stage == "coarse" else made.result.refined


def _text(made: Made | None, pane: Pane, detail: float | None) -> dict[str, str]:
    """What a downloaded picture says of itself, beside its pixels."""
    told = {"Disclaimer": texts.NOTICE, "Software": f"CF-ESRT {__version__}"}
    if made is None:
        return {"Title": "Crop of a photograph", "Description": "Pixels of the original, not enhanced.", **told}
    model = pane.title if made.sha256 is None else f"{pane.title}, weights {made.sha256}"
    stage = "" if detail is None else f", detail {detail:.2f}"
    return {
        "Title": "Enhanced picture",
        "Description": f"Enhanced ×4 by {model}{stage}; {texts.SYNTHETIC}.",
        **told,
    }
