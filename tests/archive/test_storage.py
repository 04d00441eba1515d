"""Object storage: the same results as in folders, by workers without a shared disk, one command at a time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt import photo
from cf_esrt.__main__ import main
from cf_esrt.archive import command, lock
from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.manifest import FOLDER, Manifest
from cf_esrt.archive.places import Place
from tests.archive.test_command import REPOSITORY, Inline, run
from tests.photo.files import jpeg, png


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_executor", Inline)


def put(address: str, photographs: dict[str, bytes]) -> Place:
    place = Place(address)
    for path, data in photographs.items():
        place.write(path, data)
    return place


def results(place: Place) -> dict[str, bytes]:
    place.files.invalidate_cache()
    return {path: place.read(path) for path in sorted(place.results())}


def drawn(number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (24, 30, 3), np.uint8)
    return photo.png_bytes(pixels)


@pytest.mark.usefixtures("inline")
def test_between_prefixes_as_between_folders(bucket: str, tmp_path: Path, capsys: Any) -> None:
    photographs = {"a/1.jpg": jpeg(), "b/c/病変 1.png": png(), "b/notes.txt": b"no photograph", ".hidden/2.jpg": jpeg()}
    source = put(f"{bucket}/in", photographs)
    for path, data in photographs.items():
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(data)
    assert run(source.address, "-o", f"{bucket}/out") == 0
    assert run(tmp_path / "in", "-o", tmp_path / "out") == 0
    target = Place(f"{bucket}/out")
    expected = {path: (tmp_path / "out" / path).read_bytes() for path in ("a/1.png", "b/c/病変 1.png")}
    assert results(target) == expected
    rows = Manifest(target).load()
    assert rows["a/1.jpg"].output_sha256 == hashlib.sha256(expected["a/1.png"]).hexdigest()
    assert rows["b/notes.txt"].state == "left out"
    capsys.readouterr()
    assert run(source.address, "-o", f"{bucket}/out") == 0
    assert Inline.made == []
    source.write("a/1.jpg", png())
    target.remove("b/c/病変 1.png")
    assert run(source.address, "-o", f"{bucket}/out") == 0
    assert sorted(Inline.made) == ["a/1.jpg", "b/c/病変 1.png"]
    assert main(["archive", "status", f"{bucket}/out"]) == 0
    assert "2 done, 0 failed, 1 left out as no photographs, 0 left of 3 files" in capsys.readouterr().out


def test_workers_share_no_disk_and_a_killed_command_loses_nothing(
    bucket: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = put(f"{bucket}/in", {f"{number}.png": drawn(number) for number in range(6)})
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    arguments = ["archive", source.address, "-o", f"{bucket}/out", "--model", "bicubic"]
    call = [sys.executable, "-m", "cf_esrt", *arguments, "--workers", "2"]
    target = Place(f"{bucket}/out")
    killed = subprocess.Popen(call, env=environment, stderr=subprocess.PIPE)
    while killed.poll() is None and not target.names(""):
        time.sleep(0.05)
    while killed.poll() is None and not any(name.endswith(".png") for name in target.names("")):
        time.sleep(0.05)
    killed.kill()
    killed.wait()
    told = {path for path, row in Manifest(target).load().items() if row.state == "done"}
    if killed.returncode:  # killed, and not at its end before: its lock is there
        assert main(arguments) == 2
        assert f"Another command is working on {bucket}/out" in capsys.readouterr().err
        target.write(f"{FOLDER}/lock", json.dumps({"owner": "gone", "time": time.time() - lock.GONE - 1}).encode())
    monkeypatch.setattr(command, "_executor", Inline)
    assert main(arguments) == 0
    made = results(target)
    assert set(made) == {f"{number}.png" for number in range(6)}
    rows = Manifest(target).load()
    assert told <= set(rows)
    assert {row.target: row.output_sha256 for row in rows.values()} == {
        path: hashlib.sha256(data).hexdigest() for path, data in made.items()
    }
    assert not target.exists(f"{FOLDER}/lock")


def test_one_command_at_a_time(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT", 0.05)
    monkeypatch.setattr(lock, "_SETTLED", 0.01)
    place = Place(f"{bucket}/out")
    name = f"{FOLDER}/lock"
    with lock.locked(place):
        first = json.loads(place.read(name))
        with pytest.raises(ArchiveError, match="Another command is working on"), lock.locked(Place(place.address)):
            pass
        while json.loads(place.read(name))["time"] == first["time"]:
            time.sleep(0.05)  # a sign of life
    assert not place.exists(name)
    place.write(name, json.dumps({"owner": "gone", "time": time.time() - lock.GONE - 1}).encode())
    with lock.locked(place):
        assert json.loads(place.read(name))["owner"] != "gone"


def test_the_later_of_two_takers_has_a_left_lock(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(f"{bucket}/out")
    place.write(f"{FOLDER}/lock", json.dumps({"owner": "gone", "time": 0}).encode())

    def another(_: float) -> None:
        place.write(f"{FOLDER}/lock", json.dumps({"owner": "another", "time": time.time()}).encode())

    monkeypatch.setattr(lock.time, "sleep", another)
    with pytest.raises(ArchiveError, match="Another command"), lock.locked(place):
        pass


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()
    yield
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.usefixtures("inline")
def test_what_cannot_be_had_is_one_sentence(bucket: str, capsys: Any) -> None:
    source = put(f"{bucket}/in", {"1.png": drawn(1)})
    for arguments, words in (
        (["s3://no-such-bucket/in", "-o", f"{bucket}/out"], "The folder s3://no-such-bucket/in is not there"),
        ([f"{bucket}/in", "-o", "s3://no-such-bucket/out"], "s3://no-such-bucket/out cannot be written to"),
        ([f"{bucket}/in", "-o", f"{bucket}/in/out"], "lies inside the source"),
        (["nosuch://a", "-o", f"{bucket}/out"], "nosuch://a cannot be opened"),
    ):
        assert run(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
        assert words in line
    assert results(source) == {"1.png": drawn(1)}


@pytest.mark.usefixtures("inline", "bucket", "unreachable")
def test_a_storage_that_does_not_answer(capsys: Any) -> None:
    assert run("s3://somewhere/in", "-o", "s3://somewhere/out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: s3://somewhere/in cannot be read: could not connect")
