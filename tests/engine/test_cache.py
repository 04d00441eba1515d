"""Converted networks are kept, and nothing that could be wrong with them does harm."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from cf_esrt.engine import cache

KEY = {"weights": "ab" * 32, "converter": "1"}


def fetch(place: Path, content: bytes = b"made", key: dict[str, str] = KEY) -> bytes:
    return cache.fetch("one", key, lambda: content, place)


def test_what_was_made_is_kept(tmp_path: Path) -> None:
    assert fetch(tmp_path / "new" / "folder") == b"made"
    assert fetch(tmp_path / "new" / "folder", b"made again") == b"made"
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["one.network"]


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, harm: str) -> None:
    fetch(tmp_path, b"x" * 100)
    path = tmp_path / "one.network"
    data = path.read_bytes()
    path.write_bytes({"cut": data[:-1], "flipped": data[:-1] + b"y", "empty": b"", "foreign": b"PK" * 500}[harm])
    assert fetch(tmp_path, b"anew") == b"anew"
    assert fetch(tmp_path, b"not asked") == b"anew"


def test_other_weights_take_the_place(tmp_path: Path) -> None:
    fetch(tmp_path, b"of the old weights")
    other = {**KEY, "weights": "cd" * 32}
    assert fetch(tmp_path, b"of the new ones", other) == b"of the new ones"
    assert fetch(tmp_path, b"not asked", other) == b"of the new ones"


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for content in (b"once", b"twice"):
        assert fetch(tmp_path / "file", content) == content


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert fetch(tmp_path) == b"made"
    assert list(tmp_path.iterdir()) == []


def test_the_longest_unused_go(tmp_path: Path) -> None:
    for number in range(cache.KEPT + 2):
        cache.fetch(f"number-{number}", KEY, lambda: b"made", tmp_path)
        os.utime(tmp_path / f"number-{number}.network", (number, number))
    cache.fetch("last", KEY, lambda: b"made", tmp_path)
    names = {path.stem for path in tmp_path.iterdir()}
    assert len(names) == cache.KEPT
    assert "last" in names
    assert "number-0" not in names


def _writer(place: Path, letter: str, results: multiprocessing.Queue[bool]) -> None:
    for _ in range(30):
        got = fetch(place, letter.encode() * 100_000)
        results.put(len(got) == 100_000 and got in (b"a" * 100_000, b"b" * 100_000))
        (place / "one.network").unlink(missing_ok=True)


def test_several_processes_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    writers = [context.Process(target=_writer, args=(tmp_path, letter, results)) for letter in "ab"]
    for writer in writers:
        writer.start()
    assert all(results.get(timeout=120) for _ in range(60))
    for writer in writers:
        writer.join()
    assert not list(tmp_path.glob(".*.part"))
