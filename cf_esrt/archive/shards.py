"""Tar shards as WebDataset has them: photographs in plain tar files, each read by its position, so that any worker
reads any photograph without the rest of its shard."""

from __future__ import annotations

import errno
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_ENDING = ".tar"


@dataclass(frozen=True)
class Member:
    """Where a file lies in a shard."""

    shard: str
    """The shard's path; empty where the place itself is the shard."""
    offset: int
    """Bytes before the file's own."""
    size: int
    error: str = ""


def is_shard(path: str) -> bool:
    """By its name: a look into every file of an archive would cost a second round of reading. Compressed ones, which
    cannot be read at a position, are files like others, and no photographs."""
    return path.lower().endswith(_ENDING)


def unpacked(path: str) -> str:
    """The path with a shard as a folder of its name: ``a/train-0.tar/1.jpg`` → ``a/train-0/1.jpg``."""
    folders = path.split("/")
    names = [name[: -len(_ENDING)] if is_shard(name) and len(name) > len(_ENDING) else name for name in folders[:-1]]
    return "/".join([*names, folders[-1]])


def members(shard: str, file: BinaryIO) -> Iterator[tuple[str, Member]]:
    """Name and place of each file in a shard, the last one of a name where there are several.

    Raises OSError after the last whole one where the shard is damaged.
    """
    found: dict[str, Member] = {}
    damage: tarfile.TarError | None = None
    try:
        with tarfile.open(fileobj=file, mode="r:") as shards:
            for info in shards:
                name = info.name.removeprefix("./")
                if info.isdir():
                    continue
                found.pop(name, None)
                found[name] = Member(shard, info.offset_data, info.size, _refusal(info, name))
            file.seek(shards.offset)
            if file.read(tarfile.BLOCKSIZE).strip(b"\0"):  # where tarfile takes a damaged header for the end
                damage = tarfile.ReadError("what follows is no file of a tar")
    except tarfile.TarError as error:
        damage = error
    yield from found.items()
    if damage is not None:
        raise OSError(errno.EIO, f"it is damaged ({damage})") from damage


def _refusal(info: tarfile.TarInfo, name: str) -> str:
    if not info.isfile() or info.issparse():
        return "It is no plain file in its shard."
    if name.startswith("/") or ".." in name.split("/"):
        return "Its name in the shard leads out of the shard."
    return ""
