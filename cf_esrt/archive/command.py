"""``archive`` and ``archive status``."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cf_esrt import terminal
from cf_esrt.archive import packing
from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.lock import locked
from cf_esrt.archive.manifest import Begun, Manifest
from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.places import Place, check_apart, why
from cf_esrt.archive.planning import Plan, plan
from cf_esrt.archive.progress import Progress
from cf_esrt.archive.rows import Row
from cf_esrt.sentences import sentence

FAILED, NOTHING_STARTED, STOPPED = 1, 2, 130
KEPT_EVERY, KEPT_ROWS = 1.0, 512
"""Seconds, and rows, after which what is made is written to the manifest; only then is it told of."""
_NAMED = 10


class Executor(Protocol):
    """Where the pipeline runs."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        """A row for each task; None while nothing is ready."""
        ...

    def stop(self) -> None:
        """Begin nothing new."""
        ...


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    source: str
    target: str
    settings: Settings
    workers: int | None = None
    """None: what is fastest (`measuring`); one on a GPU, which one process fills."""
    ray: str | None = None
    """The address of a Ray cluster; None: this machine."""
    log: Path | None = None
    retry: bool = False
    shards: int | None = None
    """Megabytes of each tar shard that results go into; None: a file each."""


def settings_of(
    model: str, detail: float | None, device: str, tile: int | None, engine: str, *, self_ensemble: bool
) -> Settings:
    """The settings with the weights that the model has here; ``detail`` None: its opening setting. ArchiveError where
    the model cannot be used."""
    from cf_esrt import models

    try:
        found = models.find(model)
    except (ValueError, RuntimeError, OSError) as error:
        raise ArchiveError(sentence(error)) from error
    detail = found.opening_detail if detail is None else detail
    return Settings(model, found.sha256, detail, device, tile, engine, self_ensemble)


def _on_gpu(device: str) -> bool:
    if device == "cpu":
        return False
    import torch

    return torch.cuda.is_available()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def archive(options: Options) -> int:
    """Make what is left; the exit code: 0, 1 where some failed, 130 where the user stopped it. ArchiveError where
    nothing can start."""
    source, target = Place(options.source), Place(options.target)
    check_apart(source, target)
    packing.check_name(target)
    source.check()
    target.prepare()
    with locked(target):
        manifest = Manifest(target)
        known = manifest.load()
        target.sweep()
        packing.check_kind(target, known.values(), shards=options.shards is not None)
        packing.sweep(target, manifest, known)
        there, sharded = target.results(), options.shards is not None
        found = plan(source.photographs(), known, there, options.settings, retry=options.retry, shards=sharded)
        if not found.total:
            raise ArchiveError(f"{options.source} holds no files.")
        try:
            manifest.begin(Begun(options.source, options.settings.key, found.total, time.time()))
            return _make(options, found, manifest, known)
        except NoRoom as error:
            terminal.complain(f"error: {error}")
            return FAILED
        except OSError as error:
            terminal.complain(
                f"error: {options.target} cannot be written to: {why(error)}. Give the same command again."
            )
            return FAILED


def _make(options: Options, found: Plan, manifest: Manifest, known: Mapping[str, Row]) -> int:
    executor = _executor(options)
    with Progress(len(found.tasks) + len(found.refused), options.log) as progress, _stopping(executor) as stopped:
        keeper = _Keeper(manifest, known, progress)
        try:
            for row in found.refused:
                keeper.take(row)
            if found.tasks:
                for row in executor.run(found.tasks):
                    keeper.take(row)
        finally:
            keeper.keep()
        if options.shards is not None and not stopped():
            packing.repack(manifest.place, manifest, options.shards)
        failed = progress.failed + found.known_failed
        there, left_out = found.known - found.known_failed, progress.left_out
        made = f"{progress.done} made, {there} there already"
        terminal.tell(f"{made}, {failed} failed, {left_out} left out as no photographs.")
        if found.known_failed:
            again = f"`archive status {options.target}` says why, and --retry tries again"
            terminal.tell(f"{found.known_failed} of the failed were not tried again: {again}.")
        if stopped():
            terminal.complain("Stopped; the results written so far are whole. Give the same command again to go on.")
            return STOPPED
    return FAILED if failed else 0


def _executor(options: Options) -> Executor:
    places = Place(options.source), Place(options.target)
    if options.ray is not None:
        from cf_esrt.archive.on_ray import OnRay

        return OnRay(options.settings, *places, address=options.ray, workers=options.workers, shards=options.shards)
    from cf_esrt.archive.measuring import Fastest
    from cf_esrt.archive.processes import Processes

    def processes(workers: int, threads: int) -> Processes:
        return Processes(options.settings, *places, workers=workers, threads=threads, shards=options.shards)

    workers, cores = options.workers, _cores()
    if workers is None and not _on_gpu(options.settings.device):
        return Fastest(processes, cores)
    workers = workers or 1
    return processes(workers, max(1, cores // workers))


class _Keeper:
    """Rows on their way into the manifest: told of once they are there."""

    def __init__(self, manifest: Manifest, known: Mapping[str, Row], progress: Progress) -> None:
        self._manifest, self._known, self._progress = manifest, known, progress
        self._rows: list[Row] = []
        self._since = time.monotonic()

    def take(self, row: Row | None) -> None:
        """One more row; None: look at the clock."""
        if row is not None:
            before = self._known.get(row.path)
            if row.state == "done" and not row.output_sha256 and before is not None:
                row = replace(before, stamp=row.stamp, finished=row.finished)  # the same bytes under a new date
            self._rows.append(row)
        if len(self._rows) >= KEPT_ROWS or time.monotonic() - self._since >= KEPT_EVERY:
            self.keep()

    def keep(self) -> None:
        """Write what there is. Raises OSError, NoRoom."""
        self._manifest.append(self._rows)
        self._progress.tell(self._rows)
        self._rows, self._since = [], time.monotonic()


@contextmanager
def _stopping(executor: Executor) -> Iterator[Callable[[], bool]]:
    """SIGINT and SIGTERM stop after what is under way; a second one at once."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def stop(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        executor.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def status(address: str) -> int:
    """Say how far a target is. ArchiveError where there is no manifest."""
    target = Place(address)
    target.check()
    manifest = Manifest(target)
    rows, begun = manifest.load(), manifest.begun()
    if begun is None:
        raise ArchiveError(f"{address} holds no manifest: it is no target of the command archive.")
    latest = [row for row in rows.values() if row.settings == begun.settings]
    counts = Counter(row.state for row in latest)
    left = max(0, begun.total - len(latest))
    terminal.tell(
        f"{counts['done']:,} done, {counts['failed']:,} failed, {counts['left out']:,} left out as no photographs, "
        f"{left:,} left of {begun.total:,} files"
    )
    failures = Counter(row.error for row in latest if row.state == "failed")
    for error, number in failures.most_common(_NAMED):
        terminal.tell(f"{number:,} × {error}")
    if len(failures) > _NAMED:
        terminal.tell(f"{len(failures) - _NAMED:,} other reasons stand in the manifest")
    fresh = [row.finished for row in latest if row.finished >= begun.started]
    if fresh and max(fresh) > begun.started:
        rate = len(fresh) / (max(fresh) - begun.started)
        terminal.tell(f"{rate:.2f} photographs a second since the run began; {left / rate / 3600:.1f} hours left")
    return 0
