"""What happens when something on the page is used. Each function takes and gives plain values."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.interface import intake, markup, results, texts
from cf_esrt.interface.crop import Box, CropError
from cf_esrt.interface.desk import Desk, Job, Results
from cf_esrt.interface.work import MODELS, Finished, Step, Work
from cf_esrt.photo import PhotoError

log = logging.getLogger(__name__)

SPOKEN_EVERY = 0.1
"""Seconds between two words of progress."""


class Events:
    """The page's event functions, bound to what does the work and to where uploads lie."""

    def __init__(self, work: Work, folder: Path) -> None:
        self._work = work
        self._folder = folder
        self._answers = 0

    def photo(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """An upload arrived. Gives crop, panes, status, intake, desk."""
        return self._open(desk, lambda: intake.take(event._data, self._folder))

    def example(self, desk: Desk, event: gr.EventData) -> tuple[Any, ...]:
        """An example was clicked. Gives crop, panes, status, intake, desk."""
        return self._open(desk, lambda: intake.example(event._data))

    def refused(self, event: gr.EventData) -> str:
        """The browser could not hand a picture over, and says why. Gives status."""
        reason = event._data.get("reason") if isinstance(event._data, dict) else None
        return markup.status(texts.REFUSED.get(str(reason), texts.NOT_RECEIVED), alert=True)

    def _open(self, desk: Desk, fetch: Any) -> tuple[Any, ...]:
        self._answers += 1
        answered = {"answer": self._answers}
        try:
            stage = intake.place(desk, fetch())
        except (PhotoError, intake.IntakeError) as error:
            said = markup.status(str(error), alert=True)
            return gr.skip(), gr.skip(), said, answered, desk
        except Exception:
            log.exception("a photograph could not be read")
            return gr.skip(), gr.skip(), markup.status(texts.READ_FAILED, alert=True), answered, desk
        return stage, results.value(desk), markup.status(texts.READY), answered, desk

    def begin(self, desk: Desk, stage: Any) -> tuple[Any, ...]:
        """Enhance was pressed: refuse in one sentence, or take the job. Gives status, enhance, cancel."""
        try:
            job = self._job(desk, stage)
        except CropError as error:
            return markup.status(str(error), alert=True), gr.skip(), gr.skip()
        if not desk.begin(job):
            return markup.status(texts.BUSY, alert=True), gr.skip(), gr.skip()
        return markup.status(texts.WAITING, share=0), *_buttons(working=True)

    def _job(self, desk: Desk, stage: Any) -> Job:
        if desk.photo is None:
            raise CropError(texts.EXPIRED if isinstance(stage, dict) else texts.NO_PHOTO)
        box = Box.of(stage)
        return Job(desk.number, box, box.cut(desk.photo))

    def enhance(self, desk: Desk) -> Iterator[tuple[Any, ...]]:
        """Do the job that ``begin`` took. Gives panes, status, enhance, cancel, desk."""
        job = desk.take_job()
        if job is None:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), desk
            return
        said, panes = markup.status(texts.FAILED, alert=True), gr.skip()
        try:
            if not desk.cancel.is_set():
                yield gr.skip(), markup.status(texts.STARTING, share=0), gr.skip(), gr.skip(), desk
            started = time.monotonic()
            finished = None
            for item in self._watched(desk, job):
                if isinstance(item, Finished):
                    finished = item
                else:
                    yield gr.skip(), _progress(item), gr.skip(), gr.skip(), desk
            if finished is None:
                said = markup.status(texts.CANCELLED)
            else:
                results.publish(desk, Results(job.photo, job.box, job.crop, finished.made))
                panes = results.value(desk)
                seconds = time.monotonic() - started
                said = markup.status(texts.DONE.format(seconds=seconds, device=finished.device.upper()))
        except EnhanceError as error:
            log.warning("an enhancement failed: %s", error)
            said = markup.status(str(error), alert=True)
        except CheckpointError as error:  # its sentence names a path, which is the log's business alone
            log.error("an enhancement failed: %s", error)
            said = markup.status(texts.NO_WEIGHTS, alert=True)
        except Exception:
            log.exception("an enhancement failed")
        finally:
            desk.end()
        yield panes, said, *_buttons(working=False), desk

    def _watched(self, desk: Desk, job: Job) -> Iterator[Step | Finished]:
        """The work's steps, not more than a few a second, and none after Cancel."""
        if desk.cancel.is_set():
            return
        steps, spoken = self._work(job.crop), 0.0
        try:
            for item in steps:
                if desk.cancel.is_set():
                    return
                if item is None:
                    continue
                now = time.monotonic()
                if isinstance(item, Finished) or now - spoken >= SPOKEN_EVERY:
                    spoken = now
                    yield item
        finally:
            close = getattr(steps, "close", None)
            if close is not None:
                close()

    def stop(self, desk: Desk) -> Any:
        """Cancel was pressed. Gives status."""
        if not desk.busy:
            return gr.skip()
        desk.cancel.set()
        return markup.status(texts.CANCELLING, share=0)

    def detail(self, desk: Desk, event: gr.EventData) -> Any:
        """The detail slider moved. Gives panes."""
        wanted = event._data.get("detail") if isinstance(event._data, dict) else None
        if not isinstance(wanted, (int, float)) or desk.results is None:
            return gr.skip()
        results.blend(desk, float(wanted))
        return results.value(desk)


def _progress(step: Step) -> str:
    """All models' tiles make one bar: each model a third, left to right."""
    part = step.done / max(1, step.total)
    return markup.status(texts.progress(step.title, step.done, step.total), share=(step.place + part) / len(MODELS))


def _buttons(*, working: bool) -> tuple[gr.Button, gr.Button]:
    return gr.Button(interactive=not working), gr.Button(interactive=working)
