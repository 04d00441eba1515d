"""What is done to each photograph of an archive, wherever it runs: read, enhance, write, and say so in a row."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cf_esrt import photo
from cf_esrt.archive.errors import NoRoom
from cf_esrt.archive.packing import writer
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from cf_esrt.archive.shards import Member
from cf_esrt.inputs import SUFFIXES
from cf_esrt.sentences import sentence

if TYPE_CHECKING:
    import numpy as np

RESULT = "It is a result of this program, which is not enhanced again."
_FAILURES = (ValueError, RuntimeError, OSError, MemoryError)


@dataclass(frozen=True)
class Settings:
    """What a result depends on besides its input."""

    model: str
    """A name, or the path of a checkpoint."""
    weights_sha256: str | None
    detail: float
    device: str
    tile: int | None
    engine: str
    self_ensemble: bool

    @property
    def key(self) -> str:
        """Equal for equal settings; a checkpoint is known by its weights, not by its path."""
        known = {"model": self.model if self.weights_sha256 is None else self.weights_sha256, "detail": self.detail}
        known |= {"device": self.device, "tile": self.tile, "engine": self.engine}
        return json.dumps(known | {"self_ensemble": self.self_ensemble}, sort_keys=True)


@dataclass(frozen=True)
class Task:
    """One photograph to be made."""

    path: str
    target: str
    stamp: str
    known_sha256: str = ""
    """Of the input that the result at ``target`` was made from: where it is the same, nothing is made."""
    caution: str = ""
    member: Member | None = None
    """Where it lies in a tar shard."""


@dataclass(frozen=True)
class Opened:
    """A photograph that was read."""

    task: Task
    photo: photo.Photo
    sha256: str
    seconds: float


@dataclass(frozen=True)
class Made:
    """A result that is not written yet."""

    opened: Opened
    result: np.ndarray
    seconds: float


class Maker:
    """A loaded model between two places. `read`, `enhance` and `write` may run in three threads.

    Loading raises what `Enhancer.load` raises.
    """

    def __init__(self, settings: Settings, source: Place, target: Place, shards: int | None = None) -> None:
        """``shards``: megabytes of each tar shard that results go into; None: a file each."""
        from cf_esrt.commands import run_by
        from cf_esrt.enhance import Enhancer

        self.settings, self.source, self._results = settings, source, writer(target, shards)
        self.enhancer = Enhancer.load(
            settings.model,
            settings.device,
            tile=settings.tile,
            engine=settings.engine,
            self_ensemble=settings.self_ensemble,
        )
        self._run = run_by(self.enhancer) or ""

    def make(self, task: Task) -> list[Row]:
        """All three, one after another; gives and raises what `write` does."""
        opened = self.read(task)
        if isinstance(opened, Row):
            return [opened]
        made = self.enhance(opened)
        return [made] if isinstance(made, Row) else self.write(made)

    def read(self, task: Task) -> Opened | Row:
        """The photograph; a row where there is none, or its result is there already."""
        began = time.perf_counter()
        try:
            data = self.source.read_photograph(task.path, task.member)
            if photo.is_result(data):
                return self._row(task, "left out", error=RESULT)
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 == task.known_sha256:
                return self._row(task, "done", input_sha256=sha256)
            return Opened(task, photo.read(data), sha256, time.perf_counter() - began)
        except photo.NotAnImage as error:
            named = any(task.path.lower().endswith(suffix) for suffix in SUFFIXES)
            return self._row(task, "failed" if named else "left out", error=str(error))
        except _FAILURES as error:
            return self._row(task, "failed", error=sentence(error))

    def enhance(self, opened: Opened) -> Made | Row:
        """The result; a row where that fails."""
        began = time.perf_counter()
        try:
            result = self.enhancer(opened.photo.pixels, detail=self.settings.detail)
        except _FAILURES as error:
            return self._row(opened.task, "failed", input_sha256=opened.sha256, error=sentence(error))
        return Made(opened, result, opened.seconds + time.perf_counter() - began)

    def flush(self) -> list[Row]:
        """Finish the shard that is begun; its rows. NoRoom where the target is full."""
        return self._results.flush()

    def write(self, made: Made) -> list[Row]:
        """Write the result; the rows of all that is whole in the target with it: its own, or those of the shard that it
        fills. NoRoom where the target is full."""
        from cf_esrt import remarks
        from cf_esrt.commands import labelled_png
        from cf_esrt.fidelity import low_resolution_consistency

        opened, began = made.opened, time.perf_counter()
        task, model = opened.task, self.enhancer.descriptor
        try:
            consistency = low_resolution_consistency(made.result, opened.photo.pixels)
            cautions = remarks.on_photograph(opened.photo, model.degradation)
            cautions += remarks.on_consistency(consistency, model)
            png = labelled_png(made.result, self.enhancer, self.settings.detail)
            height, width = opened.photo.pixels.shape[:2]
            row = replace(
                self._row(task, "done", input_sha256=opened.sha256),
                output_sha256=hashlib.sha256(png).hexdigest(),
                seconds=round(made.seconds + time.perf_counter() - began, 3),
                width=width,
                height=height,
                cautions=tuple([*([task.caution] if task.caution else []), *cautions]),
                consistency=consistency if math.isfinite(consistency) else None,
            )
            return self._results.put(row, png)
        except NoRoom:
            raise
        except _FAILURES as error:
            return [self._row(task, "failed", input_sha256=opened.sha256, error=sentence(error))]

    def _row(self, task: Task, state: str, *, input_sha256: str = "", error: str = "") -> Row:
        model = self.enhancer.descriptor
        return Row(
            path=task.path,
            state=state,  # type: ignore[arg-type]
            stamp=task.stamp,
            settings=self.settings.key,
            target=task.target,
            input_sha256=input_sha256,
            model=model.name,
            weights_sha256=model.sha256 or "",
            degradation=model.degradation or "",
            run=self._run,
            error=error,
            finished=time.time(),
        )


def died(task: Task, settings: Settings) -> Row:
    """The row of a photograph that ended its worker twice."""
    words = "Its worker was ended twice while it was made, as happens where memory runs out; make it alone, or smaller."
    return Row(task.path, "failed", task.stamp, settings.key, task.target, error=words, finished=time.time())
