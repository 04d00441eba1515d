"""What files hold, as a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from training.config import ConfigError


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
