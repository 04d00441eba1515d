"""Running a queued job for the page: its position in the queue, its progress, each model's pane, its end.

A lesion counts as finished once all models of its job are done. A job that ends earlier, by Cancel or an error, takes
nothing away: where its panes stand in the place of an earlier result, that comes back, as if Enhance had not been
pressed; where they replaced nothing they stay, each a whole result with a record of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import EnhanceError
from cf_esrt.interface.common.error_log import log_failure
from cf_esrt.interface.common.job_queue import JobQueue, QueueFull
from cf_esrt.interface.common.time_estimate import MIN_PIXELS, TimeEstimate
from cf_esrt.interface.preview import markup, strings
from cf_esrt.interface.preview.inference import Inference, ModelFinished, Progress
from cf_esrt.interface.preview.panes import DEGRADATIONS
from cf_esrt.interface.preview.session_state import Job, LesionResults, SessionState
from cf_esrt.interface.preview.updates import Update
from cf_esrt.interface.preview.workbench import Workbench

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1
"""Seconds between two progress updates."""


@dataclass(frozen=True)
class _End:
    """How a job ended."""

    panes: Update = field(default_factory=dict)
    kept: bool = False
    """Whether it ended early, and what it had finished stays."""
    device: str | None = None
    """Where it ran; None: it ended early."""


class JobRunner:
    """Runs jobs of all sessions, one after the other."""

    def __init__(self, inference: Inference, queue: JobQueue, estimate: TimeEstimate) -> None:
        self._inference = inference
        self._queue = queue
        self._estimate = estimate

    async def run(self, bench: Workbench) -> AsyncGenerator[Update, None]:
        """Run the oldest job of a session when its turn comes, reporting queue position and progress."""
        session = bench.session
        job = session.claim()
        if job is None:
            return
        progress = _Progress(bench, job, self._estimate)
        adds = bool(job.results.outputs)  # to results that were finished, or kept, before
        ticket, failed, end = None, None, _End()
        started = time.monotonic()
        try:
            ticket = self._queue.join()
            async for ahead in ticket.wait(job.cancel.is_set):
                yield {"status": markup.status(strings.ahead(ahead), share=0)}
            if not job.cancel.is_set():
                yield {"status": markup.status(strings.STARTING, share=0)}
            started = time.monotonic()
            async with aclosing(_in_threads(self._steps(job))) as steps:
                async for part, step in steps:
                    if isinstance(step, ModelFinished):
                        yield await asyncio.to_thread(self._add, bench, job, part, step, adds)
                    elif job.results.photo_number == session.photo_number:
                        yield progress.status(strings.CANCELLING) if step is None else progress.of(part, step)
        except QueueFull:
            failed = strings.FULL
        except EnhanceError as error:
            log.warning("an enhancement failed: %s", error)
            failed = str(error)
        except CheckpointError as error:  # its sentence names a path, which belongs in the log alone
            log.error("an enhancement failed: %s", error)
            failed = strings.NO_WEIGHTS
        except Exception as error:  # noqa: BLE001  # reported in one sentence, logged without its message
            log_failure(log, "an enhancement failed", error)
            failed = strings.FAILED
        finally:
            try:
                end = await asyncio.to_thread(self._end, bench, job, adds, failed is not None)
            finally:
                session.remove(job)
                if ticket is not None:
                    ticket.release()
        if job.results.photo_number != session.photo_number:  # nobody waits for it any more
            yield buttons(working=session.busy)
            return
        if failed is not None:
            status = markup.status(strings.KEPT.get(failed, failed) if end.kept else failed, alert=True)
        elif end.device is None:
            status = markup.status(strings.KEPT[strings.CANCELLED] if end.kept else strings.CANCELLED)
        else:
            seconds = time.monotonic() - started
            status = markup.status(strings.DONE.format(seconds=seconds, device=end.device.upper()))
        yield {**end.panes, "status": status, **buttons(working=session.busy)}

    def _add(self, bench: Workbench, job: Job, part: LesionResults, model: ModelFinished, adds: bool) -> Update:
        """Display a model's panes, if their lesion is displayed. ``part``: the job's results, or their second
        photograph's."""
        session = bench.session
        height, width = part.crop.shape[:2]
        self._estimate.update({model.name: model.seconds}, width * height)
        with session.display_lock:
            if job.cancel.is_set():
                return {}
            part.outputs[model.name] = model.output
            if not _displayed(session, job.results, adds) or not bench.display.show_begun(job.results):
                return {}
        return {"panes": bench.value()}

    def _end(self, bench: Workbench, job: Job, adds: bool, failed: bool) -> _End:
        """Keep what is finished; else give back what it replaced, or let stay what replaced nothing."""
        session, results = bench.session, job.results
        with session.display_lock:
            results.stopped |= failed  # before the page may ask for what is missing
            session.remove(job)
            second = None if not job.second_models else results.second  # None also where it was aligned anew meanwhile
            whole = second is None or set(job.second_models) <= second.outputs.keys()
            if not set(job.models) <= results.outputs.keys():
                if bench.display.restore_previous(results):
                    return _End({"panes": bench.value()})
                any_done = any(name in results.outputs for name in job.models)
                return _End(kept=any_done and session.results is results)
            results.stopped, session.replaced = False, None
            if not adds or session.results is results or session.finished.get(results.lesion) is results:
                session.keep(results)  # else a newer result of that lesion is there
            if session.results is not results and _displayed(session, results, adds) and not job.cancel.is_set():
                bench.display.show(results)
            if not whole:
                results.stopped = True
                return _End({"panes": bench.value()}, kept=True)
        return _End({"panes": bench.value()}, device=next(reversed(results.outputs.values())).device)

    def _steps(self, job: Job) -> Generator[tuple[LesionResults, Progress | ModelFinished | None], None, None]:
        """Steps of the inference with the results that they are of, not more than a few a second; after Cancel None,
        and then the tile's end."""
        reported = 0.0
        for part, models in ((job.results, job.models), (job.results.second, job.second_models)):
            if job.cancel.is_set() or part is None or not models:
                continue
            with closing(self._inference(part.crop, models)) as steps:
                for step in steps:
                    if job.cancel.is_set():
                        yield part, None
                        return
                    if step is None:
                        continue
                    now = time.monotonic()
                    if isinstance(step, ModelFinished) or now - reported >= PROGRESS_SECONDS:
                        reported = now
                        yield part, step


