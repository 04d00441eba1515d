"""What one browser session holds: its photograph, its last results, and the wish to stop."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np

from cf_esrt.fidelity import Notice
from cf_esrt.interface.common.picture_store import Download, PictureStore
from cf_esrt.interface.preview.crop import MAX_PIXELS
from cf_esrt.interface.preview.inference import Made
from cf_esrt.interface.preview.panes import MODELS
from cf_esrt.interface.preview.result_image import Outcome
from cf_esrt.photo import PhotoFacts
from cf_esrt.provenance import Box, Pixels

KEPT = 4
"""Blends of one result that stay fetchable, so that a browser that lags behind the slider misses none."""
LAGGED = 2
"""PictureStore of other panes that stay fetchable: two lesions may be finished at once."""
QUEUED = 8
"""Enhancements of one session that may wait."""
HELD_PIXELS = 2 * MAX_PIXELS
"""Pixels of crops whose results are held for switching between lesions; each takes some 150 bytes."""


@dataclass
class Results:
    """One lesion's finished enhancement."""

    photo: int
    lesion: int
    """Number of the lesion within its photograph, from 1."""
    box: Box
    crop: np.ndarray
    made: dict[str, Made]
    """By model; more may be added when their panes are chosen later."""
    detail: float = 1.0
    notices: tuple[Notice, ...] | None = None
    """Once they were measured."""
    photograph: Pixels | None = None
    """The whole photograph, by size and hash."""
    facts: PhotoFacts | None = None
    """Of the photograph's file."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """What the panes show of it, by pane, while it is looked at."""

    def same(self, other: Results) -> bool:
        """Whether both are of the same box of the same photograph."""
        return (self.photo, self.lesion, self.box) == (other.photo, other.lesion, other.box)


@dataclass(frozen=True)
class Job:
    """What has to be run: which models, on which pixels, and to whose results they are added."""

    results: Results
    names: tuple[str, ...]
    cancel: threading.Event = field(default_factory=threading.Event)
    """The wish to stop, before it begins or between tiles."""
    claimed: threading.Event = field(default_factory=threading.Event)
    """Set once an event of the page has taken it on."""


class Desk:
    """One session's state. Gradio holds it in memory and calls ``close`` when the session has ended."""

    def __init__(self, pictures: PictureStore) -> None:
        self.pictures = pictures
        self.photo: np.ndarray | None = None
        self.facts: PhotoFacts | None = None
        """Of the photograph's file."""
        self._told: Pixels | None = None
        self.number = 0
        self.lesion = 1
        """Which lesion of the photograph is looked at."""
        self.results: Results | None = None
        """What the panes show."""
        self.done: dict[int, Results] = {}
        """Finished lesions of the photograph, by their number."""
        self.wanted: tuple[str, ...] = MODELS
        """Names of the panes that the page has chosen."""
        self.layer = "result"
        """Which map lies over the results, if any."""
        self.agree = False
        """Whether results are back-projected."""
        self.panes: dict[str, dict[str, object]] = {}
        self.used = time.monotonic()
        """When something was last put on it or shown from it."""
        self.looking = threading.RLock()
        """Held while what is shown is changed: slider, map and switch may be moved at once."""
        self._asked: dict[str, int] = {}
        self._jobs: list[Job] = []
        self._named: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> Desk:
        """Gradio copies the first value for each session; a copy is a fresh, empty desk."""
        return Desk(self.pictures)

    def open(self, photo: np.ndarray, facts: PhotoFacts | None = None) -> None:
        """Put a new photograph on the desk; results of the one before stay until they are replaced."""
        self.used = time.monotonic()
        self.photo, self.facts, self._told = photo, facts, None
        self.number += 1
        self.lesion = 1
        self.done = {}

    @property
    def photograph(self) -> Pixels | None:
        """The photograph by size and hash, computed once."""
        if self._told is None and self.photo is not None:
            self._told = Pixels.of(self.photo)
        return self._told

    @property
    def busy(self) -> bool:
        """Whether an enhancement runs or waits."""
        return bool(self._jobs)

    @property
    def waiting(self) -> int:
        """How many enhancements wait behind the first."""
        return max(0, len(self._jobs) - 1)

    def begin(self, job: Job) -> bool:
        """Take a job; False where the same one is under way already, or too many wait."""
        with self._lock:
            if len(self._jobs) > QUEUED or any(job.results.same(one.results) for one in self._jobs):
                return False
            self._jobs.append(job)
            return True

    def claim(self) -> Job | None:
        """The oldest job that nobody has claimed, or None."""
        with self._lock:
            for job in self._jobs:
                if not job.claimed.is_set():
                    job.claimed.set()
                    return job
            return None

    def end(self, job: Job) -> None:
        """A job is over, however it ended."""
        with self._lock:
            self._jobs = [one for one in self._jobs if one is not job]

    def stop(self) -> None:
        """Let what runs stop at its next tile, and what waits not begin."""
        with self._lock:
            for job in self._jobs:
                job.cancel.set()

    def ask(self, what: str, turn: int) -> None:
        """The page asks for a change of how results are shown; it numbers them as they are made."""
        with self._lock:
            self._asked[what] = max(turn, self._asked.get(what, 0))

    def overtaken(self, what: str, turn: int) -> bool:
        """Whether a newer change of the same kind was asked for."""
        return turn < self._asked.get(what, 0)

    def keep(self, results: Results) -> None:
        """Hold a finished lesion so that it can be shown again; the oldest go when they become too many pixels."""
        if results.photo != self.number:
            return
        self.done.pop(results.lesion, None)
        self.done[results.lesion] = results
        while len(self.done) > 1 and sum(one.crop.size for one in self.done.values()) > HELD_PIXELS * 3:
            self.done.pop(next(iter(self.done)))

    def show(self, place: str, png: bytes, keep: int = 1) -> str:
        """Hold a picture for the browser, dropping all but the ``keep`` newest for the same place."""
        return self._hold(place, self.pictures.put(png), keep)

    def parcel(self, parcel: Download) -> str:
        """Hold a file for the browser to fetch once, in place of the one before."""
        return self._hold("parcel", self.pictures.put_download(parcel), LAGGED)

    def _hold(self, place: str, name: str, keep: int) -> str:
        self.used = time.monotonic()
        names = self._named.setdefault(place, [])
        names.append(name)
        while len(names) > keep:
            self.pictures.drop(names.pop(0))
        return name

    def adopt(self, other: Desk) -> None:
        """Take over what the session before a reload held; what ran there is stopped, and it is empty afterwards."""
        other.stop()
        with other.looking, self.looking:
            self.photo, self.facts, self._told = other.photo, other.facts, other._told
            self.number, self.lesion, self.done = other.number, other.lesion, other.done
            self.results, self.panes, self.wanted = other.results, other.panes, other.wanted
            self.layer, self.agree, self._named = other.layer, other.agree, other._named
            self.used = time.monotonic()
            other._named, other.number = {}, 0
            other.close()

    def close(self) -> None:
        """Stop what runs and forget every pixel."""
        self.stop()
        for names in self._named.values():
            self.pictures.drop(*names)
        self._named.clear()
        self.photo = self.facts = self._told = None
        self.results = None
        self.done = {}
        self.panes = {}
