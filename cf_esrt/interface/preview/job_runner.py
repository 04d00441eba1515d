"""Running a queued job for the page: its position in the queue, its progress, each model's pane, its end.

A lesion counts as finished once all models of its job are done. A job that ends earlier, by Cancel or an error, takes
nothing away: where its panes stand in the place of an earlier result, that comes back, as if Enhance had not been
pressed; where they replaced nothing they stay, each a whole result with a record of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue, QueueFull
from cf_esrt.interface.common.time_estimate import TimeEstimate
from cf_esrt.interface.preview import display, markup, texts
from cf_esrt.interface.preview.inference import Inference, ModelFinished, Progress
from cf_esrt.interface.preview.panes import Pane
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1
"""Seconds between two progress updates."""

Update = tuple[Any, ...]
"""Panes, status, enhance, cancel, session."""


@dataclass(frozen=True)
class _End:
    """How a job ended."""

    panes: Any = field(default_factory=gr.skip)
    kept: bool = False
    """Whether it ended early, and what it had finished stays."""
    device: str | None = None
    """Where it ran; None: it ended early."""


class JobRunner:
    """Runs jobs of all sessions, one after the other."""

    def __init__(
        self,
        inference: Inference,
        queue: JobQueue,
        estimate: TimeEstimate,
        panes: tuple[Pane, ...],
        value: Callable[[SessionState], Any],
    ) -> None:
        self._inference = inference
        self._queue = queue
        self._estimate = estimate
        self._panes = panes
        self._value = value

    async def run(self, session: SessionState) -> AsyncGenerator[Update, None]:
        """Run the oldest job of a session when its turn comes, reporting queue position and progress."""
        job = session.claim()
        if job is None:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), session
            return
        adds = bool(job.results.outputs)  # to results that were finished, or kept, before
        ticket, failed, end = None, None, _End()
        started = time.monotonic()
        try:
            ticket = self._queue.join()
            async for ahead in ticket.wait(job.cancel.is_set):
                yield _status_update(markup.status(texts.ahead(ahead), share=0), session)
            if not job.cancel.is_set():
                yield _status_update(markup.status(texts.STARTING, share=0), session)
            started = time.monotonic()
            async with aclosing(_in_threads(self._steps(job))) as steps:
                async for step in steps:
                    if isinstance(step, ModelFinished):
                        panes = await asyncio.to_thread(self._add, session, job, step, adds)
                        yield panes, gr.skip(), gr.skip(), gr.skip(), session
                    elif step is None:
                        yield _status_update(markup.status(texts.CANCELLING, share=0), session)
                    else:
                        yield _status_update(_progress_status(step, job, session), session)
        except QueueFull:
            failed = texts.FULL
        except EnhanceError as error:
            log.warning("an enhancement failed: %s", error)
            failed = str(error)
        except CheckpointError as error:  # its sentence names a path, which belongs in the log alone
            log.error("an enhancement failed: %s", error)
            failed = texts.NO_WEIGHTS
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "an enhancement failed", error)
            failed = texts.FAILED
        finally:
            try:
                end = await asyncio.to_thread(self._end, session, job, adds, failed is not None)
            finally:
                session.remove(job)
                if ticket is not None:
                    ticket.release()
        if failed is not None:
            status = markup.status(texts.KEPT.get(failed, failed) if end.kept else failed, alert=True)
        elif end.device is None:
            status = markup.status(texts.KEPT[texts.CANCELLED] if end.kept else texts.CANCELLED)
        else:
            seconds = time.monotonic() - started
            status = markup.status(texts.DONE.format(seconds=seconds, device=end.device.upper()))
        yield end.panes, status, *buttons(working=session.busy), session

    def _add(self, session: SessionState, job: Job, model: ModelFinished, adds: bool) -> Any:
        """Display a model's panes, if their lesion is displayed. Returns panes."""
        height, width = job.results.crop.shape[:2]
        self._estimate.update({model.name: model.seconds}, width * height)
        with session.display_lock:
            if job.cancel.is_set():
                return gr.skip()
            job.results.outputs[model.name] = model.output
            if not _displayed(session, job.results, adds) or not display.show_begun(session, job.results, self._panes):
                return gr.skip()
        return self._value(session)

    def _end(self, session: SessionState, job: Job, adds: bool, failed: bool) -> _End:
        """Keep what is finished; else give back what it replaced, or let stay what replaced nothing."""
        results = job.results
        with session.display_lock:
            results.stopped |= failed  # before the page may ask for what is missing
            session.remove(job)
            if not set(job.models) <= results.outputs.keys():
                if display.take_back(session, results, self._panes):
                    return _End(self._value(session))
                any_done = any(name in results.outputs for name in job.models)
                return _End(kept=any_done and session.results is results)
            results.stopped, session.replaced = False, None
            if not adds or session.results is results or session.finished.get(results.lesion) is results:
                session.keep(results)  # else a newer result of that lesion is there
            if session.results is not results and _displayed(session, results, adds) and not job.cancel.is_set():
                display.show_results(session, results, self._panes)
        return _End(self._value(session), device=results.outputs[job.models[-1]].device)

    def _steps(self, job: Job) -> Generator[Progress | ModelFinished | None, None, None]:
        """Steps of the inference, not more than a few a second; after Cancel None, and then the tile's end."""
        if job.cancel.is_set():
            return
        reported = 0.0
        with closing(self._inference(job.results.crop, job.models)) as steps:
            for step in steps:
                if job.cancel.is_set():
                    yield None
                    return
                if step is None:
                    continue
                now = time.monotonic()
                if isinstance(step, ModelFinished) or now - reported >= PROGRESS_SECONDS:
                    reported = now
                    yield step


async def _in_threads(steps: Generator[Any, None, None]) -> AsyncGenerator[Any, None]:
    """A generator's items, each waited for in a thread; closing this closes it, and waits until it has ended."""
    end = object()
    try:
        while (step := await asyncio.to_thread(next, steps, end)) is not end:
            yield step
    finally:
        await asyncio.to_thread(steps.close)


def _status_update(status: str, session: SessionState) -> Update:
    return gr.skip(), status, gr.skip(), gr.skip(), session


def _displayed(session: SessionState, results: LesionResults, adds: bool) -> bool:
    """Whether what a job made is displayed at once; that of another lesion waits until it is selected, and what adds
    to results that are no longer displayed until they are."""
    if session.results is None or session.results is results:
        return True
    return not adds and results.lesion == session.lesion


def _progress_status(progress: Progress, job: Job, session: SessionState) -> str:
    """All models' tiles make one bar: each model an equal part, left to right."""
    part = progress.done / max(1, progress.total)
    lesion = job.results.lesion if session.waiting or job.results.lesion > 1 else None
    text = texts.progress(progress.title, progress.done, progress.total, lesion, session.waiting)
    return markup.status(text, share=(progress.index + part) / progress.models)


def buttons(*, working: bool) -> tuple[gr.Button, gr.Button]:
    """Enhance stays enabled: a press while a job runs is queued."""
    return gr.Button(interactive=True), gr.Button(interactive=working)