async def _in_threads(steps: Generator[Any, None, None]) -> AsyncGenerator[Any, None]:
    """A generator's items, each waited for in a thread; closing this closes it, and waits until it has ended."""
    end = object()
    try:
        while (step := await asyncio.to_thread(next, steps, end)) is not end:
            yield step
    finally:
        await asyncio.to_thread(steps.close)


def _displayed(session: SessionState, results: LesionResults, adds: bool) -> bool:
    """Whether what a job made is displayed at once: if it is of the chosen lesion, and, where it adds to results, if
    these are displayed still. The others wait until their lesion is chosen."""
    return results.of(session) and (not adds or session.results in (None, results))


class _Progress:
    """How far a job is, as time: each model counts by what it takes."""

    def __init__(self, bench: Workbench, job: Job, estimate: TimeEstimate) -> None:
        self._session = bench.session
        self._job = job
        known = {name: estimate.seconds_per_pixel([name]) for name in (*job.models, *job.second_models)}
        # Before a model has run here: a network of two stages takes about twice one of one, interpolation no time.
        usual = {pane.model_for(degradation): pane.cost for degradation in DEGRADATIONS for pane in bench.panes}
        measured = None not in known.values()

        def parts(names: tuple[str, ...], results: LesionResults | None) -> list[float]:
            pixels = 0 if results is None else max(results.crop.shape[0] * results.crop.shape[1], MIN_PIXELS)
            return [pixels * ((known[name] if measured else usual.get(name)) or 1e-6) for name in names]

        self._parts = parts(job.models, job.results) + parts(job.second_models, job.results.second)
        self._expected = sum(self._parts) if measured else None
        self._begun = 0.0
        self._share = 0.0

    def of(self, part: LesionResults, step: Progress) -> Update:
        now = time.monotonic()
        self._begun = self._begun or now
        index = step.index if part is self._job.results else len(self._job.models) + step.index
        done = sum(self._parts[:index]) + self._parts[index] * step.done / max(1, step.total)
        self._share = done / sum(self._parts)
        lesion = self._job.results.lesion if self._session.waiting or self._job.results.lesion > 1 else None
        left = self._left(now - self._begun)
        title = step.title if part is self._job.results else strings.second_title(step.title)
        return self.status(strings.progress(title, left, lesion, self._session.waiting))

    def _left(self, elapsed: float) -> float | None:
        """Seconds: by what the models took before, then by what this job takes itself; None: too early to say."""
        if self._share > 0.3:
            return elapsed / self._share * (1 - self._share)
        return None if self._expected is None else self._expected * (1 - self._share)

    def status(self, words: str) -> Update:
        return {"status": markup.status(words, share=self._share)}


def buttons(*, working: bool) -> Update:
    """Enhance stays enabled: a press while a job runs is queued."""
    return {"enhance": gr.Button(interactive=True), "cancel": gr.Button(interactive=working)}
