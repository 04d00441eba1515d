"""A pool of decoder processes, so that a hang, a crash or a decompression bomb ends there and not here.

Why a process: a decoder in C that loops cannot be stopped from a thread, and an overflowed one should find nothing of
value around it. Why a pool: starting Python and OpenCV takes half a second, sending a photograph through a pipe a few
milliseconds. At most ``MAX_WORKERS`` workers stay, each replaced after ``PHOTOGRAPHS_PER_WORKER``. A worker has no
secrets in its environment, may write no file, has bounded memory, is killed by a timeout here, by its own alarm if
this process is gone, and ends when its input does. What its kernel can refuse besides is in ``restrictions``.
"""

from __future__ import annotations

import atexit
import os
import threading

from cf_esrt.photo.metadata import Limits, Photo
from cf_esrt.photo.process import Worker, start

MAX_WORKERS = 2


class Pool:
    """Idle workers; at most ``MAX_WORKERS`` photographs are decoded at a time."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(MAX_WORKERS)

    def read(self, data: bytes, limits: Limits, keep_reference: bool) -> Photo:
        """Decode one photograph in an idle or a new worker; raises PhotoError."""
        with self._slots:
            worker = self._acquire()
            try:
                worker.left -= 1
                return worker.read(data, limits, keep_reference)
            finally:
                self._release(worker)

    def prepare(self) -> None:
        """Start a worker now, where none is idle."""
        with self._slots:
            self._release(self._acquire())

    def confinement(self) -> tuple[str, ...]:
        """What holds for its workers."""
        with self._slots:
            worker = self._acquire()
            self._release(worker)
        return worker.confinement

    def close(self) -> None:
        """Kill all idle workers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _acquire(self) -> Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return start()
            if worker.alive():
                return worker
            worker.kill()

    def _release(self, worker: Worker) -> None:
        if worker.alive():
            with self._lock:
                self._idle.append(worker)
        else:
            worker.kill()


_pool = Pool()


def read_in_worker(data: bytes, limits: Limits, keep_reference: bool) -> Photo:
    """``pipeline.read_in_process`` in a process that can be killed; raises PhotoError, also TooSlow."""
    return _pool.read(data, limits, keep_reference)


def prepare() -> None:
    """Start the decoder ahead of the first photograph, which would otherwise wait half a second for it."""
    _pool.prepare()


def confinement() -> tuple[str, ...]:
    """What this machine's kernel holds the decoders to: "no new privileges", "Landlock", "seccomp" (Linux)."""
    return _pool.confinement()


def close() -> None:
    """Kill the idle decoders; the next photograph starts a new one."""
    _pool.close()


def _after_fork() -> None:
    """A forked child must not use its parent's pipes."""
    global _pool
    _pool = Pool()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
