"""Workers that die cost no other photograph, and a photograph that ends two of them is given up."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.places import Place
from cf_esrt.archive.processes import Processes
from cf_esrt.archive.rows import Row
from tests.archive import workers

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the workers of these tests end themselves by SIGKILL")
SETTINGS = Settings("esrt", None, 1.0, "cpu", None, "auto", False)


def processes(folder: Path, count: int = 2, serve: Callable[..., None] = workers.serve) -> Processes:
    place = Place(str(folder))
    return Processes(SETTINGS, place, place, workers=count, threads=1, serve=serve)


def run(folder: Path, names: list[str], count: int = 2) -> dict[str, Row]:
    rows = [row for row in processes(folder, count).run(Task(name, f"{name}.png", "") for name in names) if row]
    assert len(rows) == len({row.path for row in rows})
    return {row.path: row for row in rows}


def test_each_photograph_has_one_row(tmp_path: Path) -> None:
    names = [f"{number}.jpg" for number in range(50)]
    found = run(tmp_path, names)
    assert set(found) == set(names)
    assert {row.state for row in found.values()} == {"done"}
    assert multiprocessing.active_children() == []


def test_one_that_kills_its_worker_twice_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    names = ["1", "2", "kill.jpg", *(str(number) for number in range(3, 20)), "once.jpg", "kill2.jpg"]
    found = run(tmp_path, names)
    assert set(found) == set(names)
    failed = {path for path, row in found.items() if row.state == "failed"}
    assert failed == {"kill.jpg", "kill2.jpg"}
    assert found["kill.jpg"].error.startswith("Its worker was ended twice")


def test_a_worker_that_is_killed_from_outside(tmp_path: Path) -> None:
    executor = processes(tmp_path)
    names = [f"slow{number}" for number in range(3)] + [str(number) for number in range(10)]
    rows: list[Row] = []
    killed = False
    for row in executor.run(Task(name, f"{name}.png", "") for name in names):
        rows += [row] if row else []
        if not killed and len(rows) >= 1:
            victims = [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]
            victims[0].kill()
            killed = True
    assert killed
    assert sorted(row.path for row in rows) == sorted(names)
    assert {row.state for row in rows} == {"done"}


def test_stopping_ends_with_what_is_under_way(tmp_path: Path) -> None:
    executor = processes(tmp_path, 1)
    rows = []
    for row in executor.run(Task(str(number), f"{number}.png", "") for number in range(1000)):
        rows += [row] if row else []
        executor.stop()
    assert 1 <= len(rows) <= 10
    assert multiprocessing.active_children() == []


def test_what_waits_for_its_shard_is_told_of_at_the_end_and_lost_with_its_worker(tmp_path: Path) -> None:
    """A worker ends after some results that no shard holds yet: they are made again, and not counted as its victims."""
    names = [*(str(number) for number in range(9)), "once", *(str(number) for number in range(9, 20))]
    for count in (1, 2):
        rows = [row for row in processes(tmp_path, count, workers.packing).run(Task(name, "", "") for name in names)]
        assert sorted(row.path for row in rows if row) == sorted(names)
        assert {row.state for row in rows if row} == {"done"}
        (tmp_path / "once.seen").unlink()


def test_a_shard_that_ends_its_worker_is_made_again_in_parts(tmp_path: Path) -> None:
    names = ["1", "large", *(str(number) for number in range(2, 10))]
    rows = [row for row in processes(tmp_path, 1, workers.packing).run(Task(name, "", "") for name in names) if row]
    assert sorted(row.path for row in rows) == sorted(names)
    assert {row.state for row in rows} == {"done"}


def test_stopping_writes_what_waits_for_its_shard(tmp_path: Path) -> None:
    executor, rows = processes(tmp_path, 2, workers.packing), list[Row]()

    def tasks() -> Iterator[Task]:
        for number in range(1000):
            if number == 50:
                executor.stop()
            yield Task(str(number), "", "")

    for row in executor.run(tasks()):
        rows += [row] if row else []
    assert 50 <= len(rows) <= 56
    assert len({row.path for row in rows}) == len(rows)


def test_a_full_disk_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(NoRoom, match="The disk is full"):
        run(tmp_path, ["1", "full.jpg", "2"])
    assert multiprocessing.active_children() == []


def test_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="There is no such model"):
        list(processes(tmp_path, serve=workers.unable).run([Task("1", "1.png", "")]))
    with pytest.raises(ArchiveError, match="is there enough memory"):
        list(processes(tmp_path, serve=workers.stillborn).run([Task("1", "1.png", "")]))
