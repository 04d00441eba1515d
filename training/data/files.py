"""Files that are whole under their name or not there: written beside it, brought to the disk, then renamed; and what
files hold, as a hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from training.config import ConfigError


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file; a kill or a full disk leaves what was there before."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as out:
        out.write(data)
        publish(out, path)


def publish(out: BinaryIO, path: Path) -> None:
    """Give an open file, now complete, its final name, on the disk and not only in its cache."""
    out.flush()
    os.fsync(out.fileno())
    out.close()
    os.replace(out.name, path)
    if os.name == "posix":  # the rename too; Windows has no handle of a directory
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def digests(files: Sequence[Path]) -> list[str]:
    """SHA-256 (hexadecimal) of each file's bytes; ConfigError names one that cannot be read."""
    with ThreadPoolExecutor() as pool:  # hashlib lets go of the interpreter
        return list(pool.map(_digest, files))


def _digest(file: Path) -> str:
    try:
        found = file.stat()
        return _digest_of(file, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    except OSError as error:
        raise ConfigError(f"The photograph {file} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=1 << 20)
def _digest_of(file: Path, *_: int) -> str:
    """Read once in this process, unless the system says that the file was written or exchanged since."""
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while chunk := data.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
