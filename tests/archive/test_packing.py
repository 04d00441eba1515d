"""Tar shards as a target: each result in one shard, once, whatever is killed, changed or removed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt import photo
from cf_esrt.__main__ import main
from cf_esrt.archive import command
from cf_esrt.archive.manifest import FOLDER, Manifest
from cf_esrt.archive.packing import MEGABYTE, Shards
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from tests.archive.test_command import REPOSITORY, Inline, results, rows, run
from tests.photo.files import jpeg, png

PHOTOGRAPHS = {"a/1.jpg": jpeg, "a/1.png": png, "a/1.2.840.1.5.jpg": jpeg, "b.d/病変 1.png": png, "z": png}
NAMES = ["a/1.png", "a/1-2.png", "a/1_2_840_1_5.png", "b.d/病変 1.png", "z.png"]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "_executor", Inline)
    for path, make in PHOTOGRAPHS.items():
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(make())
    return tmp_path / "in"


def samples(target: Path) -> dict[str, bytes]:
    """What WebDataset's reader gives: of all shards each sample by its key, and its one file."""
    found: dict[str, bytes] = {}
    for shard in sorted(target.glob("*.tar")):
        with tarfile.open(shard) as tar:
            for info in tar:
                named = re.fullmatch(r"((?:.*/|)[^.]+)[.]([^/]*)", info.name)  # as its `base_plus_ext` has it
                file = tar.extractfile(info)
                assert named is not None
                assert file is not None
                assert named[2] == "png"
                assert named[1] not in found
                found[named[1]] = file.read()
    return found


def in_shards(source: Path, target: Path, *more: object) -> int:
    return run(source, "-o", target, "--shards", 1, *more)


def test_the_results_of_a_folder_lie_in_shards_that_rows_name(source: Path, tmp_path: Path, capsys: Any) -> None:
    target, plain = tmp_path / "out", tmp_path / "plain"
    assert in_shards(source, target) == 0
    assert run(source, "-o", plain) == 0
    found = samples(target)
    assert sorted(found) == sorted(name.removesuffix(".png") for name in NAMES)
    assert found["a/1_2_840_1_5"] == results(plain)["a/1.2.840.1.5.png"]
    assert {path.name for path in target.iterdir()} == {FOLDER, *(row.shard for row in rows(target).values())}
    for path, row in rows(target).items():
        with tarfile.open(target / row.shard) as tar:
            file = tar.extractfile(row.target)
            assert file is not None
            assert file.read() == results(plain)[rows(plain)[path].target]
    assert not any(row.shard for row in rows(plain).values())
    assert main(["archive", "status", str(target)]) == 0
    assert "5 done, 0 failed, 0 left out as no photographs, 0 left of 5 files" in capsys.readouterr().out


