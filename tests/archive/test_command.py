"""The command: what it makes, what it leaves, how it goes on, and what it says."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")

from cf_esrt import photo
from cf_esrt.__main__ import main
from cf_esrt.archive import command
from cf_esrt.archive.manifest import FOLDER, Manifest
from cf_esrt.archive.pipeline import Maker, Task
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from tests.photo.files import dicom, jpeg, png

REPOSITORY = Path(__file__).resolve().parents[2]
PHOTOGRAPHS = {"a/1.jpg": jpeg, "a/IM00001": dicom, "b/c/病変 1.png": png, "b/c/1.2.840.1.5": dicom, "z.jfif": jpeg}


class Inline:
    """The pipeline in this process."""

    made: list[str]

    def __init__(self, options: command.Options) -> None:
        self._maker = Maker(options.settings, Place(options.source), Place(options.target), options.shards)
        self._stopping = False
        Inline.made = []

    def run(self, tasks: Iterable[Task]) -> Iterator[Row | None]:
        for task in tasks:
            if self._stopping:
                break
            Inline.made.append(task.path)
            yield from self._maker.make(task)
        yield from self._maker.flush()

    def stop(self) -> None:
        self._stopping = True


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "_executor", Inline)
    for number, (path, make) in enumerate(PHOTOGRAPHS.items()):
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(make() if number else photo.png_bytes(np.full((9, 12, 3), 99, np.uint8)))
    (tmp_path / "in" / "a" / "metadata.csv").write_text("image,age\n")
    return tmp_path / "in"


def run(*arguments: object) -> int:
    return main(["archive", *map(str, arguments), "--model", "bicubic"])


def rows(target: Path) -> dict[str, Row]:
    return Manifest(Place(str(target))).load()


def results(target: Path) -> dict[str, bytes]:
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in sorted(target.rglob("*.png"))}


def test_folders_are_mirrored_and_every_photograph_has_a_row(source: Path, tmp_path: Path, capsys: Any) -> None:
    target = tmp_path / "new" / "out"
    assert run(source, "-o", target, "--log", tmp_path / "log.jsonl") == 0
    assert set(results(target)) == {"a/1.png", "a/IM00001.png", "b/c/病変 1.png", "b/c/1.2.840.1.5.png", "z.png"}
    found = rows(target)
    assert set(found) == {*PHOTOGRAPHS, "a/metadata.csv"}
    row = found["a/1.jpg"]
    assert (row.state, row.width, row.height, row.model, row.target) == ("done", 12, 9, "bicubic", "a/1.png")
    assert row.input_sha256 == hashlib.sha256((source / "a/1.jpg").read_bytes()).hexdigest()
    assert row.output_sha256 == hashlib.sha256((target / "a/1.png").read_bytes()).hexdigest()
    assert row.consistency is None  # one colour comes back as it was
    assert found["z.jfif"].consistency is not None
    assert found["a/metadata.csv"].state == "left out"
    assert photo.is_result(target / "a/1.png")
    assert any("text is burned into" in sentence for sentence in found["a/IM00001"].cautions)
    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert sorted(line["path"] for line in logged) == sorted(found)
    assert capsys.readouterr().out == "5 made, 0 there already, 0 failed, 1 left out as no photographs.\n"


def test_a_second_run_makes_what_is_new_or_changed(source: Path, tmp_path: Path, capsys: Any) -> None:
    target = tmp_path / "out"
    assert run(source, "-o", target) == 0
    before = results(target)
    assert run(source, "-o", target) == 0
    assert capsys.readouterr().out.endswith("0 made, 6 there already, 0 failed, 0 left out as no photographs.\n")
    (source / "a" / "1.jpg").write_bytes(png())  # another picture
    os.utime(source / "z.jfif", (1, 1))  # the same one with another date
    shutil.copy(source / "z.jfif", source / "y.jpg")
    (target / "a" / "IM00001.png").unlink()
    stamp = rows(target)["z.jfif"].stamp
    assert run(source, "-o", target) == 0
    assert sorted(Inline.made) == ["a/1.jpg", "a/IM00001", "y.jpg", "z.jfif"]
    after, found = results(target), rows(target)
    assert {name for name in before if after[name] != before[name]} == {"a/1.png"}
    assert "y.png" in after
    assert found["z.jfif"].stamp != stamp
    assert found["z.jfif"].output_sha256 == hashlib.sha256(before["z.png"]).hexdigest()
    assert run(source, "-o", target, "--detail", "0.5") == 0
    assert len(Inline.made) == 7  # other settings: all again, and the file that is no photograph looked at


def test_without_pyarrow_nothing_is_made(
    source: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    Inline.made = []
    assert run(source, "-o", tmp_path / "out") == 2
    assert capsys.readouterr().err == "error: The archive needs pyarrow: pip install -r requirements-archive.txt.\n"
    assert Inline.made == []


def test_bad_files_cost_a_line_and_a_row_each(source: Path, tmp_path: Path, capsys: Any) -> None:
    (source / "bad.jpg").write_bytes(b"\xff\xd8\xff rubbish")
    (source / "moving").write_bytes(b"GIF89a" + bytes(99))
    (source / "empty.png").touch()
    text = photo.labels(model="esrt", sha256=None, detail=None)
    (source / "old.png").write_bytes(photo.png_bytes(np.zeros((9, 9, 3), np.uint8), text=text))
    target = tmp_path / "out"
    assert run(source, "-o", target) == 1
    found = rows(target)
    assert {path for path, row in found.items() if row.state == "failed"} == {"bad.jpg", "moving", "empty.png"}
    assert found["empty.png"].error == "The file is empty."
    assert (found["old.png"].state, found["old.png"].error) == (
        "left out", "It is a result of this program, which is not enhanced again."
    )  # fmt: skip
    written = capsys.readouterr()
    assert len(written.err.splitlines()) == 3
    assert written.out == "5 made, 0 there already, 3 failed, 2 left out as no photographs.\n"
    assert run(source, "-o", target) == 1  # not tried again, and not forgotten
    again = capsys.readouterr().out
    assert "0 made, 7 there already, 3 failed" in again
    assert f"3 of the failed were not tried again: `archive status {target}` says why" in again
    (source / "bad.jpg").write_bytes(jpeg())
    assert run(source, "-o", target, "--retry") == 1
    assert rows(target)["bad.jpg"].state == "done"
    assert main(["archive", "status", str(target)]) == 0
    printed = capsys.readouterr().out
    assert "6 done, 2 failed, 2 left out as no photographs, 0 left of 10 files" in printed
    assert "1 × The file is empty." in printed
    assert "photographs a second" in printed


def test_a_full_disk_stops_the_run_and_loses_nothing(
    source: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, save = tmp_path / "out", photo.save

    def full(path: Path, data: bytes) -> None:
        if path.name == "IM00001.png":
            raise OSError(errno.ENOSPC, "No space left on device")
        save(path, data)

    monkeypatch.setattr(photo, "save", full)
    assert run(source, "-o", target) == 1
    assert f"error: {target} is full: make room" in capsys.readouterr().err
    assert {row.path for row in rows(target).values() if row.state == "done"} == {"a/1.jpg", "z.jfif"}
    monkeypatch.setattr(photo, "save", save)
    assert run(source, "-o", target) == 0
    assert "3 made, 2 there already, 0 failed, 1 left out" in capsys.readouterr().out


def test_a_target_that_goes_away_is_one_sentence(
    source: Path, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, append = tmp_path / "out", Manifest.append

    def gone(self: Manifest, rows: list[Row]) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Manifest, "append", gone)
    assert run(source, "-o", target) == 1
    assert f"error: {target} cannot be written to: input/output error" in capsys.readouterr().err
    monkeypatch.setattr(Manifest, "append", append)
    assert run(source, "-o", target) == 0
    assert len(rows(target)) == len(PHOTOGRAPHS) + 1


@pytest.mark.parametrize(
    "case", ["nowhere", "empty", "inside", "file", "tar", "status", "nothing", "model", "log", "locked"]
)
def test_what_cannot_start_is_one_sentence(source: Path, tmp_path: Path, capsys: Any, case: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    out, arguments = tmp_path / "out", {
        "nowhere": [tmp_path / "none", "-o", tmp_path / "out"],
        "empty": [tmp_path / "empty", "-o", tmp_path / "out"],
        "inside": [source, "-o", source / "out"],
        "file": [source, "-o", tmp_path / "file"],
        "tar": [source, "-o", tmp_path / "out.tar", "--shards", 100],
        "status": ["status", tmp_path / "empty"],
        "nothing": [source],
        "model": [source, "-o", tmp_path / "out", "--model", "none"],
        "log": [source, "-o", tmp_path / "out", "--log", tmp_path / "none" / "log"],
        "locked": [source, "-o", tmp_path / "out"],
    }[case]  # fmt: skip
    words = {
        "nowhere": "is not there", "empty": "holds no files", "inside": "lies inside the source",
        "file": "is a file, not a folder", "tar": "is a shard's name: give the folder",
        "status": "holds no manifest", "nothing": "Give SOURCE and -o TARGET",
        "model": "There is no model", "log": "cannot be written", "locked": "Another command is working on",
    }[case]  # fmt: skip
    if case == "locked":
        out.mkdir()
        with command.locked(Place(str(out))):
            assert main(["archive", *map(str, arguments), "--model", "bicubic"]) == 2
    else:
        assert main(["archive", "--model", "bicubic", *map(str, arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert not list((source / "out").glob("*"))


def test_in_processes_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing: killed amid its work in two workers, stopped by Ctrl-C in one, given a third time; each
    photograph has the bytes that one process makes, and no half file is left."""
    source = tmp_path / "in"
    source.mkdir()
    random = np.random.default_rng(0)
    for number in range(60):
        pixels = random.integers(0, 256, (120, 90, 3), np.uint8)
        (source / f"{number}.png").write_bytes(photo.png_bytes(pixels))
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    target, plain = tmp_path / "out", tmp_path / "plain"

    def begun(there: int, workers: int) -> subprocess.Popen[str]:
        """A run that has made more results than were there."""
        arguments = ["archive", str(source), "-o", str(target), "--workers", str(workers), "--model", "bicubic"]
        call = [sys.executable, "-m", "cf_esrt", *arguments]
        process = subprocess.Popen(call, env=environment, stderr=subprocess.PIPE, text=True)
        while process.poll() is None and len(list(target.glob("*.png"))) <= there:
            time.sleep(0.02)
        return process

    killed = begun(0, workers=2)
    killed.kill()
    killed.communicate()
    told = {path for path, row in rows(target).items() if row.state == "done"}
    stopped = begun(len(list(target.glob("*.png"))), workers=1)
    stopped.send_signal(signal.SIGINT)
    _, errors = stopped.communicate()
    assert stopped.returncode == command.STOPPED
    assert "Stopped; the results written so far are whole. Give the same command again to go on." in errors
    there = {path for path, row in rows(target).items() if row.state == "done"}
    assert told <= there
    assert len(told) < len(there) < 60
    assert {f"{path.split('.')[0]}.png" for path in there} == set(results(target))
    (target / ".0123456789abcdef.part").write_bytes(b"half")  # what a kill amid writing leaves
    monkeypatch.setattr(command, "_executor", Inline)
    assert run(source, "-o", target) == 0
    assert len(Inline.made) == 60 - len(there)
    assert main(["enhance", str(source), "-o", str(plain), "--model", "bicubic"]) == 0
    assert results(target) == results(plain)
    assert {path.name for path in target.iterdir()} == {*(f"{number}.png" for number in range(60)), FOLDER}
    assert {row.state for row in rows(target).values()} == {"done"}


@pytest.mark.skipif(os.name != "posix", reason="pipes with names are POSIX's")
def test_what_cannot_be_read_has_a_sentence(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(source / "pipe.jpg")
    opened = Place._open

    def refused(self: Place, path: str) -> Any:
        if path == "z.jfif":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(self, path)

    monkeypatch.setattr(Place, "_open", refused)
    assert run(source, "-o", tmp_path / "out") == 1
    failed = {path: row.error for path, row in rows(tmp_path / "out").items() if row.state == "failed"}
    assert failed == {
        "pipe.jpg": "It is a device, a socket or a pipe, which holds no photograph.",
        "z.jfif": "The file could not be written or read: permission denied.",
    }
