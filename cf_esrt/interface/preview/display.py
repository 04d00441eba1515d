"""What the panes show: lossless pictures, overlays, and their fidelity measurements."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cf_esrt import __version__
from cf_esrt.fidelity import Notice, notices
from cf_esrt.fidelity.agreement import disagreement, limits
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.fidelity.family import contradiction
from cf_esrt.fidelity.notices import thresholds
from cf_esrt.interface.common.picture_store import picture_url
from cf_esrt.interface.common.texts import NOTICE, SYNTHETIC
from cf_esrt.interface.preview import overlays, texts
from cf_esrt.interface.preview.panes import BASE, BLENDED, Pane
from cf_esrt.interface.preview.result_image import ResultImage, render
from cf_esrt.interface.preview.session_state import HELD_BLENDS, HELD_PICTURES, LesionResults, SessionState
from cf_esrt.models import Family
from cf_esrt.photo import png_bytes

_DETAIL = {"coarse": 0.0, "refined": 1.0}
"""Of the panes that do not follow the detail slider."""


def show_results(session: SessionState, results: LesionResults, panes: tuple[Pane, ...]) -> None:
    """Display results: every selected pane whose model has run. The detail slider's value carries over."""
    with session.display_lock:
        before = session.results
        if before is not None:
            results.detail = before.detail
        family = results.family
        if results.photo_number == session.photo_number:
            results.family = session.family
        current = session.panes if results is before and results.family == family else {}
        selected = [pane for pane in panes if pane.name in session.selected and pane.name not in current]
        available = [pane for pane in selected if _available(session, results, pane)]
        added = {pane.name: _pane_value(session, results, pane) for pane in available}
        if before is not None and before is not results:
            before.images.clear()  # rendered anew when that lesion is displayed
        for name in results.images.keys() - (current.keys() | added.keys()):
            del results.images[name]  # of the other family
        session.display(results, {**current, **added})


def show_begun(session: SessionState, results: LesionResults, panes: tuple[Pane, ...]) -> bool:
    """Display results that still arrive, and remember what they replace; False where no pane of them is there yet, and
    nothing has changed."""
    with session.display_lock:
        if session.results is not results:
            if not any(_available(session, results, pane) for pane in panes if pane.name in session.selected):
                return False
            session.replaced = session.results
        show_results(session, results, panes)
        return True


def take_back(session: SessionState, results: LesionResults, panes: tuple[Pane, ...]) -> bool:
    """Results that will not be finished: display again what they replaced. False where they replaced nothing, or are
    not displayed."""
    with session.display_lock:
        earlier, session.replaced = session.replaced, None
        if earlier is None or session.results is not results:
            return False
        show_results(session, earlier, panes)
        return True


def _available(session: SessionState, results: LesionResults, pane: Pane) -> bool:
    """Whether the model of a pane has run, for the family that would be shown."""
    family = session.family if results.photo_number == session.photo_number else results.family
    return pane.model is None or pane.model_for(family) in results.outputs


def set_overlay(session: SessionState, overlay: str, panes: tuple[Pane, ...]) -> None:
    """Lay a map over every displayed result, or none (``"result"``)."""
    with session.display_lock:
        session.overlay = overlay if overlay in overlays.OVERLAYS else overlays.OVERLAYS[0]
        _redraw(session, panes)


def set_back_projection(session: SessionState, on: bool, panes: tuple[Pane, ...]) -> None:
    """Back-project every displayed result until it agrees with the crop, or show them as the networks made them."""
    with session.display_lock:
        session.back_project = on
        _redraw(session, panes)


def set_detail(session: SessionState, detail: float, panes: tuple[Pane, ...]) -> None:
    """Move the detail slider: 0 shows the coarse network's result, 1 the refined one. No network runs."""
    with session.display_lock:
        results = session.results
        if results is None:
            return
        results.detail = min(1.0, max(0.0, detail))
        if BLENDED not in session.panes:  # it may arrive
            return
        pane = _pane_value(session, results, next(pane for pane in panes if pane.name == BLENDED))
        session.display(results, {**session.panes, BLENDED: pane})


def set_family(session: SessionState, family: Family, panes: tuple[Pane, ...]) -> None:
    """Take the photograph for one of a family: show its networks' results, as far as they have run."""
    with session.display_lock:
        session.family = family
        if session.results is not None:
            show_results(session, session.results, panes)


