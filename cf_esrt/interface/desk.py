"""What one browser session holds: its photograph, its last results, and the wish to stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from cf_esrt.interface.crop import Box
from cf_esrt.interface.pictures import Pictures
from cf_esrt.interface.work import Made

KEPT = 4
"""Blends of one result that stay fetchable, so that a browser that lags behind the slider misses none."""


@dataclass(frozen=True)
class Job:
    """What Enhance was pressed for: which photograph, which box, and its pixels."""

    photo: int
    box: Box
    crop: np.ndarray


@dataclass
class Results:
    """The last finished enhancement."""

    photo: int
    box: Box
    crop: np.ndarray
    made: dict[str, Made]
    detail: float = 1.0


class Desk:
    """One session's state. Gradio holds it in memory and calls ``close`` when the session has ended."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures
        self.photo: np.ndarray | None = None
        self.number = 0
        self.results: Results | None = None
        self.panes: dict[str, dict[str, object]] = {}
        self.cancel = threading.Event()
        self.busy = False
        self._job: Job | None = None
        self._named: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> Desk:
        """Gradio copies the first value for each session; a copy is a fresh, empty desk."""
        return Desk(self.pictures)

    def open(self, photo: np.ndarray) -> None:
        """Put a new photograph on the desk; results of the one before stay until they are replaced."""
        self.photo = photo
        self.number += 1

    def begin(self, job: Job) -> bool:
        """Claim the desk for one enhancement; False where one is under way."""
        with self._lock:
            if self.busy:
                return False
            self.busy, self._job = True, job
            self.cancel.clear()
            return True

    def take_job(self) -> Job | None:
        """The job that waits, once."""
        with self._lock:
            job, self._job = self._job, None
            return job

    def end(self) -> None:
        """The enhancement that was under way is over, however it ended."""
        self.busy = False

    def show(self, place: str, png: bytes, keep: int = 1) -> str:
        """Hold a picture for the browser, dropping all but the ``keep`` newest for the same place."""
        name = self.pictures.put(png)
        names = self._named.setdefault(place, [])
        names.append(name)
        while len(names) > keep:
            self.pictures.drop(names.pop(0))
        return name

    def close(self) -> None:
        """Stop what runs and forget every pixel."""
        self.cancel.set()
        for names in self._named.values():
            self.pictures.drop(*names)
        self._named.clear()
        self.photo = None
        self.results = None
        self.panes = {}
