"""Decoding in a process of its own, so that a hang, a crash or a greedy file ends there and not here.

Why a process: a decoder in C that loops cannot be ended from a thread, and one that is overflowed should find
nothing of value around it. Why one that stays: starting Python and OpenCV takes about half a second, sending a
photograph through a pipe a few milliseconds. So workers wait for the next photograph, at most ``AT_ONCE`` of them,
and each is replaced after ``PHOTOGRAPHS_EACH``. A worker has no secrets in its environment, may write no file, has
bounded memory, is killed by the clock here, by its own alarm where we are gone, and ends when its input does.
"""

from __future__ import annotations

import atexit
import os
import threading

from cf_esrt.photo.facts import Limits, Photo
from cf_esrt.photo.process import Worker, start

AT_ONCE = 2


class Pool:
    """Workers that wait; at most ``AT_ONCE`` photographs are decoded at a time."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._seats = threading.BoundedSemaphore(AT_ONCE)

    def read(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        """One photograph by a worker that waits, or by a new one; raises PhotoError."""
        with self._seats:
            worker = self._take()
            try:
                worker.left -= 1
                return worker.read(data, limits, keep_reference)
            finally:
                self._give(worker)

    def prepare(self) -> None:
        """Start a worker now, where none waits."""
        with self._seats:
            self._give(self._take())

    def close(self) -> None:
        """End all workers that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _take(self) -> Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return start()
            if worker.alive():
                return worker
            worker.kill()

    def _give(self, worker: Worker) -> None:
        if worker.alive():
            with self._lock:
                self._idle.append(worker)
        else:
            worker.kill()


_pool = Pool()


def read_in_worker(data: bytes, limits: Limits, keep_reference: bool) -> Photo:
    """``pipeline.read_here`` in a process that can be ended; raises PhotoError, also TooSlow."""
    return _pool.read(data, limits, keep_reference)


def prepare() -> None:
    """Start the decoder ahead of the first photograph, which would otherwise wait half a second for it."""
    _pool.prepare()


def close() -> None:
    """End the decoders that wait; the next photograph starts a new one."""
    _pool.close()


def _after_fork() -> None:
    """A forked child must not speak into its parent's pipes."""
    global _pool
    _pool = Pool()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