def _redraw(session: SessionState, panes: tuple[Pane, ...]) -> None:
    results = session.results
    if results is not None:
        shown = [pane for pane in panes if pane.name in session.panes]
        session.display(results, {pane.name: _pane_value(session, results, pane) for pane in shown})


def viewer_value(session: SessionState, seconds_per_pixel: float | None = None) -> dict[str, Any] | None:
    """Everything that the viewer needs, as JSON; None before the first result.

    ``seconds_per_pixel`` is the expected duration of the next job.
    """
    number, results, panes = session.displayed()
    if results is None:
        return None
    box = results.box
    return {
        "order": {"session": session.name, "number": number},
        "arriving": session.arriving(results),
        "photo": results.photo_number,
        "stale": results.photo_number != session.photo_number,
        "lesion": results.lesion,
        "finished": sorted(session.finished),
        "seconds_per_pixel": seconds_per_pixel,
        "box": asdict(box),
        "crop": texts.PANES["crop"].format(w=box.width, h=box.height, x=box.x, y=box.y),
        "detail": results.detail,
        "overlay": session.overlay,
        "back_projection": session.back_project,
        "notices": _notice_sentences(session, results),
        "panes": list(panes.values()),
    }


def _pane_value(session: SessionState, results: LesionResults, pane: Pane) -> dict[str, object]:
    """One pane's picture and measurements. The original is sent unscaled: the page magnifies it in whole pixels."""
    keep = HELD_BLENDS if pane.stage == "blend" else HELD_PICTURES
    if pane.model is None:
        png = png_bytes(results.crop, text=_png_text(None))
        return {"name": pane.name, "url": picture_url(session.put_picture(pane.name, png, keep))}
    bicubic = results.outputs[BASE].reconstruction.refined
    output = results.outputs[str(pane.model_for(results.family))]
    image = render(
        output,
        _DETAIL.get(pane.stage, results.detail),
        results.crop,
        bicubic,
        back_project=session.back_project,
        notices=_notices(results),
        family=results.family,
    )
    results.images[pane.name] = image
    png = png_bytes(image.pixels, text=_png_text(image))
    value: dict[str, object] = {"name": pane.name, "url": picture_url(session.put_picture(pane.name, png, keep))}
    overlay = overlays.overlay_image(session.overlay, image.pixels, results.crop, bicubic, image.report)
    if overlay is not None:
        value["overlay"] = picture_url(session.put_picture(f"{pane.name} overlay", png_bytes(overlay), keep))
    if image.unchanged is not None:
        value["back_projected"] = texts.agreement(image.unchanged, image.report.consistency >= TARGET)
    if results.family == "camera" and output.descriptor.family == "camera":
        value |= {"title": output.descriptor.title, "agreement": texts.camera_agreement(limits().get("camera"))}
    else:
        value["title"] = pane.title
    return {**value, **overlays.measurements(image.report)}


def _notices(results: LesionResults) -> tuple[Notice, ...]:
    """In what the crop lies outside the training data of the family, measured once."""
    if results.family not in results.notices:
        results.notices[results.family] = notices(results.crop, thresholds(results.family))
    return results.notices[results.family]


def _notice_sentences(session: SessionState, results: LesionResults) -> list[str]:
    """What is unusual of the crop, of the choice of networks, and of how each network's result agrees with the crop."""
    sentences = [notice.sentence for notice in _notices(results)]
    if session.suggested is not None and results.photo_number == session.photo_number:
        contradicting = contradiction(session.suggested, results.family)
        sentences += [] if contradicting is None else [contradicting]
    for image in list(results.images.values()):  # another thread may add one
        if image.setting.checkpoint_sha256 is not None:
            low = disagreement(image.setting.title, image.report.consistency, image.setting.family)
            sentences += [] if low is None else [low]
    return sentences


def _png_text(image: ResultImage | None) -> dict[str, str]:
    """Text chunks of a displayed picture, should somebody save it from there."""
    text = {"Disclaimer": NOTICE, "Software": f"CF-ESRT {__version__}"}
    if image is None:
        return {"Title": "Crop of a photograph", "Description": "Pixels of the original, not enhanced.", **text}
    setting = image.setting
    weights = "" if setting.checkpoint_sha256 is None else f", weights {setting.checkpoint_sha256}"
    stage = "" if setting.detail is None else f", detail {setting.detail:.2f}"
    return {
        "Title": "Enhanced picture",
        "Description": f"Enhanced ×4 by {setting.title}{weights}{stage}; {SYNTHETIC}.",
        **text,
    }
