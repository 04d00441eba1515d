"""The state of one browser session: its photograph, its results, and its queued jobs."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cf_esrt.fidelity.degradation import DEGRADATIONS, Source, Suggestion
from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.spot import Spot
from cf_esrt.fidelity.trust import LEVEL
from cf_esrt.interface.common.picture_store import Download, PictureStore
from cf_esrt.interface.preview.crop import MAX_PIXELS
from cf_esrt.interface.preview.inference import ModelOutput
from cf_esrt.interface.preview.panes import MODELS
from cf_esrt.interface.preview.photo_memory import PhotoMemory
from cf_esrt.interface.preview.result_image import ResultImage
from cf_esrt.interface.preview.second_photo import SecondPhoto
from cf_esrt.models import Degradation
from cf_esrt.photo import PhotoMetadata
from cf_esrt.provenance import Box, ImageDigest

HELD_BLENDS = 4
"""Blends of one result that stay fetchable, so that a browser that lags behind the slider misses none."""
HELD_PICTURES = 2
"""Pictures of each other pane that stay fetchable: two lesions may be finished at once."""
MAX_QUEUED = 8
"""Jobs of one session that may wait."""
MAX_HELD_PIXELS = 2 * MAX_PIXELS
"""Pixels of crops whose results are held for switching between lesions."""
BYTES_PER_PIXEL = 150
"""About what the results of one pixel of a crop take."""


class Superseded(RuntimeError):
    """A photograph that was chosen later is open already."""


@dataclass
class LesionResults:
    """Model outputs of one lesion, and what the panes show of them."""

    photo_number: int
    lesion: int
    """Number of the lesion within its photograph, from 1."""
    box: Box
    crop: np.ndarray
    outputs: dict[str, ModelOutput]
    """By model; more may be added when their panes are selected later."""
    degradation: Degradation = "bicubic"
    """Whose networks' results are shown of it."""
    photograph: ImageDigest | None = None
    """The whole photograph, by size and hash."""
    metadata: PhotoMetadata | None = None
    """Of the photograph's file."""
    images: dict[str, ResultImage] = field(default_factory=dict)
    """What the panes show, by pane, while these results are displayed."""
    changed: dict[str, Spot] = field(default_factory=dict)
    """Where each pane differs most from interpolation."""
    spot: Spot | None = None
    """Where one looks first until the network has run, measured once on the crop; then ``final_spot``."""
    final_spot: Spot | None = None
    stopped: bool = False
    """Whether models of it were cancelled or failed: they run again only where a person asks for them."""
    second: LesionResults | None = None
    """The same place on the second photograph, where there is one: its box, crop and what the models made of it."""

    @cached_property
    def measured(self) -> InputMeasures:
        """Of the crop."""
        return InputMeasures(self.crop)

    @property
    def place(self) -> tuple[int, ...]:
        """Photograph, lesion and box: what belongs together."""
        return self.photo_number, self.lesion, self.box.x, self.box.y, self.box.width, self.box.height

    def of(self, session: SessionState) -> bool:
        """Whether they belong to the lesion that a session has chosen."""
        return (self.photo_number, self.lesion) == (session.photo_number, session.lesion)

    @property
    def pixels(self) -> int:
        """Of its crop, and of the second photograph's."""
        second = 0 if self.second is None else self.second.pixels
        return self.crop.shape[0] * self.crop.shape[1] + second

    def same_crop(self, other: LesionResults) -> bool:
        """Whether both are of the same box of the same photograph."""
        return self.place == other.place


@dataclass(frozen=True)
class Job:
    """Which models to run on which crop, and the results that their outputs are added to."""

    results: LesionResults
    models: tuple[str, ...]
    second_models: tuple[str, ...] = ()
    """Which of them on the second photograph's crop, after the first's."""
    cancel: threading.Event = field(default_factory=threading.Event)
    """Set to stop it, before it begins or between tiles."""
    claimed: threading.Event = field(default_factory=threading.Event)
    """Set once an event of the page runs it."""


