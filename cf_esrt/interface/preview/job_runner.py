"""Running an enhancement for the page: its place in line, its progress, its end."""

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
from cf_esrt.interface.preview.inference import Finished, Step, Work
from cf_esrt.interface.preview.panes import Pane
from cf_esrt.interface.preview.session_state import Desk, Job, Results

log = logging.getLogger(__name__)

SPOKEN_EVERY = 0.1
"""Seconds between two words of progress."""

Said = tuple[Any, ...]
"""Panes, status, enhance, cancel, desk."""


class Runner:
    """Takes jobs of all sessions, one after the other."""

    def __init__(
        self, work: Work, queue: JobQueue, estimate: TimeEstimate, panes: tuple[Pane, ...], value: Callable[[Desk], Any]
    ) -> None:
        self._work = work
        self._queue = queue
        self._estimate = estimate
        self._panes = panes
        self._value = value

    async def run(self, desk: Desk) -> AsyncGenerator[Said, None]:
        """Do the oldest job of a desk when its turn has come, telling its place in line and then its progress."""
        job = desk.claim()
        if job is None:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), desk
            return
        said, panes = markup.status(texts.FAILED, alert=True), gr.skip()
        ticket = None
        try:
            ticket = self._queue.join()
            async for ahead in ticket.wait(job.cancel.is_set):
                yield _word(markup.status(texts.ahead(ahead), share=0), desk)
            if not job.cancel.is_set():
                yield _word(markup.status(texts.STARTING, share=0), desk)
            started, finished = time.monotonic(), None
            async with aclosing(_in_threads(self._watched(job))) as steps:
                async for item in steps:
                    if isinstance(item, Finished):
                        finished = item
                    else:
                        yield _word(_progress(item, job, desk), desk)
            if finished is None:
                said = markup.status(texts.CANCELLED)
            else:
                panes = await asyncio.to_thread(self._publish, desk, job, finished)
                seconds = time.monotonic() - started
                said = markup.status(texts.DONE.format(seconds=seconds, device=finished.device.upper()))
        except QueueFull:
            said = markup.status(texts.FULL, alert=True)
        except EnhanceError as error:
            log.warning("an enhancement failed: %s", error)
            said = markup.status(str(error), alert=True)
        except CheckpointError as error:  # its sentence names a path, which is the log's business alone
            log.error("an enhancement failed: %s", error)
            said = markup.status(texts.NO_WEIGHTS, alert=True)
        except Exception as error:  # noqa: BLE001  # told in one sentence, and logged without its words
            log_failure(log, "an enhancement failed", error)
        finally:
            if ticket is not None:
                ticket.release()
            desk.end(job)
        yield panes, said, *buttons(working=desk.busy), desk

    def _publish(self, desk: Desk, job: Job, finished: Finished) -> Any:
        """Keep what was made, and show it where it is looked at. Gives panes."""
        job.results.made.update(finished.made)
        height, width = job.results.crop.shape[:2]
        self._estimate.update(finished.seconds, width * height)
        desk.keep(job.results)
        if _looked_at(desk, job.results):
            display.publish(desk, job.results, self._panes)
        return self._value(desk)

    def _watched(self, job: Job) -> Generator[Step | Finished, None, None]:
        """The work's steps, not more than a few a second, and none after Cancel."""
        if job.cancel.is_set():
            return
        spoken = 0.0
        with closing(self._work(job.results.crop, job.names)) as steps:
            for item in steps:
                if job.cancel.is_set():
                    return
                if item is None:
                    continue
                now = time.monotonic()
                if isinstance(item, Finished) or now - spoken >= SPOKEN_EVERY:
                    spoken = now
                    yield item


async def _in_threads(steps: Generator[Any, None, None]) -> AsyncGenerator[Any, None]:
    """A generator's items, each waited for in a thread; closing this closes it, and waits until it has ended."""
    nothing = object()
    try:
        while (item := await asyncio.to_thread(next, steps, nothing)) is not nothing:
            yield item
    finally:
        await asyncio.to_thread(steps.close)


def _word(status: str, desk: Desk) -> Said:
    return gr.skip(), status, gr.skip(), gr.skip(), desk


def _looked_at(desk: Desk, made: Results) -> bool:
    """Whether finished results are shown at once; those of another lesion wait until it is chosen."""
    return desk.results is None or desk.results is made or made.lesion == desk.lesion


def _progress(step: Step, job: Job, desk: Desk) -> str:
    """All models' tiles make one bar: each model an equal part, left to right."""
    part = step.done / max(1, step.total)
    lesion = job.results.lesion if desk.waiting or job.results.lesion > 1 else None
    said = texts.progress(step.title, step.done, step.total, lesion, desk.waiting)
    return markup.status(said, share=(step.place + part) / step.of)


def buttons(*, working: bool) -> tuple[gr.Button, gr.Button]:
    """Enhance stays: what is pressed while one runs is queued."""
    return gr.Button(interactive=True), gr.Button(interactive=working)
