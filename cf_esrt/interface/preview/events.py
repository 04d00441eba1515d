"""What happens when something on the page is used. Each function takes and gives plain values."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue
from cf_esrt.interface.common.picture_store import download_url
from cf_esrt.interface.common.tabs import Tabs
from cf_esrt.interface.common.texts import NOT_RECEIVED
from cf_esrt.interface.common.time_estimate import TimeEstimate
from cf_esrt.interface.common.uploads import UploadError, read_upload
from cf_esrt.interface.preview import display, export, markup, photographs, texts
from cf_esrt.interface.preview.crop import CropError, cut_out
from cf_esrt.interface.preview.export import Wish
from cf_esrt.interface.preview.inference import Work
from cf_esrt.interface.preview.job_runner import Runner, buttons
from cf_esrt.interface.preview.panes import BASE, Pane
from cf_esrt.interface.preview.session_state import Desk, Job, Results
from cf_esrt.photo import PhotoError
from cf_esrt.provenance import RecordError

log = logging.getLogger(__name__)


class Events:
    """The page's event functions, bound to what does the work and to where uploads lie."""

    def __init__(self, work: Work, folder: Path, panes: tuple[Pane, ...], queue: JobQueue | None = None) -> None:
        self._estimate = TimeEstimate()
        self._panes = panes
        self._folder = folder
        self._answers = 0
        self._tabs = Tabs[Desk]()
        self.enhance = Runner(work, JobQueue() if queue is None else queue, self._estimate, panes, self._value).run
        """Do the job that ``begin`` took, when its turn has come. Gives panes, status, enhance, cancel, desk."""

    def photo(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """An upload arrived. Gives crop, panes, status, intake, desk."""
        return self._open(desk, lambda: read_upload(event._data, self._folder))

    def example(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """An example was clicked. Gives crop, panes, status, intake, desk."""
        return self._open(desk, lambda: photographs.example(event._data))

    def refused(self, event: gr.EventData) -> str:
        """The browser could not hand a picture over, and says why. Gives status."""
        reason = event._data.get("reason") if isinstance(event._data, dict) else None
        return markup.status(texts.REFUSED.get(str(reason), NOT_RECEIVED), alert=True)

    def _open(self, desk: Desk, fetch: Any) -> tuple[Any, ...]:
        try:
            stage = {**photographs.place(desk, fetch()), "pace": self._estimate.seconds_per_pixel(self._needed(desk))}
        except (PhotoError, UploadError) as error:
            said = markup.status(str(error), alert=True)
            return gr.skip(), gr.skip(), said, self._answer(desk), desk
        except Exception as error:  # noqa: BLE001  # told in one sentence, and logged without its words
            log_failure(log, "a photograph could not be read", error)
            return gr.skip(), gr.skip(), markup.status(texts.READ_FAILED, alert=True), self._answer(desk), desk
        return stage, self._value(desk), markup.status(texts.READY), self._answer(desk), desk

    def resume(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """The tab was reloaded: what it held goes on in its new session. Gives crop, panes, status, intake, desk."""
        before = self._tabs.take(event._data.get("key") if isinstance(event._data, dict) else None)
        if before is None or before.photo is None or before.facts is None:
            return gr.skip(), gr.skip(), markup.status(texts.GONE), self._answer(desk), desk
        desk.adopt(before)
        assert desk.photo is not None
        assert desk.facts is not None
        stage = {**photographs.stage(desk, desk.photo, desk.facts), "resumed": True}
        stage["pace"] = self._estimate.seconds_per_pixel(self._needed(desk))
        value = self._value(desk)
        said = texts.PHOTO_RESUMED if value is None else texts.RESUMED
        shown = gr.skip() if value is None else {**value, "resumed": True}
        return stage, shown, markup.status(said), self._answer(desk), desk

    def _answer(self, desk: Desk) -> dict[str, Any]:
        """What the intake is told: that it was answered, and the key by which a reload finds the photograph."""
        self._answers += 1
        return {"answer": self._answers, "key": None if desk.photo is None else self._tabs.key(desk)}

    def begin(self, desk: Desk, stage: Any) -> tuple[Any, ...]:
        """Enhance was pressed: refuse in one sentence, or queue the job. Gives status, enhance, cancel."""
        try:
            job = self._job(desk, stage)
        except CropError as error:
            return markup.status(str(error), alert=True), gr.skip(), gr.skip()
        if not desk.begin(job):
            return markup.status(texts.BUSY, alert=True), gr.skip(), gr.skip()
        return markup.status(texts.WAITING, share=0), *buttons(working=True)

    def _job(self, desk: Desk, stage: Any) -> Job:
        if desk.photo is None:
            raise CropError(texts.EXPIRED if isinstance(stage, dict) else texts.NO_PHOTO)
        box, pixels = cut_out(desk.photo, stage)
        desk.lesion = _number(stage.get("lesion")) or 1
        made = Results(desk.number, desk.lesion, box, pixels, {})
        made.photograph, made.facts = desk.photograph, desk.facts
        return Job(made, self._needed(desk))

    def _value(self, desk: Desk) -> dict[str, Any] | None:
        return display.value(desk, self._estimate.seconds_per_pixel(self._needed(desk)))

    def lesion(self, desk: Desk, event: gr.EventData) -> Any:
        """Another lesion was chosen, or one was taken away: show it if it is done. Gives panes."""
        data = event._data if isinstance(event._data, dict) else {}
        dropped = _number(data.get("drop"))
        if dropped:
            desk.done.pop(dropped, None)
        desk.lesion = _number(data.get("lesion")) or desk.lesion
        done = desk.done.get(desk.lesion)
        if done is None:
            return gr.skip()
        if done is not desk.results:
            display.publish(desk, done, self._panes)
        return self._value(desk)

    def _needed(self, desk: Desk) -> tuple[str, ...]:
        """The models that the chosen panes need, once each, and the one that they are measured against."""
        chosen = [pane.model for pane in self._panes if pane.name in desk.wanted and pane.model]
        return tuple(dict.fromkeys([BASE, *chosen]))

    def choose(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """Panes were chosen: show what has run, run what has not. Gives panes, status, enhance, cancel."""
        chosen = event._data.get("panes") if isinstance(event._data, dict) else None
        nothing = gr.skip()
        if not isinstance(chosen, list):
            return nothing, nothing, nothing, nothing
        desk.wanted = tuple(pane.name for pane in self._panes if pane.name in chosen)
        if desk.results is None:
            return nothing, nothing, nothing, nothing
        before = desk.panes
        display.publish(desk, desk.results, self._panes)
        panes = self._value(desk) if desk.panes.keys() != before.keys() else nothing
        missing = tuple(name for name in self._needed(desk) if name not in desk.results.made)
        if not missing or not desk.begin(Job(desk.results, missing)):
            return panes, nothing, nothing, nothing
        return panes, markup.status(texts.WAITING, share=0), *buttons(working=True)

    def stop(self, desk: Desk) -> Any:
        """Cancel was pressed. Gives status."""
        if not desk.busy:
            return gr.skip()
        desk.stop()
        return markup.status(texts.CANCELLING, share=0)

    def layer(self, desk: Desk, event: gr.EventData) -> Any:
        """Another map was chosen, or the results themselves. Gives panes."""
        return self._look(desk, event, "layer", str, lambda wanted: display.look(desk, wanted, self._panes))

    def agree(self, desk: Desk, event: gr.EventData) -> Any:
        """The back-projection switch was moved. Gives panes."""
        return self._look(desk, event, "agree", bool, lambda wanted: display.agree(desk, wanted, self._panes))

    def detail(self, desk: Desk, event: gr.EventData) -> Any:
        """The detail slider moved. Gives panes."""
        kind = (int, float)
        return self._look(desk, event, "detail", kind, lambda wanted: display.blend(desk, wanted, self._panes))

    def _look(self, desk: Desk, event: gr.EventData, what: str, kind: Any, change: Callable[[Any], None]) -> Any:
        """How results are shown was changed. Of changes that overtake each other only the newest is drawn."""
        data = event._data if isinstance(event._data, dict) else {}
        wanted, turn = data.get(what), data.get("turn", 0)
        if not isinstance(wanted, kind) or not isinstance(turn, int):
            return gr.skip()
        desk.ask(what, turn)
        with desk.looking:
            if desk.overtaken(what, turn):
                return gr.skip()
            change(wanted)
            return gr.skip() if desk.results is None else self._value(desk)

    def take(self, desk: Desk, event: gr.EventData) -> tuple[Any, Any]:
        """Something is taken away. Gives the parcel's address, and status."""
        try:
            parcel = export.parcel(desk, Wish.of(event._data), self._panes)
        except (export.NothingToTake, RecordError) as error:
            return {"refused": str(error)}, markup.status(str(error), alert=True)
        except Exception as error:  # noqa: BLE001  # told in one sentence, and logged without its words
            log_failure(log, "an export failed", error)
            return {"refused": texts.EXPORT_FAILED}, markup.status(texts.EXPORT_FAILED, alert=True)
        name = desk.parcel(parcel)
        return {"url": download_url(name, parcel.file), "file": parcel.file}, gr.skip()


def _number(value: Any) -> int | None:
    """A lesion's number as the browser sent it, or None."""
    return value if isinstance(value, int) and 0 < value < 1000 else None
