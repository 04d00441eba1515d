"""The workbench: everything that one person has in front of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cf_esrt.interface.common.time_estimate import TimeEstimate
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.crop import CropError, crop_pixels
from cf_esrt.interface.preview.display import Display
from cf_esrt.interface.preview.export import Exports
from cf_esrt.interface.preview.panes import BASE, Pane
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState
from cf_esrt.models import Degradation
from cf_esrt.provenance import ImageDigest


class Workbench:
    """A session, the panes on offer, what they display, and what can leave. It holds nothing besides the session."""

    def __init__(self, session: SessionState, panes: tuple[Pane, ...], estimate: TimeEstimate) -> None:
        self.session = session
        self.panes = panes
        self.display = Display(session, panes)
        self.exports = Exports(session, panes)
        self._estimate = estimate

    def value(self) -> dict[str, Any] | None:
        """What the viewer is given; None before the first photograph."""
        return self.display.value(self.seconds_per_pixel(), self.second_seconds())

    def seconds_per_pixel(self) -> float | None:
        """What the next job takes for each pixel of the first photograph's box; None where that is not known yet."""
        return self._known_seconds(self.needed_models())

    def second_seconds(self) -> dict[str, Any] | None:
        """What the next job takes besides for the second photograph: ``per_pixel`` of its own box (None: not known
        yet), and what the page needs to tell how large that is, its ``matrix``, ``width`` and ``height``. None where
        nothing runs on it."""
        second, shown = self.session.second, self.display.second_pane
        if second is None or second.alignment is None or shown is None:
            return None
        place = second.value()
        return {
            "per_pixel": self._known_seconds(self._second_models(shown)),
            **{name: place[name] for name in ("matrix", "width", "height")},
        }

    def _known_seconds(self, models: Sequence[str]) -> float | None:
        """As `TimeEstimate.seconds_per_pixel`; what has not run here takes what the other degradation's does, the same
        network with other weights."""
        like = {pane.model: pane.camera_model for pane in self.panes if pane.model and pane.camera_model}
        like |= {other: one for one, other in like.items()}

        def known(model: str) -> float | None:
            own = self._estimate.seconds_per_pixel([model])
            return self._estimate.seconds_per_pixel([like[model]]) if own is None and model in like else own

        found = [known(model) for model in models]
        return None if None in found else sum(one for one in found if one is not None)

    def needed_models(self, degradation: Degradation | None = None) -> tuple[str, ...]:
        """The models of the selected panes, once each, and the one that added detail is measured against; for a
        degradation, by default the chosen one."""
        chosen = degradation or self.session.degradation
        selected = [pane.model_for(chosen) for pane in self.panes if pane.name in self.session.selected]
        return tuple(dict.fromkeys([BASE, *filter(None, selected)]))

    def job(self, stage: Any) -> Job:
        """What Enhance has to run for the box on the crop stage; CropError says in one sentence why it cannot."""
        if self.session.photo is None:
            expired = strings.MADE_ROOM if self.session.made_room else strings.EXPIRED
            raise CropError(expired if isinstance(stage, dict) else strings.NO_PHOTO)
        box, pixels = crop_pixels(self.session.photo, stage)
        lesion = lesion_number(stage.get("lesion")) or 1
        results = LesionResults(self.session.photo_number, lesion, box, pixels, {})
        results.photograph, results.metadata = self.session.photo_digest, self.session.metadata
        self.attach_second(results)
        self.session.lesion = lesion
        return Job(results, self.needed_models(), self.needed_second(results))

    def attach_second(self, results: LesionResults) -> None:
        """Give results their place on the second photograph, where that is shown; what was made of the same place
        stays. CropError says in one sentence why there is none."""
        second = self.session.second
        if second is None or self.session.second_pane is None:
            return
        try:
            box = second.place(results.box)
        except CropError:
            results.second = None
            raise
        if results.second is None or results.second.box != box:
            one = LesionResults(results.photo_number, results.lesion, box, box.crop_from(second.photo), {})
            second.digest = second.digest or ImageDigest.of(second.photo)
            one.photograph, one.metadata = second.digest, second.metadata
            results.second = one

    def needed_second(self, results: LesionResults) -> tuple[str, ...]:
        """The models that have yet to run on the second photograph: those of the pane that is shown of both."""
        shown = self.display.second_pane
        if results.second is None or shown is None:
            return ()
        return tuple(name for name in self._second_models(shown) if name not in results.second.outputs)

    def _second_models(self, shown: Pane) -> tuple[str, ...]:
        """What runs on the second photograph for that pane."""
        return tuple(dict.fromkeys(filter(None, (BASE, shown.model_for(self.session.degradation)))))

    def missing(self) -> Job | None:
        """What has yet to run of the selected panes, on what is displayed; None: nothing."""
        results = self.session.results
        if results is None:
            return None
        needed = self.needed_models(results.degradation)
        models = tuple(name for name in needed if name not in results.outputs)
        second = self.needed_second(results)
        return Job(results, models, second) if models or second else None

    def choose_lesion(self, lesion: int | None, removed: int | None) -> bool:
        """Turn to another lesion, and forget a removed one. Its results are displayed as far as they are there; False
        where there are none, so that the panes stay and are veiled."""
        session = self.session
        if removed:
            session.finished.pop(removed, None)
        session.lesion = lesion or session.lesion
        begun = session.begun(session.lesion)
        if begun is not None and self.display.show_begun(begun):
            return True
        results = session.finished.get(session.lesion)
        if results is None:
            return False
        if results is not session.results:
            self.display.show(results)
        return True


def lesion_number(value: Any) -> int | None:
    """A lesion's number as the browser sent it, or None."""
    return value if isinstance(value, int) and 0 < value < 1000 else None
