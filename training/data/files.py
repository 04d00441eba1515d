"""Files that are whole under their name or not there: written beside it, brought to the disk, then renamed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


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
