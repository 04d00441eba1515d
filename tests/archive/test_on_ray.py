"""On a Ray cluster of two nodes on this machine: the bytes of one process, each photograph once, also where a node is
lost. Ray is large, and CI does without: ``pip install -r requirements-cluster.txt``, then ``pytest -m slow``."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt import photo
from cf_esrt.__main__ import main
from cf_esrt.archive import command
from cf_esrt.archive import on_ray as module
from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.on_ray import OnRay
from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.places import Place
from cf_esrt.archive.planning import plan
from cf_esrt.archive.rows import Row
from tests.archive.test_command import REPOSITORY, results, rows


def test_without_ray_or_a_cluster_it_is_a_sentence(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Ray is installed, too: its module is hidden."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.png").write_bytes(b"x")
    arguments = ["archive", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--model", "bicubic", "--ray", "auto"]
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "error: A Ray cluster needs ray: pip install -r requirements-cluster.txt."


class Ray:
    """In the place of Ray's module: batches one after another in this process, the second one twice, as where its node
    was lost after it had answered; ``fails`` loses the cluster at the end."""

    class exceptions:
        RayError = KeyError

    def __init__(self, fails: bool) -> None:
        self.data, self._fails = self, fails

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def ActorPoolStrategy(self, **size: int) -> dict[str, int]:
        assert size == {"min_size": 1, "initial_size": 2}
        return size

    def from_items(self, items: list[dict[str, bytes]], override_num_blocks: int) -> Ray:
        self._items = items
        assert override_num_blocks == len(items)
        return self

    def map_batches(self, actor: Any, *, fn_constructor_args: tuple, **how: Any) -> Ray:
        assert (how["batch_size"], how["num_cpus"], how["num_gpus"]) == (None, 1, 0)
        self._actor = actor(*fn_constructor_args)
        return self

    def iter_batches(self, **_: Any) -> Iterator[dict[str, Any]]:
        for number, item in enumerate(self._items):
            for _again in range(1 + (number == 1)):
                yield self._actor({name: [value] for name, value in item.items()})
        if self._fails:
            raise KeyError("the head node is gone")


class Rows:
    """In the place of an actor's `Processes`."""

    def __init__(self, settings: Settings, *_: Any, **how: Any) -> None:
        assert how == {"workers": 1, "threads": 1, "shards": None, "kept": True}
        self._settings = settings

    def run(self, tasks: list[Task]) -> Iterator[Row | None]:
        for task in tasks:
            yield None
            if task.path == "full":
                raise NoRoom("The target is full.")
            if task.path == "unable":
                raise ArchiveError("There is no such model.")
            yield Row(task.path, "done", task.stamp, self._settings.key, task.target)


def on_ray(folder: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> OnRay:
    monkeypatch.setattr(module, "connect", lambda _: Ray(fails))
    monkeypatch.setattr(module, "Processes", Rows)
    settings = Settings("esrt", None, 1.0, "cpu", None, "auto", False)
    return OnRay(settings, Place(str(folder)), Place(str(folder)), address="auto", workers=None)


def tasks(*paths: str) -> list[Task]:
    return [Task(path, f"{path}.png", "") for path in paths]


def test_a_batch_that_was_made_twice_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [row for row in on_ray(tmp_path, monkeypatch).run(tasks("1", "2", "3")) if row is not None]
    assert [row.path for row in found] == ["1", "2", "3"]


def test_stopping_is_known_to_the_actors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executor, found = on_ray(tmp_path, monkeypatch), list[str]()
    for row in executor.run(tasks(*"123456")):
        found += [row.path] if row is not None else []
        executor.stop()
    assert found == ["1", "2"]  # the second was under way
    assert not list(tmp_path.rglob("stop-*"))


def test_what_ends_the_run_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRoom, match="The target is full"):
        list(on_ray(tmp_path, monkeypatch).run(tasks("1", "full")))
    with pytest.raises(ArchiveError, match="There is no such model"):
        list(on_ray(tmp_path, monkeypatch).run(tasks("unable")))
    with pytest.raises(ArchiveError, match=r"The Ray cluster failed: 'the head node is gone'\. Give the same command"):
        list(on_ray(tmp_path, monkeypatch, fails=True).run(tasks("1")))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(int(os.environ.get("CF_ESRT_TEST_RAY_PHOTOGRAPHS", "40"))):
        pixels = random.integers(0, 256, (60, 50, 3), np.uint8)
        (tmp_path / "in" / f"{number}.png").write_bytes(photo.png_bytes(pixels))
    (tmp_path / "in" / "bad.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    return tmp_path / "in"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without cores, and two nodes of one each."""
    ray = pytest.importorskip("ray", reason="requirements-cluster.txt is not installed")
    utils = pytest.importorskip("ray.cluster_utils")
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]  # Ray may lie in a folder of its own
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    running = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [running.add_node(num_cpus=1, object_store_memory=100 * 2**20) for _ in range(2)]
    running.wait_for_nodes()
    yield running, nodes
    ray.shutdown()
    running.shutdown()


@pytest.mark.slow
def test_a_lost_node_costs_no_photograph(source: Path, tmp_path: Path, cluster: Any, capsys: Any) -> None:
    running, nodes = cluster
    target, plain = tmp_path / "out", tmp_path / "plain"
    arguments = ["archive", str(source), "--model", "bicubic"]
    every = len(list(source.iterdir()))
    settings = command.settings_of("bicubic", None, "cpu", None, "auto", self_ensemble=False)
    places = Place(str(source)), Place(str(target))
    places[1].prepare()
    tasks = plan(places[0].photographs(), {}, set(), settings).tasks
    seen: Counter[str] = Counter()
    lost = False
    for row in OnRay(settings, *places, address=running.address, workers=None).run(tasks):
        seen.update([row.path] if row is not None else [])
        if not lost and len(seen) >= every // 4:
            lost = True
            running.remove_node(nodes[0], allow_graceful=False)
    assert lost
    assert set(seen) == {path.name for path in source.iterdir()}
    assert set(seen.values()) == {1}
    assert main([*arguments, "-o", str(plain), "--workers", "1"]) == 1
    assert results(target) == results(plain)
    again = tmp_path / "again"
    assert main([*arguments, "-o", str(again), "--ray", running.address]) == 1
    assert results(again) == results(plain)
    assert {path: row.state for path, row in rows(again).items()} == {
        path: row.state for path, row in rows(plain).items()
    }
    assert "bad.jpg" in capsys.readouterr().err


@pytest.mark.slow
def test_stopping_ends_with_what_is_under_way(source: Path, tmp_path: Path, cluster: Any) -> None:
    settings = command.settings_of("bicubic", None, "cpu", None, "auto", self_ensemble=False)
    places = Place(str(source)), Place(str(tmp_path / "out"))
    places[1].prepare()
    executor = OnRay(settings, *places, address=cluster[0].address, workers=2)
    found = []
    for row in executor.run(plan(places[0].photographs(), {}, set(), settings).tasks):
        found += [row] if row is not None else []
        threading.Thread(target=executor.stop).start()
    done = {row.target for row in found if row.state == "done"}
    assert 1 <= len(done) < len(list(source.iterdir())) - 1
    assert set(results(tmp_path / "out")) == done
    assert not list((tmp_path / "out" / ".cf-esrt").glob("stop-*"))
