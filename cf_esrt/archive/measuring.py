"""How many workers are fastest on this machine: found out on the first photographs of a run, whose results count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from cf_esrt import terminal
from cf_esrt.archive.pipeline import Task
from cf_esrt.archive.processes import Processes
from cf_esrt.archive.rows import Row

SAMPLE = 4
"""Photographs a core that each number of workers is measured on."""
WORTH = 10
"""An archive of fewer than so many times all samples is made by a worker a core: measuring would cost more than it
gains."""


def candidates(cores: int) -> list[int]:
    """Numbers of workers: one a core, one for two cores, one for four; they share out all cores as threads."""
    return list(dict.fromkeys(max(1, cores // share) for share in (1, 2, 4)))


class Fastest:
    """As `Processes`, with the number of workers that turns out fastest."""

    def __init__(self, make: Callable[[int, int], Processes], cores: int) -> None:
        """``make(workers, threads)`` gives an executor."""
        self._make, self._cores = make, cores
        self._running: Processes | None = None
        self._stopping = False

    def stop(self) -> None:
        """Begin nothing new. Safe in a signal handler."""
        self._stopping = True
        if self._running is not None:
            self._running.stop()

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        """As `Processes.run`."""
        tasks = list(tasks)
        waiting, sample, numbers = iter(tasks), SAMPLE * self._cores, candidates(self._cores)
        best = numbers[0]
        if len(numbers) > 1 and len(tasks) >= WORTH * sample * len(numbers):
            rates: dict[int, float] = {}
            for workers in numbers:
                arrived: list[tuple[float, int]] = []  # by the workers' clock: rows wait for their shard
                for row in self._with(workers, islice(waiting, sample)):
                    if row is not None:
                        arrived.append((row.finished, row.width * row.height))
                    yield row
                rates[workers] = _rate(sorted(arrived), workers)
            best = max(numbers, key=rates.__getitem__)
            if not self._stopping:
                threads = self._cores // best
                terminal.complain(f"note: {best} workers of {threads} threads each are the fastest here.")
        yield from self._with(best, waiting)

    def _with(self, workers: int, tasks: Iterable[Task]) -> Iterator[Row | None]:
        if self._stopping:
            return
        self._running = self._make(workers, max(1, self._cores // workers))
        if self._stopping:  # asked in between
            self._running.stop()
        yield from self._running.run(tasks)


def _rate(arrived: list[tuple[float, int]], workers: int) -> float:
    """Pixels a second, without the first photograph of each worker, whose model is loaded meanwhile, and without the
    last ones, at which some wait for others."""
    middle = arrived[workers : len(arrived) - workers + 1]
    if len(arrived) < 2 * workers + 1 or not middle:
        return 0.0
    seconds = middle[-1][0] - arrived[workers - 1][0]
    return sum(pixels for _, pixels in middle) / seconds if seconds > 0 else 0.0
