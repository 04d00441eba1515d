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
from cf_esrt.interface.pace import Pace
from cf_esrt.interface.panes import BASE, Pane
from cf_esrt.interface.work import Finished, Step, Work
from cf_esrt.photo import PhotoError

log = logging.getLogger(__name__)

SPOKEN_EVERY = 0.1
"""Seconds between two words of progress."""


class Events:
    """The page's event functions, bound to what does the work and to where uploads lie."""

    def __init__(self, work: Work, folder: Path, panes: tuple[Pane, ...]) -> None:
        self._work = work
        self._pace = Pace()
        self._panes = panes
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
            stage = {**intake.place(desk, fetch()), "pace": self._pace.of(self._needed(desk))}
        except (PhotoError, intake.IntakeError) as error:
            said = markup.status(str(error), alert=True)
            return gr.skip(), gr.skip(), said, answered, desk
        except Exception:
            log.exception("a photograph could not be read")
            return gr.skip(), gr.skip(), markup.status(texts.READ_FAILED, alert=True), answered, desk
        return stage, self._value(desk), markup.status(texts.READY), answered, desk

    def begin(self, desk: Desk, stage: Any) -> tuple[Any, ...]:
        """Enhance was pressed: refuse in one sentence, or queue the job. Gives status, enhance, cancel."""
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
        desk.lesion = _number(stage.get("lesion")) or 1
        return Job(Results(desk.number, desk.lesion, box, box.cut(desk.photo), {}), self._needed(desk))

    def _value(self, desk: Desk) -> dict[str, Any] | None:
        return results.value(desk, self._pace.of(self._needed(desk)))

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
            results.publish(desk, done, self._panes)
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
        results.publish(desk, desk.results, self._panes)
        panes = self._value(desk) if desk.panes.keys() != before.keys() else nothing
        missing = tuple(name for name in self._needed(desk) if name not in desk.results.made)
        if not missing or not desk.begin(Job(desk.results, missing)):
            return panes, nothing, nothing, nothing
        return panes, markup.status(texts.WAITING, share=0), *_buttons(working=True)

    def enhance(self, desk: Desk) -> Iterator[tuple[Any, ...]]:
        """Do the job that ``begin`` took. Gives panes, status, enhance, cancel, desk."""
        job = desk.take_job()
        if job is None:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip(), desk
            return
        said, panes = markup.status(texts.FAILED, alert=True), gr.skip()
        try:
            if not job.cancel.is_set():
                yield gr.skip(), markup.status(texts.STARTING, share=0), gr.skip(), gr.skip(), desk
            started = time.monotonic()
            finished = None
            for item in self._watched(job):
                if isinstance(item, Finished):
                    finished = item
                else:
                    yield gr.skip(), _progress(item, job, desk), gr.skip(), gr.skip(), desk
            if finished is None:
                said = markup.status(texts.CANCELLED)
            else:
                job.results.made.update(finished.made)
                height, width = job.results.crop.shape[:2]
                self._pace.learn(finished.seconds, width * height)
                desk.keep(job.results)
                if _looked_at(desk, job.results):
                    results.publish(desk, job.results, self._panes)
                panes = self._value(desk)
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
        yield panes, said, *_buttons(working=desk.busy), desk

    def _watched(self, job: Job) -> Iterator[Step | Finished]:
        """The work's steps, not more than a few a second, and none after Cancel."""
        if job.cancel.is_set():
            return
        steps, spoken = self._work(job.results.crop, job.names), 0.0
        try:
            for item in steps:
                if job.cancel.is_set():
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
        desk.stop()
        return markup.status(texts.CANCELLING, share=0)

    def layer(self, desk: Desk, event: gr.EventData) -> Any:
        """Another map was chosen, or the results themselves. Gives panes."""
        wanted = event._data.get("layer") if isinstance(event._data, dict) else None
        results.look(desk, str(wanted), self._panes)
        return gr.skip() if desk.results is None else self._value(desk)

    def detail(self, desk: Desk, event: gr.EventData) -> Any:
        """The detail slider moved. Gives panes."""
        wanted = event._data.get("detail") if isinstance(event._data, dict) else None
        if not isinstance(wanted, (int, float)) or desk.results is None:
            return gr.skip()
        results.blend(desk, float(wanted), self._panes)
        return self._value(desk)


def _looked_at(desk: Desk, made: Results) -> bool:
    """Whether finished results are shown at once; those of another lesion wait until it is chosen."""
    return desk.results is None or desk.results is made or made.lesion == desk.lesion


def _number(value: Any) -> int | None:
    """A lesion's number as the browser sent it, or None."""
    return value if isinstance(value, int) and 0 < value < 1000 else None


def _progress(step: Step, job: Job, desk: Desk) -> str:
    """All models' tiles make one bar: each model an equal part, left to right."""
    part = step.done / max(1, step.total)
    lesion = job.results.lesion if desk.waiting or job.results.lesion > 1 else None
    said = texts.progress(step.title, step.done, step.total, lesion, desk.waiting)
    return markup.status(said, share=(step.place + part) / step.of)


def _buttons(*, working: bool) -> tuple[gr.Button, gr.Button]:
    """Enhance stays: what is pressed while one runs is queued."""
    return gr.Button(interactive=True), gr.Button(interactive=working)
