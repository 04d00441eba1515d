"""What the panes show: lossless pictures, overlays, and their fidelity measurements."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from cf_esrt import __version__
from cf_esrt.fidelity import Notice
from cf_esrt.fidelity.agreement import disagreement, limits
from cf_esrt.fidelity.backprojection import TARGET
from cf_esrt.fidelity.degradation import Source
from cf_esrt.fidelity.spot import most_changed, most_detailed
from cf_esrt.interface.common.picture_store import picture_url
from cf_esrt.interface.common.strings import NOTICE, SYNTHETIC
from cf_esrt.interface.preview import overlays, strings, trust
from cf_esrt.interface.preview.inference import ModelOutput
from cf_esrt.interface.preview.panes import BASE, BLENDED, Pane
from cf_esrt.interface.preview.result_image import ResultImage, render
from cf_esrt.interface.preview.second_photo import SECOND
from cf_esrt.interface.preview.session_state import HELD_BLENDS, HELD_PICTURES, LesionResults, SessionState
from cf_esrt.models import Degradation
from cf_esrt.photo import png_bytes

_DETAIL = {"coarse": 0.0, "refined": 1.0}
"""Of the panes that do not follow the detail slider."""


class Display:
    """What the panes of one session show. No network runs here."""

    def __init__(self, session: SessionState, panes: tuple[Pane, ...]) -> None:
        self.session = session
        self.panes = panes

    def show(self, results: LesionResults) -> None:
        """Display results: every selected pane whose model has run."""
        with self.session.display_lock:
            before = self.session.results
            degradation = results.degradation
            if results.photo_number == self.session.photo_number:
                results.degradation = self.session.degradation
            current = self.session.panes if results is before and results.degradation == degradation else {}
            selected = [pane for pane in self.panes if pane.name in self.session.selected and pane.name not in current]
            available = [pane for pane in selected if self._available(results, pane)]
            added = {pane.name: self._pane_value(results, pane) for pane in available}
            if before is not None and before is not results:
                before.images.clear()  # rendered anew when that lesion is displayed
            for name in results.images.keys() - (current.keys() | added.keys()):
                del results.images[name]  # of the other degradation
            self._put(results, {**current, **added})

    def show_begun(self, results: LesionResults) -> bool:
        """Display results that still arrive, and remember what they replace; False where no pane of them is there
        yet, and nothing has changed."""
        with self.session.display_lock:
            if self.session.results is not results:
                if not any(self._available(results, pane) for pane in self.panes if pane.name in self.session.selected):
                    return False
                self.session.replaced = self.session.results
            self.show(results)
            return True

    def restore_previous(self, results: LesionResults) -> bool:
        """Results that will not be finished: display again what they replaced. False where they replaced nothing, or
        are not displayed."""
        with self.session.display_lock:
            earlier, self.session.replaced = self.session.replaced, None
            if earlier is None or self.session.results is not results:
                return False
            self.show(earlier)
            return True

    def _available(self, results: LesionResults, pane: Pane) -> bool:
        """Whether the model of a pane has run, for the degradation that would be shown."""
        same = results.photo_number == self.session.photo_number
        degradation = self.session.degradation if same else results.degradation
        return pane.model is None or pane.model_for(degradation) in results.outputs

    def set_overlay(self, overlay: str, level: float | None = None) -> None:
        """Lay a map over every displayed result, or none (``"result"``); ``level``: what the veil promises now."""
        with self.session.display_lock:
            if level in trust.levels():
                self.session.believe_moved = level
            self.session.overlay = overlay if overlay in overlays.OVERLAYS else overlays.OVERLAYS[0]
            self._redraw(same=True)

    def set_back_projection(self, on: bool) -> None:
        """Back-project every displayed result until it agrees with the crop, or show them as the networks made them."""
        with self.session.display_lock:
            self.session.back_project = on
            self._redraw()

    def set_detail(self, detail: float) -> None:
        """Move the detail slider: 0 shows the coarse network's result, 1 the refined one. No network runs."""
        with self.session.display_lock:
            self.session.detail = min(1.0, max(0.0, detail))
            results = self.session.results
            if results is None or BLENDED not in self.session.panes:  # it may arrive
                return
            pane = self._pane_value(results, self._blended)
            self._put(results, {**self.session.panes, BLENDED: pane}, anew=True)

    @property
    def _blended(self) -> Pane:
        return next(pane for pane in self.panes if pane.name == BLENDED)

    def detail(self, degradation: Degradation) -> float:
        """Where the detail slider stands: as it was moved last, or where the model opens."""
        moved = self.session.detail
        return self._blended.opening_detail(degradation) if moved is None else moved

    def set_source(self, source: Source) -> None:
        """Take the photograph for one from there: show its networks' results, as far as they have run."""
        with self.session.display_lock:
            self.session.source = source
            if self.session.results is not None:
                self.show(self.session.results)

    def _redraw(self, *, same: bool = False) -> None:
        """Every displayed pane; ``same``: with the image that it shows, under another map."""
        results = self.session.results
        if results is not None:
            shown = [pane for pane in self.panes if pane.name in self.session.panes]
            self._put(results, {pane.name: self._pane_value(results, pane, same) for pane in shown}, anew=True)

    def show_second(self) -> None:
        """The second photograph was aligned, chosen to be shown, or not any more."""
        with self.session.display_lock:
            if self.session.results is not None:
                self._put(self.session.results, self.session.panes, anew=True)

    def _put(self, results: LesionResults, panes: dict[str, dict[str, object]], *, anew: bool = False) -> None:
        """Display these panes, and beside them the second photograph's; drawn ``anew`` where a setting changed."""
        first = {name: value for name, value in panes.items() if name != SECOND}
        before = None if anew else panes.get(SECOND)
        shown = self.second_pane
        if before is None or shown is None or before.get("of") != shown.name:
            before = self._second_value(results)
        self.session.display(results, first if before is None else {**first, SECOND: before})

    @property
    def second_pane(self) -> Pane | None:
        """The pane that is shown of both photographs."""
        return next((pane for pane in self.panes if pane.name == self.session.second_pane), None)

    def value(
        self, seconds_per_pixel: float | None = None, second_seconds: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Everything that the viewer needs, as JSON; None before the first photograph.

        ``seconds_per_pixel`` and ``second_seconds`` are the expected duration of the next job (`Workbench`).
        """
        number, results, panes = self.session.displayed()
        if results is None and self.session.photo is None:
            return None
        degradation = self.session.degradation if results is None else results.degradation
        value = {
            "order": {"session": self.session.name, "number": number},
            "photo": self.session.photo_number,
            "finished": [{"lesion": one.lesion, "box": asdict(one.box)} for one in self.session.finished.values()],
            "seconds_per_pixel": seconds_per_pixel,
            "second_seconds": second_seconds,
            "overlay": self.session.overlay,
            "trust": trust.value(self.session, results),
            "back_projection": self.session.back_project,
            "detail": self.detail(degradation),
            "titles": self._titles(degradation),
            "second": self._second_state(),
        }
        if results is None:  # of a photograph that was just opened
            return {**value, "panes": [], "notices": []}
        return {
            **value,
            "photo": results.photo_number,
            "lesion": results.lesion,
            "box": asdict(results.box),
            "arriving": self.session.arriving(results),
            "notices": self.notices(results),
            "spot": self._spot(results),
            "panes": list(panes.values()),
        }

    def _titles(self, degradation: Degradation) -> dict[str, str]:
        titles = {pane.name: pane.title_for(degradation) for pane in self.panes}
        shown = self.second_pane
        return titles if shown is None else {**titles, SECOND: strings.second_title(titles[shown.name])}

    def _second_state(self) -> dict[str, Any] | None:
        """Whether there is a second photograph, aligned, and of which pane it is shown."""
        second = self.session.second
        return None if second is None else {"aligned": second.alignment is not None, "of": self.session.second_pane}

    def _spot(self, results: LesionResults) -> dict[str, Any]:
        """Where to look first; before the network's result is there, where it will probably be."""
        if results.spot is None:
            results.spot = most_detailed(results.crop)
        spot = results.final_spot or results.spot
        return {"x": spot.x, "y": spot.y, "final": results.final_spot is not None}

    def _pane_value(self, results: LesionResults, pane: Pane, same: bool = False) -> dict[str, object]:
        """One pane's picture and measurements. The original is sent unscaled: the page magnifies it in whole pixels."""
        keep = HELD_BLENDS if pane.stage == "blend" else HELD_PICTURES
        if pane.model is None:
            png = png_bytes(results.crop, text=_png_text(None))
            return {"name": pane.name, "url": picture_url(self.session.put_picture(pane.name, png, keep))}
        image, bicubic, output = self._render(results, pane, same)
        results.images[pane.name] = image
        png = png_bytes(image.pixels, text=_png_text(image))
        value: dict[str, object] = {
            "name": pane.name,
            "url": picture_url(self.session.put_picture(pane.name, png, keep)),
        }
        believed = trust.mask(image, self.session)
        overlay = overlays.overlay_image(
            self.session.overlay, image.pixels, results.crop, bicubic, image.report, believed
        )
        if overlay is not None:
            value["overlay"] = picture_url(self.session.put_picture(f"{pane.name} overlay", png_bytes(overlay), keep))
        if image.unchanged is not None:
            value["back_projected"] = strings.agreement(image.unchanged, image.report.consistency >= TARGET)
        if results.degradation == "camera" and output.descriptor.degradation == "camera":
            value["agreement"] = strings.camera_agreement(limits().get("camera"))
        value["synthetic"] = output.descriptor.checkpoint is not None
        value["sentence"] = self._sentence(results, pane, image, output)
        return {**value, **overlays.measurements(image.report), **trust.under_pane(image, self.session)}

    def _render(
        self, results: LesionResults, pane: Pane, same: bool = False
    ) -> tuple[ResultImage, np.ndarray, ModelOutput]:
        """A pane's image at its detail setting, the interpolation that it is measured against, and what made it."""
        bicubic = results.outputs[BASE].reconstruction.refined
        output = results.outputs[str(pane.model_for(results.degradation))]
        shown = results.images.get(pane.name) if same else None
        image = shown or render(
            output,
            _DETAIL.get(pane.stage, self.detail(results.degradation)),
            results.crop,
            bicubic,
            back_project=self.session.back_project,
            measured=results.measured,
            degradation=results.degradation,
        )
        results.changed[pane.name] = most_changed(image.pixels, bicubic)
        if pane.name == BLENDED:
            results.final_spot = most_changed(image.pixels, bicubic, central=True)
        return image, bicubic, output

    @staticmethod
    def _sentence(results: LesionResults, pane: Pane, image: ResultImage, output: ModelOutput) -> str:
        return strings.added(
            image.report.added.mean,
            results.changed[pane.name].third(results.box.width, results.box.height),
            image.report.colour.mean,
            network=output.descriptor.checkpoint is not None,
            other_degradation=results.degradation == "camera" and output.descriptor.degradation == "bicubic",
        )

    def _second_value(self, results: LesionResults) -> dict[str, object] | None:
        """The second photograph's picture of the pane that is shown of both, laid over the first's box; None where it
        has not run there. What is measured and exported of it is its own picture, which was not moved."""
        photo, second, pane = self.session.second, results.second, self.second_pane
        if photo is None or photo.alignment is None or second is None or pane is None:
            return None
        second.degradation = results.degradation  # both are enhanced alike
        put, aligned = self.session.put_picture, photo.alignment
        value: dict[str, object] = {"name": SECOND, "of": pane.name, "sentence": strings.aligned(aligned)}
        if pane.model is None:
            png = png_bytes(aligned.bring(second.crop, second.box, results.box, 1), text=_png_text(None))
            return {**value, "url": picture_url(put(SECOND, png, HELD_PICTURES))}
        if not {BASE, pane.model_for(results.degradation)} <= second.outputs.keys():
            return None
        image, bicubic, output = self._render(second, pane)
        second.images = {SECOND: image}
        moved = aligned.bring(image.pixels, second.box, results.box, output.descriptor.scale)
        value["url"] = picture_url(put(SECOND, png_bytes(moved, text=_png_text(image)), HELD_BLENDS))
        believed = trust.mask(image, self.session)
        overlay = overlays.overlay_image(
            self.session.overlay, image.pixels, second.crop, bicubic, image.report, believed
        )
        if overlay is not None:
            over = aligned.bring(overlay, second.box, results.box, overlay.shape[0] // second.box.height)
            value["overlay"] = picture_url(put(f"{SECOND} overlay", png_bytes(over), HELD_BLENDS))
        value["synthetic"] = output.descriptor.checkpoint is not None
        veiled = trust.under_pane(image, self.session).get("sentence")
        value["sentence"] = f"{value['sentence']} {veiled or self._sentence(second, pane, image, output)}"
        return {**value, **overlays.measurements(image.report)}

    @staticmethod
    def _notices(results: LesionResults) -> tuple[Notice, ...]:
        """In what the crop lies outside the training data of its degradation."""
        return results.measured.notices(results.degradation)

    def notices(self, results: LesionResults) -> list[str]:
        """What is unusual of the crop, and of how each network's result agrees with it."""
        sentences = [notice.sentence for notice in self._notices(results)]
        if results.second is not None and self.second_pane is not None:
            sentences += [strings.of_second(notice.sentence) for notice in self._notices(results.second)]
        for image in list(results.images.values()):  # another thread may add one
            if image.setting.checkpoint_sha256 is not None:
                low = disagreement(image.setting.title, image.report.consistency, image.setting.degradation)
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
