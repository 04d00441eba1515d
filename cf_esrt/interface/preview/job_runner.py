"""Running a queued job for the page: its position in the queue, its progress, its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from typing import Any

import gradio as gr

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue, QueueFull
from cf_esrt.interface.common.time_estimate import TimeEstimate
from cf_esrt.interface.preview import display, markup, texts
from cf_esrt.interface.preview.inference import Finished, Inference, Progress
from cf_esrt.interface.preview.panes import Pane
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1
"""Seconds between two progress updates."""

Update = tuple[Any, ...]
"""Panes, status, enhance, cancel, session."""


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
        status, panes = markup.status(texts.FAILED, alert=True), gr.skip()
        ticket = None
        try:
            ticket = self._queue.join()
            async for ahead in ticket.wait(job.cancel.is_set):
                yield _status_update(markup.status(texts.ahead(ahead), share=0), session)
            if not job.cancel.is_set():
                yield _status_update(markup.status(texts.STARTING, share=0), session)
            started, finished = time.monotonic(), None
            async with aclosing(_in_threads(self._steps(job))) as steps:
                async for step in steps:
                    if isinstance(step, Finished):
                        finished = step
                    else:
                        yield _status_update(_progress_status(step, job, session), session)
            if finished is None:
                status = markup.status(texts.CANCELLED)
            else:
                panes = await asyncio.to_thread(self._show, session, job, finished)
                seconds = time.monotonic() - started
                status = markup.status(texts.DONE.format(seconds=seconds, device=finished.device.upper()))
        except QueueFull:
            status = markup.status(texts.FULL, alert=True)
        except EnhanceError as error:
            log.warning("an enhancement failed: %s", error)
            status = markup.status(str(error), alert=True)
        except CheckpointError as error:  # its sentence names a path, which belongs in the log alone
            log.error("an enhancement failed: %s", error)
            status = markup.status(texts.NO_WEIGHTS, alert=True)
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "an enhancement failed", error)
        finally:
            if ticket is not None:
                ticket.release()
            session.remove(job)
        yield panes, status, *buttons(working=session.busy), session

    def _show(self, session: SessionState, job: Job, finished: Finished) -> Any:
        """Keep the outputs, and display them if their lesion is selected. Returns panes."""
        job.results.outputs.update(finished.outputs)
        height, width = job.results.crop.shape[:2]
        self._estimate.update(finished.seconds, width * height)
        session.keep(job.results)
        if _displayed(session, job.results):
            display.show_results(session, job.results, self._panes)
        return self._value(session)

    def _steps(self, job: Job) -> Generator[Progress | Finished, None, None]:
        """Steps of the inference, not more than a few a second, and none after Cancel."""
        if job.cancel.is_set():
            return
        reported = 0.0
        with closing(self._inference(job.results.crop, job.models)) as steps:
            for step in steps:
                if job.cancel.is_set():
                    return
                if step is None:
                    continue
                now = time.monotonic()
                if isinstance(step, Finished) or now - reported >= PROGRESS_SECONDS:
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


def _displayed(session: SessionState, results: LesionResults) -> bool:
    """Whether finished results are displayed at once; those of another lesion wait until it is selected."""
    return session.results is None or session.results is results or results.lesion == session.lesion


def _progress_status(progress: Progress, job: Job, session: SessionState) -> str:
    """All models' tiles make one bar: each model an equal part, left to right."""
    part = progress.done / max(1, progress.total)
    lesion = job.results.lesion if session.waiting or job.results.lesion > 1 else None
    text = texts.progress(progress.title, progress.done, progress.total, lesion, session.waiting)
    return markup.status(text, share=(progress.index + part) / progress.models)


def buttons(*, working: bool) -> tuple[gr.Button, gr.Button]:
    """Enhance stays enabled: a press while a job runs is queued."""
    return gr.Button(interactive=True), gr.Button(interactive=working)