def test_only_what_is_new_or_changed_is_made_and_nothing_is_there_twice(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert in_shards(source, target) == 0
    before = samples(target)
    assert in_shards(source, target) == 0
    assert Inline.made == []
    (source / "z").write_bytes(jpeg())  # another picture
    os.utime(source / "a" / "1.png", (1, 1))  # the same one with another date
    (source / "new.jpg").write_bytes(jpeg())
    assert in_shards(source, target) == 0
    assert sorted(Inline.made) == ["a/1.png", "new.jpg", "z"]
    after = samples(target)
    assert {key for key in after if after[key] != before.get(key)} == {"new", "z"}
    assert before.keys() < after.keys()
    for row in rows(target).values():
        with tarfile.open(target / row.shard) as tar:
            assert row.target in tar.getnames()
    assert in_shards(source, target, "--detail", "0.5") == 0
    assert len(Inline.made) == len(samples(target)) == 6  # other settings: all again, in the place of the others
    for shard in target.glob("*.tar"):
        shard.unlink()
    assert in_shards(source, target, "--detail", "0.5") == 0
    assert len(Inline.made) == len(samples(target)) == 6


def test_a_shard_is_as_large_as_was_asked(source: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number in range(4):
        (source / f"{number}.png").write_bytes(photo.png_bytes(random.integers(0, 256, (180, 180, 3), np.uint8)))
    target = tmp_path / "out"
    assert in_shards(source, target) == 0
    sizes = sorted(path.stat().st_size for path in target.glob("*.tar"))
    assert len(sizes) >= 3
    assert all(size >= MEGABYTE for size in sizes[1:])  # the last one is as large as what was left
    assert len(samples(target)) == 9


def leftover(target: Path) -> str:
    """A shard whose rows a kill kept from the manifest."""
    shards = Shards(Place(str(target)), 1)
    shards.put(Row("a/1.jpg", "done", "", "{}", "a/1.png"), b"made before")
    (row,) = shards.flush()
    return row.shard


def test_a_shard_without_rows_is_made_again(source: Path, tmp_path: Path, capsys: Any) -> None:
    target = tmp_path / "out"
    assert in_shards(source, target) == 0
    name = leftover(target)
    (target / "mine.tar").write_bytes(b"of somebody else")
    assert in_shards(source, target) == 0
    assert not (target / name).exists()
    assert (target / "mine.tar").read_bytes() == b"of somebody else"
    (target / "mine.tar").unlink()
    shutil.rmtree(target / FOLDER)
    kept = {path.name: path.read_bytes() for path in target.iterdir()}
    assert in_shards(source, target) == 2
    assert f"{target} holds tar shards of a run whose manifest is gone" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in target.glob("*.tar")} == kept


def test_a_kill_while_old_results_are_left_out(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, remove = tmp_path / "out", Place.remove
    assert in_shards(source, target) == 0
    (source / "z").write_bytes(jpeg())

    def killed(self: Place, path: str) -> None:
        if path.endswith(".tar"):
            raise KeyboardInterrupt
        remove(self, path)

    monkeypatch.setattr(Place, "remove", killed)
    assert in_shards(source, target) == command.STOPPED
    monkeypatch.setattr(Place, "remove", remove)
    assert in_shards(source, target) == 0
    assert Inline.made == []
    assert len(samples(target)) == 5


def test_a_kill_between_the_rows_of_a_shard(source: Path, tmp_path: Path) -> None:
    """The manifest has some of them: the others are made again, and are not there twice."""
    target = tmp_path / "out"
    assert in_shards(source, target) == 0
    before, kept = samples(target), [row for path, row in rows(target).items() if path not in ("z", "a/1.jpg")]
    for part in (target / FOLDER).glob("rows-*"):
        part.unlink()
    Manifest(Place(str(target))).append(kept)
    assert in_shards(source, target) == 0
    assert sorted(Inline.made) == ["a/1.jpg", "z"]
    assert samples(target) == before


def test_files_and_shards_do_not_mix(source: Path, tmp_path: Path, capsys: Any) -> None:
    assert in_shards(source, tmp_path / "shards") == 0
    assert run(source, "-o", tmp_path / "files") == 0
    capsys.readouterr()
    assert run(source, "-o", tmp_path / "shards") == 2
    assert "holds its results in tar shards: give --shards MB, or choose another target" in capsys.readouterr().err
    assert in_shards(source, tmp_path / "files") == 2
    assert "holds its results in files: leave --shards out, or choose another target" in capsys.readouterr().err


def test_shards_go_to_object_storage(source: Path, bucket: str, tmp_path: Path) -> None:
    assert in_shards(source, tmp_path / "out") == 0
    assert run(source, "-o", f"{bucket}/out", "--shards", 1) == 0
    (name,) = (path.name for path in (tmp_path / "out").glob("*.tar"))
    there = Place(f"{bucket}/out")
    assert there.results() == {name}
    assert there.read(name) == (tmp_path / "out" / name).read_bytes()
    (source / "z").unlink()
    assert run(f"{bucket}/out", "-o", tmp_path / "again") == 0  # a shard of results is a source of none
    assert {row.state for row in rows(tmp_path / "again").values()} == {"left out"}


def test_killed_in_processes_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers, killed amid their work, and the command given again: at both ends every shard is whole and holds
    what the manifest says, and at the second each photograph is there once."""
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    random = np.random.default_rng(0)
    for number in range(24):
        (source / f"{number}.png").write_bytes(photo.png_bytes(random.integers(0, 256, (150, 120, 3), np.uint8)))
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    arguments = ["archive", str(source), "-o", str(target), "--workers", "2", "--shards", "1", "--model", "bicubic"]
    call = [sys.executable, "-m", "cf_esrt", *arguments]

    def told() -> set[str]:
        done = {path: row for path, row in rows(target).items() if row.state == "done"}
        for row in done.values():
            with tarfile.open(target / row.shard) as tar:
                assert row.target in tar.getnames()
        return set(done)

    with subprocess.Popen(call, env=environment) as killed:
        while killed.poll() is None and not list(target.glob("*.tar")):
            time.sleep(0.02)
        killed.kill()
    first = told()  # all 24, where a busy machine let them end before the kill
    monkeypatch.setattr(command, "_executor", Inline)
    assert in_shards(source, target) == 0
    assert first <= told()
    assert samples(target).keys() == {path.removesuffix(".png") for path in told()}
    assert len(told()) == 24
    assert not list(target.rglob("*.part"))