class SessionState:
    """One session's state. Gradio holds it in memory and calls ``close`` when the session has ended."""

    def __init__(self, pictures: PictureStore, memory: PhotoMemory | None = None) -> None:
        self.pictures = pictures
        self.memory = PhotoMemory() if memory is None else memory
        """What all sessions hold."""
        self.memory.add(self)
        self.made_room = False
        """Whether the photograph was dropped for others'."""
        self.photo: np.ndarray | None = None
        self.metadata: PhotoMetadata | None = None
        """Of the photograph's file."""
        self._photo_digest: ImageDigest | None = None
        self.photo_number = 0
        self.lesion = 1
        """The selected lesion of the photograph."""
        self.results: LesionResults | None = None
        """What the panes show."""
        self.replaced: LesionResults | None = None
        """What they showed before those of a job that still runs; it comes back where the job is not finished."""
        self.finished: dict[int, LesionResults] = {}
        """Finished lesions of the photograph, by their number."""
        self.selected: tuple[str, ...] = MODELS
        """Names of the panes that the page has selected."""
        self.overlay = "result"
        """The map over the results; ``"result"``: none."""
        self.believe_moved: float | None = None
        """Grey levels that the veil's slider was moved to; None: it was not."""
        self.detail: float | None = None
        """Where the detail slider was moved; None: it was not, and each model opens at a setting of its own."""
        self.back_project = False
        """Whether results are back-projected."""
        self.source: Source | None = "shrunk"
        """Where the photograph comes from, as suggested or chosen; None: from a camera, and nobody said which."""
        self.suggested: Suggestion | None = None
        """What its traces speak for; None where there is no choice."""
        self.proposed: list[Box] = []
        """Boxes proposed on the photograph's lesions."""
        self.resolution: EffectiveResolution | None = None
        """How much detail the photograph holds; None where that cannot be told."""
        self.second: SecondPhoto | None = None
        """The photograph of another date beside it."""
        self.second_pane: str | None = None
        """The pane whose network is shown on both photographs; None: the second one is not shown."""
        self.panes: dict[str, dict[str, object]] = {}
        self.used = time.monotonic()
        """When something was last put into it or shown from it."""
        self.display_lock = threading.RLock()
        """Held while the display changes: slider, overlay and switch may be moved at once."""
        self.name = secrets.token_hex(8)
        """Tells its displays from another session's."""
        self._openings = self._opened = 0
        self._latest_request: dict[str, int] = {}
        self._displays = itertools.count()
        self._jobs: list[Job] = []
        self._held: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: object) -> SessionState:
        """Gradio copies the first value for each session; a copy is a fresh, empty state."""
        return SessionState(self.pictures, self.memory)

    def begin_opening(self) -> int:
        """The number of a photograph that is being opened: several may be at once."""
        with self._lock:
            self._openings += 1
            return self._openings

    def open_photo(
        self,
        photo: np.ndarray,
        metadata: PhotoMetadata | None = None,
        suggested: Suggestion | None = None,
        *,
        opening: int | None = None,
    ) -> None:
        """Set a new photograph, of the degradation that its traces suggest. What belongs to the one before goes: its
        results, and its jobs, which end at their next tile.

        Raises:
            Superseded: where one whose ``opening`` began later is there already.
            MemoryFull: where other sessions' jobs hold the memory.
        """
        with self.display_lock:
            opening = self.begin_opening() if opening is None else opening
            if opening < self._opened:
                raise Superseded
        with self.memory.room(self, photo.nbytes), self.display_lock:
            self.stop()
            self._opened, self.made_room = opening, False
            self.used = time.monotonic()
            self.photo, self.metadata, self._photo_digest = photo, metadata, None
            self.suggested, self.source = suggested, "shrunk" if suggested is None else suggested.source
            self.photo_number += 1
            self.lesion = 1
            self.finished, self.replaced = {}, None
            self.second = self.second_pane = None
            self.display(None, {})

    @property
    def degradation(self) -> Degradation:
        """Whose networks are for the photograph."""
        return DEGRADATIONS[self.source or "camera"]

    @property
    def believe_level(self) -> float:
        """Grey levels that the veil of ``"trust"`` promises."""
        return LEVEL[self.degradation] if self.believe_moved is None else self.believe_moved

    @property
    def photo_digest(self) -> ImageDigest | None:
        """The photograph by size and hash, computed once."""
        if self._photo_digest is None and self.photo is not None:
            self._photo_digest = ImageDigest.of(self.photo)
        return self._photo_digest

    @property
    def shown_or_finished(self) -> list[LesionResults]:
        """All results that may be displayed."""
        found = {id(one): one for one in (self.results, *self.finished.values()) if one is not None}
        return list(found.values())

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return bool(self._jobs)

    @property
    def waiting(self) -> int:
        """Number of jobs behind the first."""
        return max(0, len(self._jobs) - 1)

    def display(self, results: LesionResults | None, panes: dict[str, dict[str, object]]) -> None:
        """Set what the panes show; `display_lock` is held."""
        with self._lock:
            self.results, self.panes = results, panes

    def displayed(self) -> tuple[int, LesionResults | None, dict[str, dict[str, object]]]:
        """What the panes show, under a number: of two, the larger one's is the newer."""
        with self._lock:
            return next(self._displays), self.results, self.panes

    def arriving(self, results: LesionResults) -> bool:
        """Whether a job that runs or waits adds to these results."""
        return any(job.results is results for job in self._jobs)

    def unfinished(self, results: LesionResults) -> bool:
        """Whether some of the models that were asked for have yet to run on them."""
        return self.arriving(results) and not self.is_finished(results)

    def is_finished(self, results: LesionResults) -> bool:
        """Whether all of the models that were asked for have run on them."""
        return any(one is results for one in self.finished.values())

    def begun(self, lesion: int) -> LesionResults | None:
        """Of a lesion of the photograph, what its running job has made so far; None before its first model is done."""
        for job in self._jobs:
            one = job.results
            if (one.photo_number, one.lesion) == (self.photo_number, lesion) and job.claimed.is_set() and one.outputs:
                return one
        return None

    def enqueue(self, job: Job) -> bool:
        """Add a job; False where the same one is queued already, or too many wait."""
        with self._lock:
            if len(self._jobs) > MAX_QUEUED or any(job.results.same_crop(one.results) for one in self._jobs):
                return False
            self._jobs.append(job)
            return True

    def claim(self) -> Job | None:
        """The oldest job that is not claimed, or None."""
        with self._lock:
            for job in self._jobs:
                if not job.claimed.is_set():
                    job.claimed.set()
                    return job
            return None

    def remove(self, job: Job) -> None:
        """Drop a job that has ended, however it ended."""
        with self._lock:
            self._jobs = [one for one in self._jobs if one is not job]

    def stop(self) -> None:
        """End all jobs: the running one stops at its next tile, the others do not begin."""
        with self._lock:
            for job in self._jobs:
                job.cancel.set()

    def cancel(self) -> None:
        """As `stop`, since a person wants no more of them."""
        with self._lock:
            for job in self._jobs:
                job.results.stopped = True
        self.stop()

    def request(self, setting: str, number: int) -> None:
        """Register a change of a display setting; the page numbers its requests."""
        with self._lock:
            self._latest_request[setting] = max(number, self._latest_request.get(setting, 0))

    def superseded(self, setting: str, number: int) -> bool:
        """Whether a newer change of the same setting was requested."""
        return number < self._latest_request.get(setting, 0)

    def keep(self, results: LesionResults) -> None:
        """Hold a finished lesion for switching back to it; the oldest are dropped beyond `MAX_HELD_PIXELS`."""
        if results.photo_number != self.photo_number:
            return
        self.finished.pop(results.lesion, None)
        self.finished[results.lesion] = results
        while len(self.finished) > 1 and sum(one.pixels for one in self.finished.values()) > MAX_HELD_PIXELS:
            self.finished.pop(next(iter(self.finished)))

    def put_picture(self, slot: str, png: bytes, keep: int = 1) -> str:
        """Hold a picture for the browser, dropping all but the ``keep`` newest of the same slot; gives its name."""
        return self._hold(slot, self.pictures.put(png), keep)

    def put_download(self, download: Download) -> str:
        """Hold a file for the browser to fetch once; gives its name."""
        return self._hold("download", self.pictures.put_download(download), HELD_PICTURES)

    def _hold(self, slot: str, name: str, keep: int) -> str:
        self.used = time.monotonic()
        names = self._held.setdefault(slot, [])
        names.append(name)
        while len(names) > keep:
            self.pictures.drop(names.pop(0))
        return name

    def adopt(self, other: SessionState) -> bool:
        """Take over what the tab's session before a reload held, and empty that; False where it held no photograph."""
        other.stop()
        with other.display_lock, self.display_lock:
            if other.photo is None:
                return False
            self.photo, self.metadata, self._photo_digest = other.photo, other.metadata, other._photo_digest
            self.photo_number, self.lesion, self.finished = other.photo_number, other.lesion, other.finished
            self.results, self.panes, self.selected = other.results, other.panes, other.selected
            self.replaced = other.replaced
            self.source, self.suggested = other.source, other.suggested
            self.proposed, self.resolution = other.proposed, other.resolution
            self.second, self.second_pane = other.second, other.second_pane
            self.detail, self.believe_moved = other.detail, other.believe_moved
            self.overlay, self.back_project, self._held = other.overlay, other.back_project, other._held
            self.used = time.monotonic()
            other._held, other.photo_number = {}, 0
            other.close()
            return True

    @property
    def held_bytes(self) -> int:
        """Bytes of the photograph and of all results, which take some `BYTES_PER_PIXEL` of their crop."""
        finished, photos = list(self.finished.values()), [self.photo, self.second and self.second.photo]
        results = {id(one): one for one in (*finished, self.results, self.replaced) if one is not None}
        held = sum(one.nbytes for one in photos if one is not None)
        return held + BYTES_PER_PIXEL * sum(one.pixels for one in results.values())

    def make_room(self) -> None:
        """Drop everything for other sessions' photographs."""
        self.close()
        self.made_room = True

    def close(self) -> None:
        """Cancel all jobs and drop every pixel."""
        self.stop()
        for names in self._held.values():
            self.pictures.drop(*names)
        self._held.clear()
        self.photo = self.metadata = self._photo_digest = None
        self.second = self.second_pane = None
        self.results = self.replaced = None
        self.finished = {}
        self.panes = {}
