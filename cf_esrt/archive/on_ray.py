"""The pipeline on a Ray cluster: Ray Data's ``map_batches`` over an actor pool, with its scheduling, back-pressure,
retries and autoscaling.

Each actor runs the pipeline as one machine does (`processes`), with one worker: a photograph that ends its worker twice
becomes a row there, and Ray never sees it. What a lost node had under way, Ray gives to another actor.

Needs ``requirements-cluster.txt``, on each node, beside this package in the same version. Imported for ``--ray`` alone.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.manifest import FOLDER
from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.places import Place
from cf_esrt.archive.processes import Processes
from cf_esrt.archive.rows import Row
from cf_esrt.sentences import sentence

if TYPE_CHECKING:
    import numpy as np

LARGEST_BATCH = 16
"""Photographs that an actor is given at once: what a lost node makes again."""
_BATCHES = 512
"""A smaller archive is cut into about so many."""
_COLUMN = "pickled"

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def connect(address: str) -> Any:
    """Join a cluster, ``auto`` for the one of this machine or ``host:6379``, and give Ray's module. ArchiveError where
    that cannot be."""
    try:
        ray: Any = import_module("ray")
        import_module("ray.data")
    except ImportError as error:
        raise ArchiveError("A Ray cluster needs ray: pip install -r requirements-cluster.txt.") from error
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
        except (ConnectionError, ValueError, RuntimeError, OSError) as error:
            raise ArchiveError(f"The Ray cluster at {address} could not be joined: {_line(error)}.") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


class OnRay:
    """As `Processes`: `run` gives rows as they are made."""

    def __init__(
        self,
        settings: Settings,
        source: Place,
        target: Place,
        *,
        address: str,
        workers: int | None,
        shards: int | None = None,
    ) -> None:
        """``workers``: actors; None: as many as the cluster has cores (GPUs with ``--device cuda``) or comes to have.
        ``shards``: as for `Processes`; one ends with its batch. ArchiveError where the cluster cannot be joined."""
        # the nodes have working folders of their own
        there = [Place(place.root) if place.local else place for place in (source, target)]
        self._what, self._shards = (settings, *there), shards
        self._target, self._workers = target, workers
        self._stop = f"{FOLDER}/stop-{secrets.token_hex(8)}"
        self._stopping = False
        self._ray = connect(address)

    def stop(self) -> None:
        """Begin no new photograph; `run` ends with what is under way. Safe in a signal handler."""
        self._stopping = True

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        """A row for each task, in the order in which batches are done.

        ArchiveError where actors cannot load the model or the cluster is lost, NoRoom where the target is full.
        """
        ray = self._ray
        items = [{_COLUMN: pickle.dumps(task)} for task in tasks]
        blocks = max(-(-len(items) // LARGEST_BATCH), min(len(items), _BATCHES))
        gpu = self._what[0].device == "cuda"
        there = max(1, int(ray.cluster_resources().get("GPU" if gpu else "CPU", 1)))
        # without a number the pool starts as wide as the cluster is, and goes with it
        size = {"size": self._workers} if self._workers else {"min_size": 1, "initial_size": there}
        made = ray.data.from_items(items, override_num_blocks=blocks).map_batches(
            _Actor,
            fn_constructor_args=(*self._what, self._stop, self._shards),
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(**size),
            num_cpus=1,
            num_gpus=1 if gpu else 0,
        )
        seen: set[str] = set()
        told = False
        try:
            for batch in made.iter_batches(batch_size=None, prefetch_batches=0):
                if self._stopping and not told:
                    told = True
                    self._target.write(self._stop, b"")
                for row in _rows(batch[_COLUMN]):
                    if row.path not in seen:  # a batch that was made twice counts once
                        seen.add(row.path)
                        yield row
                yield None
        except ray.exceptions.RayError as error:
            raise ArchiveError(
                f"The Ray cluster failed: {_line(error)}. Give the same command again to go on."
            ) from error
        finally:
            if told:
                self._target.remove(self._stop)


def _rows(answers: np.ndarray) -> Iterator[Row]:
    for answer in answers:
        kind, value = pickle.loads(answer)
        if kind == "full":
            raise NoRoom(value)
        if kind == "unable":
            raise ArchiveError(value)
        yield value


def _line(error: BaseException) -> str:
    return sentence(error).rstrip(".")


class _Actor:
    """One worker of the cluster, on whatever node Ray puts it."""

    def __init__(self, settings: Settings, source: Place, target: Place, stop: str, shards: int | None) -> None:
        self._target, self._stop = target, stop
        self._processes = Processes(settings, source, target, workers=1, threads=1, shards=shards, kept=True)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, list[bytes]]:
        tasks = [pickle.loads(one) for one in batch[_COLUMN]]
        answers: list[Any] = []
        try:
            if not self._target.exists(self._stop):
                answers += [("row", row) for row in self._processes.run(tasks) if row is not None]
        except NoRoom as error:
            answers.append(("full", str(error)))
        except ArchiveError as error:
            answers.append(("unable", str(error)))
        return {_COLUMN: [pickle.dumps(answer) for answer in answers]}
