"""One worker's process: reads ahead and writes behind in threads, while its main thread enhances."""

from __future__ import annotations

import os
import queue
import signal
import threading
from typing import TYPE_CHECKING, Any

from cf_esrt.archive.errors import NoRoom
from cf_esrt.archive.pipeline import Made, Maker, Opened, Settings, Task
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from cf_esrt.sentences import sentence

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


_FAILED = 70


class Flush:
    """In the place of a task: write what lies in no shard yet."""


def serve(
    pipe: Connection, settings: Settings, source: Place, target: Place, threads: int, shards: int | None = None
) -> None:
    """Make what comes through the pipe until it closes; runs in a process of its own.

    It says ``ready``, then ``enhancing`` a path, ``packed`` where the result waits for its shard, and each ``row`` once
    the result is whole in the target.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; who started us decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import torch

    from cf_esrt.engine.allocator import keep_freed_memory

    # a thread that fails as nobody foresaw takes the process with it, which the parent replaces; else it would wait
    threading.excepthook = lambda _: os._exit(_FAILED)
    keep_freed_memory()
    torch.set_num_threads(threads)
    say = _Voice(pipe)
    try:
        maker = Maker(settings, source, target, shards)
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        say("unable", sentence(error))
        return
    say("ready", None)
    opened: queue.Queue[Opened | Flush | None] = queue.Queue(1)
    made: queue.Queue[Made | Flush | None] = queue.Queue(1)
    reading = threading.Thread(target=_read, args=(pipe, maker, opened, say), daemon=True)
    writing = threading.Thread(target=_write, args=(made, maker, say), daemon=True)
    reading.start()
    writing.start()
    while (photograph := opened.get()) is not None:
        if isinstance(photograph, Flush):
            made.put(photograph)
            continue
        say("enhancing", photograph.task.path)
        result = maker.enhance(photograph)
        if isinstance(result, Row):
            say("row", result)
        else:
            made.put(result)
    made.put(None)
    writing.join()


class _Voice:
    """Messages from several threads, one after another; a parent that is gone hears nothing."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def __call__(self, kind: str, value: Any) -> None:
        try:
            with self._lock:
                self._pipe.send((kind, value))
        except OSError:
            return


def _read(pipe: Connection, maker: Maker, opened: queue.Queue[Opened | Flush | None], say: _Voice) -> None:
    try:
        while True:
            task: Task | Flush = pipe.recv()
            photograph = task if isinstance(task, Flush) else maker.read(task)
            if isinstance(photograph, Row):
                say("row", photograph)
            else:
                opened.put(photograph)
    except (EOFError, OSError):  # the parent has closed the pipe, or is gone
        opened.put(None)


def _write(made: queue.Queue[Made | Flush | None], maker: Maker, say: _Voice) -> None:
    while (result := made.get()) is not None:
        path = None if isinstance(result, Flush) else result.opened.task.path
        try:
            rows = maker.flush() if isinstance(result, Flush) else maker.write(result)
        except NoRoom as error:
            say("full", str(error))
            continue
        for row in rows:
            say("row", row)
        if path is not None and path not in {row.path for row in rows}:
            say("packed", path)
