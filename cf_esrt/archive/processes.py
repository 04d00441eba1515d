"""The pipeline in processes of this machine: one loaded model each, a fixed number of threads each.

A worker reads the next photograph and writes the last one while it enhances (`worker`). A worker that dies is replaced;
what it was enhancing is tried once more, alone in a worker, and becomes a row of failure if that one dies too.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from cf_esrt.archive import worker
from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.pipeline import Settings, Task, died
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

AHEAD = 3
"""Photographs that a worker holds: one being read, one enhanced, one written."""
LIVES = 2
"""Workers that a photograph may end before it is given up."""
_STILLBORN = 3
"""Workers in a row that may end before they have loaded their model."""
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(eq=False)  # one is known by itself alone
class _Worker:
    process: SpawnProcess
    pipe: Connection
    held: dict[str, Task] = field(default_factory=dict)
    packed: dict[str, Task] = field(default_factory=dict)
    """Made, and in a shard that is not written yet."""
    flushing: bool = False
    enhancing: str | None = None
    ready: bool = False
    alone: bool = False
    """It makes a photograph that ended a worker before, and nothing beside it."""


class Processes:
    """So many workers; `run` gives rows as they are made."""

    def __init__(
        self,
        settings: Settings,
        source: Place,
        target: Place,
        *,
        workers: int,
        threads: int,
        shards: int | None = None,
        serve: Callable[..., None] = worker.serve,
        kept: bool = False,
    ) -> None:
        """``shards``: megabytes of each tar shard that results go into; None: a file each. ``serve`` is what each
        process runs; the tests bring others. With ``kept`` the workers wait for the next `run` when one ends well."""
        self._what, self._shards = (settings, source, target), shards
        self._count, self._threads, self._serve = workers, threads, serve
        self._workers: list[_Worker] = []
        self._again: deque[Task] = deque()
        self._suspects: deque[Task] = deque()
        self._deaths: Counter[str] = Counter()
        self._stillborn = 0
        self._stopping = False
        self._kept = kept

    def stop(self) -> None:
        """Begin nothing new; `run` ends with what is under way. Safe in a signal handler."""
        self._stopping = True

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        """A row for each task, in the order in which they are made; None now and then, while nothing is ready.

        ArchiveError where workers cannot load the model, NoRoom where the target is full.
        """
        waiting = iter(tasks)
        try:
            self._workers = self._workers or [self._start() for _ in range(self._count)]
            while True:
                for one in self._workers:
                    self._feed(one, waiting)
                    self._flush(one)
                if not any(one.held or one.packed for one in self._workers):
                    break
                yield from self._hear()
        except BaseException:
            self._end()
            raise
        if not self._kept:
            self._end()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = (theirs, *self._what, self._threads, self._shards)
        process = context.Process(target=self._serve, args=arguments, daemon=True)
        with _environment(dict.fromkeys(_THREADS, str(self._threads))):
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _feed(self, one: _Worker, waiting: Iterator[Task]) -> None:
        if not one.held and not (one.alone and one.packed):
            one.alone = False
        while not self._stopping and not one.alone and len(one.held) < AHEAD:
            if self._suspects and not one.held:
                if one.packed:
                    return  # until its shard is written: a suspect is alone in a shard, too
                task, one.alone = self._suspects.popleft(), True
            elif self._again:
                task = self._again.popleft()
            elif (found := next(waiting, None)) is not None:
                task = found
            elif self._suspects:
                return  # for a worker that has nothing else
            else:
                return
            one.held[task.path] = task
            try:
                one.pipe.send(task)
            except OSError:  # it has just died: its sentinel tells
                return

    @staticmethod
    def _flush(one: _Worker) -> None:
        """Let a worker that has nothing else to do write what lies in no shard yet."""
        if one.packed and not one.held and not one.flushing:
            one.flushing = True
            with suppress(OSError):  # as above
                one.pipe.send(worker.Flush())

    def _hear(self) -> Iterator[Row | None]:
        """What workers have to say, or that one has died."""
        ways: dict[Any, _Worker] = {}
        for one in self._workers:
            ways[one.pipe] = ways[one.process.sentinel] = one
        heard = wait(list(ways), timeout=0.5)
        if not heard:
            yield None
        for one in dict.fromkeys(ways[way] for way in heard):
            yield from self._messages(one)

    def _messages(self, one: _Worker) -> Iterator[Row]:
        try:
            while one.pipe.poll():
                kind, value = one.pipe.recv()
                if kind == "row":
                    one.held.pop(value.path, None)
                    one.packed.pop(value.path, None)
                    one.flushing = one.flushing and bool(one.packed)
                    yield value
                elif kind == "packed":
                    one.packed[value] = one.held.pop(value)
                elif kind == "enhancing":
                    one.enhancing = value
                elif kind == "ready":
                    one.ready, self._stillborn = True, 0
                elif kind == "full":
                    raise NoRoom(value)
                elif kind == "unable":
                    raise ArchiveError(value)
        except (EOFError, ConnectionError):
            yield from self._bury(one)
            return
        if not one.process.is_alive() and not one.pipe.poll():
            yield from self._bury(one)

    def _bury(self, one: _Worker) -> Iterator[Row]:
        """Replace a dead worker; what it held is made again, and a row if it has ended its last one."""
        one.process.join()
        one.pipe.close()
        if not one.ready:
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise ArchiveError(
                    "The workers end before they have loaded the model; is there enough memory for them?"
                )
        unsettled = {**one.packed, **one.held}
        blamed = [one.enhancing] if one.enhancing in one.held else list(unsettled) if one.ready else []
        for path, task in unsettled.items():
            self._deaths[path] += path in blamed
            if self._deaths[path] >= LIVES:
                yield died(task, self._what[0])
            elif path in blamed:
                self._suspects.append(task)
            else:
                self._again.append(task)
        self._workers[self._workers.index(one)] = self._start()

    def _end(self) -> None:
        for one in self._workers:
            one.pipe.close()  # a worker ends when its pipe does
        for one in self._workers:
            one.process.join(5)
            if one.process.is_alive():
                one.process.kill()
                one.process.join()
        self._workers = []


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    """For a child's first instruction: libraries read these as they are loaded."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
