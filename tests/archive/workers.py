"""Workers' processes for the tests: they load no network, and die where a test asks for it."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from cf_esrt.archive.pipeline import Settings
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from cf_esrt.archive.worker import Flush


def serve(pipe: Connection, settings: Settings, source: Place, target: Place, threads: int, shards: int | None) -> None:
    """A row for each task. What is called ``kill…`` ends the process by itself, ``once…`` the first time only,
    ``slow…`` takes two seconds."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.send(("ready", None))
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        name = task.path.split("/")[-1]
        pipe.send(("enhancing", task.path))
        seen = Path(target.root, f"{name}.seen")
        if name.startswith("kill") or (name.startswith("once") and not seen.exists()):
            seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("slow"):
            time.sleep(2)
        if name.startswith("full"):
            pipe.send(("full", "The disk is full."))
        row = Row(task.path, "done", task.stamp, settings.key, task.target, output_sha256=str(threads))
        pipe.send(("row", row))


def packing(pipe: Connection, settings: Settings, source: Place, target: Place, *_: object) -> None:
    """Results wait for a shard that is written when that is asked for; ``once…`` ends the process as in `serve`, and a
    shard of more than one with ``large…`` among them ends it, too."""
    pipe.send(("ready", None))
    waiting: list[Row] = []
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if isinstance(task, Flush):
            if len(waiting) > 1 and any(row.path.startswith("large") for row in waiting):
                os.kill(os.getpid(), signal.SIGKILL)
            for row in waiting:
                pipe.send(("row", row))
            waiting = []
            continue
        pipe.send(("enhancing", task.path))
        seen = Path(target.root, f"{task.path}.seen")
        if task.path.startswith("once") and not seen.exists():
            seen.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        waiting.append(Row(task.path, "done", task.stamp, settings.key, task.target))
        pipe.send(("packed", task.path))


def stillborn(pipe: Connection, *_: object) -> None:
    """It ends before it is ready, as where the system kills it for its memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def unable(pipe: Connection, *_: object) -> None:
    """The model cannot be loaded."""
    pipe.send(("unable", "There is no such model."))
