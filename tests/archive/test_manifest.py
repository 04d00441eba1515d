"""Rows come back as they were; files are only added, and joined a few at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cf_esrt.archive import manifest as module
from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.lock import locked
from cf_esrt.archive.manifest import FOLDER, Begun, Manifest
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row

pytest.importorskip("pyarrow", reason="requirements-archive.txt is not installed")


def row(number: int, finished: float = 1.0, error: str = "") -> Row:
    state, target = "failed" if error else "done", f"folder/{number}.png"
    return Row(
        f"folder/{number}.jpg", state, "10 1", "{}", target, "ab" * 32, "cd" * 32, 600, 450, "esrt", "ef" * 32,
        "bicubic", "torch, float32", 1.5, ("One.", "Zwei, 三."), None, error, finished,
    )  # fmt: skip


def files(place: Path) -> list[str]:
    return sorted(path.name for path in (place / FOLDER).iterdir())


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    strange = [
        row(1),
        Row(os.fsdecode(b"l\xe4sion.jpg"), "left out", "", "{}", error="bytes: none"),
        Row("病.jpg", "done", "", ""),
    ]
    Manifest(Place(str(tmp_path))).append(strange)
    assert list(Manifest(Place(str(tmp_path))).load().values()) == strange


def test_a_manifest_in_the_words_of_version_0_1_is_read(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    Manifest(Place(str(tmp_path))).append([row(1), Row("a.jpg", "done", "", "", degradation="camera")])
    (file,) = (tmp_path / FOLDER).iterdir()
    table = parquet.read_table(file)
    table = table.drop_columns("degradation").append_column("family", pa.array(["clean", "camera"]))
    parquet.write_table(table, file)
    found = Manifest(Place(str(tmp_path))).load()
    assert [one.degradation for one in found.values()] == ["bicubic", "camera"]


def test_the_latest_row_counts(tmp_path: Path) -> None:
    manifest = Manifest(Place(str(tmp_path)))
    manifest.append([row(1, 5.0, "It failed."), row(2, 5.0)])
    manifest.append([row(1, 9.0)])
    found = Manifest(Place(str(tmp_path))).load()
    assert (found["folder/1.jpg"].state, found["folder/1.jpg"].finished) == ("done", 9.0)
    assert len(found) == 2


def test_it_grows_without_being_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 4 in the place of 32 and 50 rows at most: no file larger than that is ever written or read again."""
    monkeypatch.setattr(module, "FAN", 4)
    monkeypatch.setattr(module, "LARGEST", 50)
    manifest = Manifest(Place(str(tmp_path)))
    written: list[int] = []
    write = Manifest._write

    def counted(self: Manifest, table: object, level: int, number: int) -> None:
        written.append(len(table))  # type: ignore[arg-type]
        write(self, table, level, number)  # type: ignore[arg-type]

    monkeypatch.setattr(Manifest, "_write", counted)
    for number in range(200):
        manifest.append([row(number, float(number))])
    assert max(written) <= 50
    assert sum(written) <= 200 * 4  # each row once a level
    assert len(files(tmp_path)) < 25
    again = Manifest(Place(str(tmp_path)))
    assert set(again.load()) == {f"folder/{number}.jpg" for number in range(200)}
    again.append([row(0, 999.0)])
    assert Manifest(Place(str(tmp_path))).load()["folder/0.jpg"].finished == 999.0


def test_a_kill_while_files_are_joined_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAN", 4)
    manifest = Manifest(Place(str(tmp_path)))

    def killed(self: Place, path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Place, "remove", killed)
    for number in range(3):
        manifest.append([row(number)])
    with pytest.raises(KeyboardInterrupt):
        manifest.append([row(3)])
    assert len(files(tmp_path)) == 5
    assert len(Manifest(Place(str(tmp_path))).load()) == 4


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    Manifest(Place(str(tmp_path))).append([row(1)])
    (name,) = files(tmp_path)
    (tmp_path / FOLDER / name).write_bytes(b"PAR1 rubbish")
    with pytest.raises(ArchiveError, match=rf"{name} of the manifest .* is damaged: remove it"):
        Manifest(Place(str(tmp_path))).load()


def test_what_a_run_began_with(tmp_path: Path) -> None:
    manifest = Manifest(Place(str(tmp_path)))
    assert manifest.begun() is None
    begun = Begun(os.fsdecode(b"/l\xe4"), "{}", 10, 5.0)
    manifest.begin(begun)
    assert manifest.begun() == begun
    (tmp_path / FOLDER / "run.json").write_text("[]")
    assert manifest.begun() is None


def test_one_command_at_a_time(tmp_path: Path) -> None:
    """Also another process; one that was killed lets go."""
    place = Place(str(tmp_path))
    code = (
        "import sys, time\nfrom cf_esrt.archive.lock import locked\nfrom cf_esrt.archive.places import Place\n"
        "with locked(Place(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ArchiveError, match="Another command is working on"), locked(place):
            pass
        other.kill()
    with locked(place):
        pass
