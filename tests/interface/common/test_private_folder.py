"""Folders of killed processes go, those of living ones stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cf_esrt.interface.common import private_folder

ROOT = Path(__file__).parents[3]
HOLDER = (
    "import sys; from cf_esrt.interface.common import private_folder as p;"
    "p.remove_abandoned(); print(p.create(), flush=True); sys.stdin.read()"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def started(tmp_path: Path) -> subprocess.Popen[str]:
    """A process with a private folder, whose path is its first line."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def holder(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process with such a folder and an upload in it."""
    process = started(tmp_path)
    try:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        (folder / "uploads").mkdir()
        (folder / "uploads" / "photograph").write_bytes(b"pixels")
        yield process, folder
    finally:
        process.kill()
        process.communicate()


def test_a_killed_process_folder_goes_and_a_living_ones_stays(tmp_path: Path) -> None:
    with holder(tmp_path) as (killed, left), holder(tmp_path) as (_, alive):
        assert private_folder.remove_abandoned() == []
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert private_folder.remove_abandoned() == [left]
        assert not left.exists()
        assert (alive / "uploads" / "photograph").exists()
    assert private_folder.remove_abandoned() == [alive]


def test_own_folder_is_private_and_stays(tmp_path: Path) -> None:
    folder = private_folder.create()
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == ["lock"]
    assert private_folder.remove_abandoned() == []
    assert folder.is_dir()


def test_servers_that_start_at_once_keep_their_folders(tmp_path: Path) -> None:
    starting = [started(tmp_path) for _ in range(6)]
    try:
        folders = [Path(process.stdout.readline().strip()) for process in starting if process.stdout]
        assert len(set(folders)) == 6
        assert all((folder / "lock").exists() for folder in folders)
    finally:
        for process in starting:
            process.kill()
            process.communicate()
    assert sorted(private_folder.remove_abandoned()) == sorted(folders)


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    (tmp_path / "cf-esrt-page-link").symlink_to(elsewhere)
    (tmp_path / "cf-esrt-page-file").touch()
    young, old = tmp_path / "cf-esrt-page-young", tmp_path / "cf-esrt-page-old"  # of releases without a lock
    for folder in (young, old):
        folder.mkdir()
    before = time.time() - private_folder.UNLOCKED_SECONDS - 60
    os.utime(old, (before, before))
    assert private_folder.remove_abandoned() == [old]
    assert elsewhere.is_dir()
    assert young.is_dir()
