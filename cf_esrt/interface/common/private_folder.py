"""A private folder for uploads, and the removal of those whose process was killed before it could clean up."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: whether a folder is in use is unknown, so only our own is removed
    fcntl = None

PREFIX = "cf-esrt-page-"
LOCK = "lock"
"""Lock file in every such folder, held as long as its process lives."""
UNLOCKED_SECONDS = 24 * 3600.0
"""Age after which a folder without a lock, made by an earlier release, counts as abandoned."""


def create() -> Path:
    """Make a folder, mode 0700, that no other process removes while this one runs.

    The lock is taken under a temporary name and then renamed: a visible lock is always held.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    if fcntl is not None:
        unseen = folder / f"{LOCK}.new"
        descriptor = os.open(unseen, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # never closed: the system releases it when the process ends
        unseen.rename(folder / LOCK)
    return folder


def remove_abandoned() -> list[Path]:
    """Remove this user's folders whose process is gone, and return them. Several processes may do so at once."""
    if fcntl is None:
        return []
    found = Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*")
    return [folder for folder in found if _mine(folder) and _removed(folder)]


def _mine(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == os.getuid()


def _removed(folder: Path) -> bool:
    assert fcntl is not None
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return _abandoned_unlocked(folder)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
        return True
    except BlockingIOError:  # its process is running, or another one is removing it
        return False
    finally:
        os.close(descriptor)


def _abandoned_unlocked(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_mtime < UNLOCKED_SECONDS:
            return False
    except FileNotFoundError:  # another process was faster
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True
