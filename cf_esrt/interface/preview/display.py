"""What the panes show: lossless pictures and one number each."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cf_esrt import __version__
from cf_esrt.fidelity import Notice, notices
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.interface.common.picture_store import picture_url
from cf_esrt.interface.common.texts import NOTICE, SYNTHETIC
from cf_esrt.interface.preview import overlays, texts
from cf_esrt.interface.preview.panes import BASE, BLENDED, Pane
from cf_esrt.interface.preview.result_image import Outcome, outcome
from cf_esrt.interface.preview.session_state import KEPT, LAGGED, Desk, Results
from cf_esrt.photo import png_bytes

_DETAIL = {"coarse": 0.0, "refined": 1.0}
"""Of the panes that do not follow the detail slider."""


def publish(desk: Desk, results: Results, panes: tuple[Pane, ...]) -> None:
    """Show an enhancement: every wanted pane whose model has run. The detail slider's place carries over."""
    with desk.looking:
        before = desk.results
        if before is not None:
            results.detail = before.detail
        shown = desk.panes if results is before else {}
        wanted = [pane for pane in panes if pane.name in desk.wanted and pane.name not in shown]
        made = [pane for pane in wanted if pane.model is None or pane.model in results.made]
        fresh = {pane.name: _shown(desk, results, pane) for pane in made}
        if before is not None and before is not results:
            before.outcomes.clear()  # made again when that lesion is looked at again
        desk.results, desk.panes = results, {**shown, **fresh}


def look(desk: Desk, layer: str, panes: tuple[Pane, ...]) -> None:
    """Lay a map over every shown result, or none (``"result"``)."""
    with desk.looking:
        desk.layer = layer if layer in overlays.LAYERS else overlays.LAYERS[0]
        _again(desk, panes)


def agree(desk: Desk, wanted: bool, panes: tuple[Pane, ...]) -> None:
    """Back-project every shown result until it agrees with the crop, or show them as the networks made them."""
    with desk.looking:
        desk.agree = wanted
        _again(desk, panes)


def blend(desk: Desk, detail: float, panes: tuple[Pane, ...]) -> None:
    """Move the detail slider: 0 shows the coarse network's result, 1 the refined one. No network runs."""
    with desk.looking:
        results = desk.results
        if results is None or BLENDED not in desk.panes:
            return
        results.detail = min(1.0, max(0.0, detail))
        pane = _shown(desk, results, next(pane for pane in panes if pane.name == BLENDED))
        desk.panes = {**desk.panes, BLENDED: pane}


def _again(desk: Desk, panes: tuple[Pane, ...]) -> None:
    results = desk.results
    if results is not None:
        desk.panes = {pane.name: _shown(desk, results, pane) for pane in panes if pane.name in desk.panes}


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
        "box": asdict(box),
        "crop": texts.PANES["crop"].format(w=box.width, h=box.height, x=box.x, y=box.y),
        "detail": results.detail,
        "layer": desk.layer,
        "agree": desk.agree,
        "notices": [notice.sentence for notice in _notices(results)],
        "panes": list(desk.panes.values()),
    }


def _shown(desk: Desk, results: Results, pane: Pane) -> dict[str, object]:
    """One pane's picture and number. The original goes as it came: the page magnifies it in whole pixels."""
    kept = KEPT if pane.stage == "blend" else LAGGED
    if pane.model is None:
        png = png_bytes(results.crop, text=_text(None))
        return {"name": pane.name, "url": picture_url(desk.show(pane.name, png, kept))}
    bicubic = results.made[BASE].result.refined
    done = outcome(
        results.made[pane.model],
        _DETAIL.get(pane.stage, results.detail),
        results.crop,
        bicubic,
        agree=desk.agree,
        notices=_notices(results),
    )
    results.outcomes[pane.name] = done
    png = png_bytes(done.pixels, text=_text(done))
    told: dict[str, object] = {"name": pane.name, "url": picture_url(desk.show(pane.name, png, kept))}
    map = overlays.painted(desk.layer, done.pixels, results.crop, bicubic, done.report)
    if map is not None:
        told["map"] = picture_url(desk.show(f"{pane.name} map", png_bytes(map), kept))
    if done.agreed is not None:
        told["agreed"] = texts.agreement(done.agreed, done.report.consistency >= TARGET)
    return {**told, **overlays.numbers(done.report)}


def _notices(results: Results) -> tuple[Notice, ...]:
    """In what the crop lies outside what the networks learned from, measured once."""
    if results.notices is None:
        results.notices = notices(results.crop)
    return results.notices


def _text(done: Outcome | None) -> dict[str, str]:
    """What the picture on the screen says of itself, should somebody save it from there."""
    told = {"Disclaimer": NOTICE, "Software": f"CF-ESRT {__version__}"}
    if done is None:
        return {"Title": "Crop of a photograph", "Description": "Pixels of the original, not enhanced.", **told}
    setting = done.setting
    weights = "" if setting.checkpoint_sha256 is None else f", weights {setting.checkpoint_sha256}"
    stage = "" if setting.detail is None else f", detail {setting.detail:.2f}"
    return {
        "Title": "Enhanced picture",
        "Description": f"Enhanced ×4 by {setting.title}{weights}{stage}; {SYNTHETIC}.",
        **told,
    }
