"""The page's event handlers. Each takes and returns plain values."""

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
from cf_esrt.interface.preview import display, markup, photographs, texts
from cf_esrt.interface.preview.crop import CropError, crop_pixels
from cf_esrt.interface.preview.export import ExportRequest, NothingToExport, export
from cf_esrt.interface.preview.inference import Inference
from cf_esrt.interface.preview.job_runner import JobRunner, buttons
from cf_esrt.interface.preview.panes import BASE, Pane, switchable
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState
from cf_esrt.models import Family
from cf_esrt.photo import PhotoError
from cf_esrt.provenance import ProvenanceError

log = logging.getLogger(__name__)


class Events:
    """Handlers, bound to the inference that runs jobs and to the folder of uploads."""

    def __init__(
        self, inference: Inference, folder: Path, panes: tuple[Pane, ...], queue: JobQueue | None = None
    ) -> None:
        self._estimate = TimeEstimate()
        self._panes = panes
        self._folder = folder
        self._responses = 0
        self._tabs = Tabs[SessionState]()
        runner = JobRunner(inference, JobQueue() if queue is None else queue, self._estimate, panes, self._value)
        self.enhance = runner.run
        """Run the job that ``enqueue`` added, when its turn comes. Returns panes, status, enhance, cancel, session."""

    def photo(self, session: SessionState, event: gr.EventData) -> tuple[Any, ...]:
        """An upload arrived. Returns crop, panes, status, upload, session."""
        return self._open(session, lambda: read_upload(event._data, self._folder))

    def example(self, session: SessionState, event: gr.EventData) -> tuple[Any, ...]:
        """An example was clicked. Returns crop, panes, status, upload, session."""
        return self._open(session, lambda: photographs.example(event._data))

    def refused(self, event: gr.EventData) -> str:
        """The browser could not upload a picture, and says why. Returns status."""
        reason = event._data.get("reason") if isinstance(event._data, dict) else None
        return markup.status(texts.REFUSED.get(str(reason), NOT_RECEIVED), alert=True)

    def _open(self, session: SessionState, read: Callable[[], bytes]) -> tuple[Any, ...]:
        try:
            stage = photographs.open_photo(session, read(), choice=switchable(self._panes))
        except (PhotoError, UploadError) as error:
            return gr.skip(), gr.skip(), markup.status(str(error), alert=True), self._response(session), session
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "a photograph could not be read", error)
            failed = markup.status(texts.READ_FAILED, alert=True)
            return gr.skip(), gr.skip(), failed, self._response(session), session
        stage["seconds_per_pixel"] = self._seconds_per_pixel(session)
        return stage, self._value(session), markup.status(texts.READY), self._response(session), session

    def resume(self, session: SessionState, event: gr.EventData) -> tuple[Any, ...]:
        """The tab was reloaded: the new session takes over. Returns crop, panes, status, upload, session."""
        before = self._tabs.take(event._data.get("key") if isinstance(event._data, dict) else None)
        if before is None or not session.adopt(before):
            return gr.skip(), gr.skip(), markup.status(texts.GONE), self._response(session), session
        stage = {**photographs.stage(session), "resumed": True, "seconds_per_pixel": self._seconds_per_pixel(session)}
        if session.results is not None:
            display.take_back(session, session.results, self._panes)  # the reload ended what was arriving
        value = self._value(session)
        status = markup.status(texts.PHOTO_RESUMED if value is None else texts.RESUMED)
        panes = gr.skip() if value is None else {**value, "resumed": True}
        return stage, panes, status, self._response(session), session

    def _response(self, session: SessionState) -> dict[str, Any]:
        """Tells the upload card that it was answered, and the key by which a reload finds the photograph."""
        self._responses += 1
        return {"response": self._responses, "key": None if session.photo is None else self._tabs.key(session)}

    def enqueue(self, session: SessionState, stage: Any) -> tuple[Any, ...]:
        """Enhance was pressed: refuse in one sentence, or queue the job. Returns status, enhance, cancel."""
        try:
            job = self._job(session, stage)
        except CropError as error:
            return markup.status(str(error), alert=True), gr.skip(), gr.skip()
        if not session.enqueue(job):
            return markup.status(texts.BUSY, alert=True), gr.skip(), gr.skip()
        return markup.status(texts.WAITING, share=0), *buttons(working=True)

    def _job(self, session: SessionState, stage: Any) -> Job:
        if session.photo is None:
            raise CropError(texts.EXPIRED if isinstance(stage, dict) else texts.NO_PHOTO)
        box, pixels = crop_pixels(session.photo, stage)
        session.lesion = _lesion_number(stage.get("lesion")) or 1
        results = LesionResults(session.photo_number, session.lesion, box, pixels, {})
        results.photograph, results.metadata = session.photo_digest, session.metadata
        return Job(results, self._needed_models(session))

    def _value(self, session: SessionState) -> dict[str, Any] | None:
        return display.viewer_value(session, self._seconds_per_pixel(session))

    def _seconds_per_pixel(self, session: SessionState) -> float | None:
        return self._estimate.seconds_per_pixel(self._needed_models(session))

    def lesion(self, session: SessionState, event: gr.EventData) -> Any:
        """Another lesion was selected, or one was removed: show it if it is finished, or as far as it is. Returns
        panes."""
        data = event._data if isinstance(event._data, dict) else {}
        removed = _lesion_number(data.get("removed"))
        if removed:
            session.finished.pop(removed, None)
        session.lesion = _lesion_number(data.get("lesion")) or session.lesion
        begun = session.begun(session.lesion)
        if begun is not None and display.show_begun(session, begun, self._panes):
            return self._value(session)
        results = session.finished.get(session.lesion)
        if results is None:
            return gr.skip()
        if results is not session.results:
            display.show_results(session, results, self._panes)
        return self._value(session)

    def _needed_models(self, session: SessionState, family: Family | None = None) -> tuple[str, ...]:
        """The models of the selected panes, once each, and the one that added detail is measured against; of a family,
        by default the chosen one."""
        selected = [pane.model_for(family or session.family) for pane in self._panes if pane.name in session.selected]
        return tuple(dict.fromkeys([BASE, *filter(None, selected)]))

    def select_panes(self, session: SessionState, event: gr.EventData) -> tuple[Any, ...]:
        """Panes were selected: show what has run, run what has not. Returns panes, status, enhance, cancel.

        Where the page asks by itself, what was cancelled or failed is not run again.
        """
        data = event._data if isinstance(event._data, dict) else {}
        names = data.get("panes")
        nothing = gr.skip()
        if not isinstance(names, list):
            return nothing, nothing, nothing, nothing
        session.selected = tuple(pane.name for pane in self._panes if pane.name in names)
        if session.results is None:
            return nothing, nothing, nothing, nothing
        before = session.panes
        display.show_results(session, session.results, self._panes)
        panes = self._value(session) if session.panes.keys() != before.keys() else nothing
        if data.get("unasked") and session.results.stopped:
            return panes, nothing, nothing, nothing
        return self._run_missing(session, panes)

    def family(self, session: SessionState, event: gr.EventData) -> tuple[Any, ...]:
        """The other family of networks was chosen: show what has run, run what has not. Returns panes, status, enhance,
        cancel."""
        family = event._data.get("family") if isinstance(event._data, dict) else None
        nothing = gr.skip()
        if family not in ("clean", "camera") or family == session.family or not switchable(self._panes):
            return nothing, nothing, nothing, nothing
        display.set_family(session, family, self._panes)
        if session.results is None or session.results.photo_number != session.photo_number:
            return nothing, nothing, nothing, nothing
        return self._run_missing(session, self._value(session))

    def _run_missing(self, session: SessionState, panes: Any) -> tuple[Any, ...]:
        """Queue the models of the selected panes that have not run on what is shown. Returns panes, status, enhance,
        cancel."""
        nothing = gr.skip()
        assert session.results is not None
        needed = self._needed_models(session, session.results.family)
        missing = tuple(name for name in needed if name not in session.results.outputs)
        if not missing or not session.enqueue(Job(session.results, missing)):
            return panes, nothing, nothing, nothing
        return panes, markup.status(texts.WAITING, share=0), *buttons(working=True)

    def cancel(self, session: SessionState) -> None:
        """Cancel was pressed; the job itself says that it stops, so that this comes before what it says at its end."""
        session.cancel()

    def overlay(self, session: SessionState, event: gr.EventData) -> Any:
        """Another overlay was selected, or none. Returns panes."""
        return self._redisplay(session, event, "overlay", str, display.set_overlay)

    def back_projection(self, session: SessionState, event: gr.EventData) -> Any:
        """The back-projection switch was moved. Returns panes."""
        return self._redisplay(session, event, "back_projection", bool, display.set_back_projection)

    def detail(self, session: SessionState, event: gr.EventData) -> Any:
        """The detail slider was moved. Returns panes."""
        return self._redisplay(session, event, "detail", (int, float), display.set_detail)

    def _redisplay(
        self, session: SessionState, event: gr.EventData, setting: str, kind: Any, change: Callable[..., None]
    ) -> Any:
        """Apply a change of a display setting. Of changes that overtake each other only the newest is drawn."""
        data = event._data if isinstance(event._data, dict) else {}
        value, number = data.get(setting), data.get("request", 0)
        if not isinstance(value, kind) or not isinstance(number, int):
            return gr.skip()
        session.request(setting, number)
        with session.display_lock:
            if session.superseded(setting, number):
                return gr.skip()
            change(session, value, self._panes)
            return gr.skip() if session.results is None else self._value(session)

    def export(self, session: SessionState, event: gr.EventData) -> tuple[Any, Any]:
        """An export was requested. Returns the download's address, and status."""
        try:
            download = export(session, ExportRequest.parse(event._data), self._panes)
        except (NothingToExport, ProvenanceError) as error:
            return {"refused": str(error)}, markup.status(str(error), alert=True)
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "an export failed", error)
            return {"refused": texts.EXPORT_FAILED}, markup.status(texts.EXPORT_FAILED, alert=True)
        name = session.put_download(download)
        return {"url": download_url(name, download.file), "file": download.file}, gr.skip()


def _lesion_number(value: Any) -> int | None:
    """A lesion's number as the browser sent it, or None."""
    return value if isinstance(value, int) and 0 < value < 1000 else None
