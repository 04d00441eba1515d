"""The page's event handlers. Each gives an update keyed by component (`updates`)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import Any

import gradio as gr

from cf_esrt.fidelity.degradation import DEGRADATIONS
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue
from cf_esrt.interface.common.picture_store import download_url
from cf_esrt.interface.common.strings import NOT_RECEIVED
from cf_esrt.interface.common.tabs import Tabs
from cf_esrt.interface.common.time_estimate import TimeEstimate
from cf_esrt.interface.common.uploads import UploadError, Uploads
from cf_esrt.interface.common.worker_pool import PoolFull, WorkerPool
from cf_esrt.interface.preview import markup, photographs, strings
from cf_esrt.interface.preview.crop import CropError
from cf_esrt.interface.preview.display import Display
from cf_esrt.interface.preview.export import ExportRequest, NothingToExport, plausible_millimetres
from cf_esrt.interface.preview.inference import Inference
from cf_esrt.interface.preview.job_runner import JobRunner, buttons
from cf_esrt.interface.preview.panes import Pane, switchable
from cf_esrt.interface.preview.photo_memory import MemoryFull
from cf_esrt.interface.preview.second_photo import points
from cf_esrt.interface.preview.session_state import Job, SessionState, Superseded
from cf_esrt.interface.preview.updates import Update
from cf_esrt.interface.preview.workbench import Workbench, lesion_number
from cf_esrt.photo import PhotoError
from cf_esrt.provenance import ProvenanceError

log = logging.getLogger(__name__)


class Events:
    """Handlers, bound to the inference that runs jobs and to the uploads."""

    def __init__(
        self,
        inference: Inference,
        uploads: Uploads,
        panes: tuple[Pane, ...],
        queue: JobQueue | None = None,
        opening: WorkerPool | None = None,
    ) -> None:
        self._estimate = TimeEstimate()
        self._panes = panes
        self._uploads = uploads
        self._opening = photographs.opening_pool() if opening is None else opening
        self._responses = 0
        self._tabs = Tabs[SessionState]()
        self._quick = Tabs[SessionState]()
        self._runner = JobRunner(inference, JobQueue() if queue is None else queue, self._estimate)

    def measured(self, seconds: dict[str, float], pixels: int) -> None:
        """What models take on this machine, before the first Enhance; what jobs took counts for more."""
        self._estimate.begin(seconds, pixels)

    def session_of(self, key: str) -> SessionState | None:
        """The session whose crop stage was given that key."""
        return self._quick.find(key)

    def _bench(self, session: SessionState) -> Workbench:
        return Workbench(session, self._panes, self._estimate)

    async def enhance(self, session: SessionState) -> AsyncGenerator[Update, None]:
        """Run the job that ``enqueue`` added, when its turn comes."""
        async for update in self._runner.run(self._bench(session)):
            yield update

    async def photo(self, session: SessionState, event: gr.EventData) -> Update:
        """An upload arrived."""
        return await self._open(session, lambda: self._uploads.take(event._data))

    async def example(self, session: SessionState, event: gr.EventData) -> Update:
        """An example was clicked."""
        return await self._open(session, lambda: nullcontext(photographs.example(event._data)))

    def refused(self, session: SessionState, event: gr.EventData) -> str:
        """The browser could not upload a picture, and says why. Returns status."""
        reason = event._data.get("reason") if isinstance(event._data, dict) else None
        return self._alert(session, strings.REFUSED.get(str(reason), NOT_RECEIVED))

    @staticmethod
    def _alert(session: SessionState, words: str) -> str:
        """Why a photograph was not opened; the page adds which one stays open."""
        return markup.status(words, alert=True, stays=session.photo is not None)

    def _not_opened(self, session: SessionState, words: str) -> Update:
        return {"status": self._alert(session, words), "upload": {**self._response(session), "refused": True}}

    async def _open(self, session: SessionState, take: Callable[[], AbstractContextManager[bytes]]) -> Update:
        try:
            opening = session.begin_opening()
            with take() as data:
                stage = await self._opening.run(
                    photographs.open_photo, session, data, choice=switchable(self._panes), opening=opening
                )
        except Superseded:
            return {"upload": self._response(session)}
        except PoolFull:
            return self._not_opened(session, strings.OPENING_FULL)
        except MemoryFull:
            return self._not_opened(session, strings.MEMORY_FULL)
        except (PhotoError, UploadError) as error:
            return self._not_opened(session, str(error))
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "a photograph could not be read", error)
            return self._not_opened(session, strings.READ_FAILED)
        return self._opened(session, stage, strings.READY)

    def resume(self, session: SessionState, event: gr.EventData) -> Update:
        """The tab was reloaded: the new session takes over."""
        before = self._tabs.take(event._data.get("key") if isinstance(event._data, dict) else None)
        if before is None or not session.adopt(before):
            return {"status": markup.status(strings.GONE), "upload": self._response(session)}
        bench = self._bench(session)
        if session.results is not None:
            bench.display.restore_previous(session.results)  # the reload ended what was arriving
        words = strings.PHOTO_RESUMED
        if session.results is not None:
            words = strings.RESUMED if session.is_finished(session.results) else strings.PARTLY_RESUMED
        update = self._opened(session, {**photographs.stage(session), "resumed": True}, words)
        return {**update, "panes": {**update["panes"], "resumed": True}}

    def _opened(self, session: SessionState, stage: dict[str, Any], words: str) -> Update:
        bench = self._bench(session)
        stage |= {"seconds_per_pixel": bench.seconds_per_pixel(), "key": self._quick.key(session)}
        return {
            "crop": stage,
            "panes": bench.value(),
            "status": markup.status(words),
            "upload": self._response(session),
            "dates": self._second_value(session),
        }

    def _response(self, session: SessionState) -> dict[str, Any]:
        """Tells the upload card that it was answered, and the key by which a reload finds the photograph."""
        self._responses += 1
        return {"response": self._responses, "key": None if session.photo is None else self._tabs.key(session)}

    def enqueue(self, session: SessionState, stage: Any) -> Update:
        """Enhance was pressed: refuse in one sentence, or queue the job."""
        try:
            job = self._bench(session).job(stage)
        except CropError as error:
            return {"status": markup.status(str(error), alert=True)}
        if not session.enqueue(job):
            return {"status": markup.status(strings.BUSY, alert=True)}
        return _queued()

    def lesion(self, session: SessionState, event: gr.EventData) -> Update:
        """Another lesion was selected, or one was removed: show it if it is finished, or as far as it is."""
        data = event._data if isinstance(event._data, dict) else {}
        bench = self._bench(session)
        shown = bench.choose_lesion(lesion_number(data.get("lesion")), lesion_number(data.get("removed")))
        return {"panes": bench.value()} if shown else {}

    def select_panes(self, session: SessionState, event: gr.EventData) -> Update:
        """Panes were selected: show what has run, run what has not.

        Where the page asks by itself, what was cancelled or failed is not run again.
        """
        data = event._data if isinstance(event._data, dict) else {}
        names = data.get("panes")
        if not isinstance(names, list):
            return {}
        session.selected = tuple(pane.name for pane in self._panes if pane.name in names)
        of = data.get("second") if session.second is not None else None
        changed = of != session.second_pane
        session.second_pane = next((pane.name for pane in self._panes if pane.name == of), None)
        bench = self._bench(session)
        if session.results is None:
            return {"panes": bench.value()} if changed and session.photo is not None else {}
        before, refused = session.panes, {}
        try:
            bench.attach_second(session.results)
        except CropError as error:
            refused = {"status": markup.status(str(error), alert=True)}
        bench.display.show(session.results)
        update = {"panes": bench.value()} if changed or session.panes.keys() != before.keys() else {}
        if data.get("unasked") and session.results.stopped:
            return {**refused, **update}
        return {**refused, **update, **_run_missing(bench)}

    async def second(self, session: SessionState, event: gr.EventData) -> Update:
        """A photograph of another date arrived, to be put beside the first: read it and align it by features."""
        try:
            with self._uploads.take(event._data) as data:
                await self._opening.run(photographs.open_second, session, data)
        except PoolFull:
            return self._second_refused(session, strings.OPENING_FULL)
        except MemoryFull:
            return self._second_refused(session, strings.MEMORY_FULL)
        except (PhotoError, UploadError, photographs.NoFirst) as error:
            return self._second_refused(session, str(error))
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "a second photograph could not be read", error)
            return self._second_refused(session, strings.READ_FAILED)
        return self._second_changed(session)

    def align(self, session: SessionState, event: gr.EventData) -> Update:
        """Align the second photograph anew: by the points that were sent, or by features."""
        data = event._data if isinstance(event._data, dict) else {}
        second, photo = session.second, session.photo
        if second is None or photo is None:
            return self._second_refused(session, strings.NO_SECOND)
        sides = data.get("millimetres")
        known = [plausible_millimetres(one) for one in sides] if isinstance(sides, list) and len(sides) == 2 else []
        second.align(photo, points(data.get("points")), (known[0], known[1]) if known else (None, None))
        return {**self._second_changed(session), **_run_missing(self._bench(session))}

    def remove_second(self, session: SessionState) -> Update:
        """The second photograph is not needed any more."""
        with session.display_lock:
            session.second = session.second_pane = None
            for results in session.shown_or_finished:
                results.second = None
        return self._second_changed(session)

    def _second_changed(self, session: SessionState) -> Update:
        """It is there, gone, or lies elsewhere: results keep what was made of the same place."""
        bench = self._bench(session)
        with session.display_lock:
            for results in session.shown_or_finished:
                with suppress(CropError):  # Enhance says so; nothing is shown of it
                    bench.attach_second(results)
            bench.display.show_second()
        return {"panes": bench.value(), "dates": self._second_value(session)}

    def _second_refused(self, session: SessionState, words: str) -> Update:
        return {"dates": {**self._second_value(session), "refused": words}}

    def _second_value(self, session: SessionState) -> dict[str, Any]:
        self._responses += 1
        shown = None if session.second is None else session.second.value()
        return {"response": self._responses, "second": shown}

    def source(self, session: SessionState, event: gr.EventData) -> Update:
        """A person said where the photograph comes from: show what its networks have made, run what is missing."""
        source = event._data.get("source") if isinstance(event._data, dict) else None
        if not isinstance(source, str) or source not in DEGRADATIONS or not switchable(self._panes):
            return {}
        before = session.degradation
        bench = self._bench(session)
        bench.display.set_source(source)
        if session.degradation == before:
            return {}
        return {"panes": bench.value(), **_run_missing(bench)}

    def shrink(self, session: SessionState, event: gr.EventData) -> Update:
        """The photograph is to be enhanced at the size that it is sharp at: open it anew, shrunk."""
        if session.photo is None or session.resolution is None:
            return {}
        return self._opened(session, photographs.open_shrunk(session), strings.SHRUNK)

    def cancel(self, session: SessionState) -> None:
        """Cancel was pressed; the job itself says that it stops, so that this comes before what it says at its end."""
        session.cancel()

    def overlay(self, session: SessionState, event: gr.EventData) -> Update:
        """Another overlay was selected, or none."""
        level = event._data.get("level") if isinstance(event._data, dict) else None
        return self._redisplay(session, event, "overlay", str, partial(Display.set_overlay, level=level))

    def back_projection(self, session: SessionState, event: gr.EventData) -> Update:
        """The back-projection switch was moved."""
        return self._redisplay(session, event, "back_projection", bool, Display.set_back_projection)

    def detail(self, session: SessionState, event: gr.EventData) -> Update:
        """The detail slider was moved."""
        return self._redisplay(session, event, "detail", (int, float), Display.set_detail)

    def _redisplay(
        self, session: SessionState, event: gr.EventData, setting: str, kind: Any, change: Callable[..., None]
    ) -> Update:
        """Apply a change of a display setting. Of changes that overtake each other only the newest is drawn."""
        data = event._data if isinstance(event._data, dict) else {}
        value, number = data.get(setting), data.get("request", 0)
        if not isinstance(value, kind) or not isinstance(number, int):
            return {}
        session.request(setting, number)
        bench = self._bench(session)
        with session.display_lock:
            if session.superseded(setting, number):
                return {}
            change(bench.display, value)
            shown = bench.value()  # also without a result: the page waits for an answer
            return {} if shown is None else {"panes": shown}

    def export(self, session: SessionState, event: gr.EventData) -> Update:
        """An export was requested: the download's address, or one sentence."""
        try:
            download = self._bench(session).exports.make(ExportRequest.parse(event._data))
        except (NothingToExport, ProvenanceError) as error:
            return _refused(str(error))
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "an export failed", error)
            return _refused(strings.EXPORT_FAILED)
        name = session.put_download(download)
        return {"exports": {"url": download_url(name, download.file), "file": download.file}}


def _refused(sentence: str) -> Update:
    return {"exports": {"refused": sentence}, "status": markup.status(sentence, alert=True)}


def _queued() -> Update:
    return {"status": markup.status(strings.WAITING, share=0), **buttons(working=True)}


def _run_missing(bench: Workbench) -> Update:
    """Queue the models of the selected panes that have not run on what is shown."""
    job: Job | None = bench.missing()
    return _queued() if job is not None and bench.session.enqueue(job) else {}
