"""Files that stand under their name whole or not at all, whatever ends the process in between."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def save(path: os.PathLike | str, data: bytes) -> None:
    """Write ``data`` to ``path`` at once: there is the old file or the whole new one. Raises OSError."""
    with saving(path) as file:
        file.write(data)


@contextmanager
def saving(path: os.PathLike | str, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write, which stands under ``path`` once it is whole and on the disk; what raises leaves the old one.

    ``private``: only the user may read it. Raises OSError.
    """
    target = Path(path)
    # In the same folder, since a rename is atomic within one file system only; opened plainly and not with
    # mkstemp, so the file gets the rights that the user's umask gives.
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    rights = 0o600 if private else 0o666
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, rights)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
        _sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    """The rename too is brought to the disk, where the system has a handle of a folder (Windows has none)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse
            os.fsync(handle)
    finally:
        os.close(handle)
