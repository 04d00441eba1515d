"""The number of workers is measured on the run's own photographs; these executors only pretend to work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from cf_esrt.archive import command
from cf_esrt.archive.measuring import SAMPLE, WORTH, Fastest, candidates
from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.processes import Processes
from cf_esrt.archive.rows import Row

CORES = 4
MANY = WORTH * SAMPLE * CORES * 3


class Clock:
    """A time that only the executors move."""

    now = 0.0


class Pretended:
    """Photographs of 10 pixels, as fast as is said for the number of workers."""

    def __init__(self, clock: Clock, seconds: dict[int, float], workers: int, threads: int) -> None:
        self.clock, self.workers, self.threads = clock, workers, threads
        self.seconds, self.made, self.stopped = seconds[workers], list[str](), False

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        self.clock.now += 100  # until the model is loaded
        for task in tasks:
            if self.stopped:
                return
            self.clock.now += self.seconds
            self.made.append(task.path)
            yield None
            yield Row(task.path, "done", "", "{}", width=5, height=2, finished=self.clock.now)

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fastest(clock: Clock, seconds: dict[int, float]) -> tuple[Fastest, list[Pretended]]:
    executors: list[Pretended] = []

    def make(workers: int, threads: int) -> Any:
        executors.append(Pretended(clock, seconds, workers, threads))
        return executors[-1]

    return Fastest(make, CORES), executors


def tasks(number: int) -> list[Task]:
    return [Task(str(one), f"{one}.png", "") for one in range(number)]


@pytest.mark.parametrize("best", [4, 2, 1])
def test_the_fastest_makes_the_rest_and_nothing_is_made_twice(clock: Clock, best: int, capsys: Any) -> None:
    executor, executors = fastest(clock, {4: 3.0, 2: 3.0, 1: 3.0} | {best: 2.0})
    rows = [row.path for row in executor.run(tasks(MANY)) if row is not None]
    assert rows == [task.path for task in tasks(MANY)]
    assert [(one.workers, one.threads) for one in executors] == [(4, 1), (2, 2), (1, 4), (best, CORES // best)]
    assert [len(one.made) for one in executors[:3]] == [SAMPLE * CORES] * 3
    assert f"note: {best} workers of {CORES // best} threads each are the fastest here." in capsys.readouterr().err


def test_a_small_archive_is_not_measured(clock: Clock) -> None:
    executor, executors = fastest(clock, {4: 3.0, 2: 1.0, 1: 1.0})
    assert len([row for row in executor.run(tasks(MANY - 1)) if row is not None]) == MANY - 1
    assert [one.workers for one in executors] == [4]


def test_stopping_amid_the_measuring(clock: Clock) -> None:
    executor, executors = fastest(clock, {4: 3.0, 2: 1.0, 1: 1.0})
    rows = []
    for row in executor.run(tasks(MANY)):
        rows += [row] if row is not None else []
        if len(rows) == 3:
            executor.stop()
    assert len(rows) == 3
    assert len(executors) == 1


def test_only_without_a_number_is_it_measured() -> None:
    settings = Settings("esrt", None, 1.0, "cpu", None, "auto", False)
    assert isinstance(command._executor(command.Options("in", "out", settings)), Fastest)
    assert isinstance(command._executor(command.Options("in", "out", settings, workers=1)), Processes)


def test_numbers_of_workers() -> None:
    assert candidates(1) == [1]
    assert candidates(2) == [2, 1]
    assert candidates(100) == [100, 50, 25]
