"""Where photographs lie and results go: a local folder or object storage (``s3://…``), through fsspec.

Photographs may also lie in tar shards there (`shards`).
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from cf_esrt import photo
from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.archive.shards import Member, is_shard, members
from cf_esrt.sentences import reason

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

HIDDEN = "."
"""What begins so is another program's, or this one's manifest."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_PART = re.compile(r"\.[0-9a-f]{16}\.part")
"""What `photo.saving` writes before it renames."""


@dataclass(frozen=True)
class Entry:
    """One file below a place."""

    path: str
    """Relative to the place, with forward slashes."""
    stamp: str = ""
    """Changes when the file does, as far as the storage tells."""
    error: str = ""
    """Why it is not to be read."""
    member: Member | None = None
    """Where it lies in a tar shard."""


class Place:
    """A folder, a prefix, or one tar shard. Its address alone goes to other processes and machines, which open it
    anew."""

    def __init__(self, address: str) -> None:
        self.address = address = address.removeprefix("file://")
        self.local = "://" not in address
        self._files: Any = None
        self.root = os.path.abspath(address) if self.local else address.split("://", 1)[1].rstrip("/")

    def __reduce__(self) -> tuple[type[Place], tuple[str]]:
        return Place, (self.address,)

    @property
    def files(self) -> AbstractFileSystem:
        """The file system; ArchiveError where its package is not installed or its name unknown."""
        if self._files is None:
            from fsspec.core import url_to_fs

            try:
                self._files = url_to_fs(self.address)[0]
            except (ImportError, ValueError) as error:
                raise ArchiveError(f"{self.address} cannot be opened: {' '.join(str(error).split())}.") from error
        return self._files

    def check(self) -> None:
        """ArchiveError where there is no such folder."""
        try:
            with _storage_errors():
                there = self._is_shard() or (os.path.isdir(self.root) if self.local else self.files.exists(self.root))
        except OSError as error:
            raise ArchiveError(f"{self.address} cannot be read: {why(error)}.") from error
        if not there:
            raise ArchiveError(f"The folder {self.address} is not there.")

    def _is_shard(self) -> bool:
        return is_shard(self.root) and (os.path.isfile(self.root) if self.local else self.files.isfile(self.root))

    def prepare(self) -> None:
        """Make the folder; ArchiveError where that cannot be, or nothing could be written to it. In object storage the
        lock is what is written first."""
        if not self.local:
            return
        try:
            os.makedirs(self.root, exist_ok=True)
        except FileExistsError as error:
            raise ArchiveError(f"{self.address} is a file, not a folder.") from error
        except OSError as error:
            raise ArchiveError(f"The folder {self.address} could not be made: {reason(error)}.") from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise ArchiveError(f"The folder {self.address} cannot be written to.")

    def walk(self) -> Iterator[Entry]:
        """All files below, hidden ones left out, folder by folder in the order of their names."""
        return self._walk_local() if self.local else self._walk_objects()

    def photographs(self) -> Iterator[Entry]:
        """As `walk`, with the files that lie in tar shards in the place of these."""
        if self._is_shard():
            yield from self._opened(Entry("", self._stamp("")))
            return
        for entry in self.walk():
            if is_shard(entry.path) and not entry.error:
                yield from self._opened(entry)
            else:
                yield entry

    def _opened(self, shard: Entry) -> Iterator[Entry]:
        """A shard's files, and an entry for the shard itself where it is damaged."""
        before = f"{shard.path}/" if shard.path else ""
        try:
            with self.open(shard.path) as file:
                for name, member in members(shard.path, file):
                    if member.error or not any(part.startswith(HIDDEN) for part in name.split("/")):
                        stamp = f"{shard.stamp} {member.offset} {member.size}"
                        yield Entry(before + name, stamp, member.error, member)
        except OSError as error:
            name = shard.path or posixpath.basename(self.root)
            yield Entry(name, shard.stamp, f"The shard could not be read to its end: {why(error)}.")

    def _stamp(self, path: str) -> str:
        if self.local:
            return _stamp(os.stat(self._whole(path)))
        return _tag(self.files.info(self._whole(path)))

    def _whole(self, path: str) -> str:
        if not path:
            return self.root
        return os.path.join(self.root, path) if self.local else posixpath.join(self.root, path)

    def _walk_local(self) -> Iterator[Entry]:
        inside = os.path.realpath(self.root)
        unreadable: list[OSError] = []
        for folder, folders, names in os.walk(self.root, onerror=unreadable.append):
            folders[:] = sorted(name for name in folders if not name.startswith(HIDDEN))
            relative = os.path.relpath(folder, self.root).replace(os.sep, "/")
            before = "" if relative == "." else f"{relative}/"
            for name in list(folders):
                if os.path.islink(os.path.join(folder, name)):
                    folders.remove(name)
                    yield Entry(before + name, error="It is a link to a folder, which is not followed.")
            for name in sorted(names):
                if not name.startswith(HIDDEN):
                    yield _local_entry(os.path.join(folder, name), before + name, inside)
            while unreadable:
                error = unreadable.pop()
                yield Entry(
                    os.path.relpath(error.filename, self.root).replace(os.sep, "/"),
                    error=f"The folder cannot be read: {reason(error)}.",
                )
        for error in unreadable:
            path = os.path.relpath(error.filename, self.root).replace(os.sep, "/")
            yield Entry(path, error=f"The folder cannot be read: {reason(error)}.")

    def _walk_objects(self) -> Iterator[Entry]:
        try:
            with _storage_errors():
                found = self.files.find(self.root, detail=True)
        except FileNotFoundError:
            return  # an empty prefix
        except OSError as error:
            raise ArchiveError(f"{self.address} cannot be read: {why(error)}.") from error
        for name in sorted(found):
            path = name[len(self.root) :].lstrip("/")
            if any(part.startswith(HIDDEN) for part in path.split("/")):
                continue
            yield Entry(path, _tag(found[name]))

    def read_photograph(self, path: str, member: Member | None = None) -> bytes:
        """The bytes of a photograph; of what its first bytes say is none, not more than those. Raises PhotoError or
        OSError."""
        at_most = photo.Limits().max_bytes + 1
        with self.open(path if member is None else member.shard) as file:
            if member is not None:
                file.seek(member.offset)
                at_most = min(at_most, member.size)
            head = file.read(min(HEAD, at_most))
            photo.identify(head)
            return head + file.read(max(0, at_most - len(head)))

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file, to be read. Raises OSError."""
        with _storage_errors(), self._open(path) as file:
            yield file

    def _open(self, path: str) -> Any:
        return open(self._whole(path), "rb") if self.local else self.files.open(self._whole(path), "rb")

    def read(self, path: str) -> bytes:
        """A whole file. Raises OSError."""
        if self.local:
            return Path(self._whole(path)).read_bytes()
        with _storage_errors():
            found: Any = self.files.cat_file(self._whole(path))
            return found

    def exists(self, path: str) -> bool:
        """Whether there is a file now. Raises OSError."""
        if self.local:
            return os.path.exists(self._whole(path))
        with _storage_errors():
            self.files.invalidate_cache()
            return self.files.exists(self._whole(path))

    def create(self, path: str, data: bytes) -> bool:
        """Write an object that is not there yet, in one step where the storage can; False where there is one. Raises
        OSError."""
        try:
            with _storage_errors():
                self.files.pipe_file(self._whole(path), data, mode="create")
        except FileExistsError:
            return False
        return True

    def write(self, path: str, data: bytes) -> None:
        """The old file or the whole new one; its folders are made. Raises OSError; NoRoom where the disk is full."""
        try:
            if self.local:
                target = Path(self.root, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                photo.save(target, data)
            else:
                with _storage_errors():
                    self.files.pipe_file(self._whole(path), data)  # an object appears once it is whole
        except OSError as error:
            if error.errno in _FULL:
                raise NoRoom(f"{self.address} is full: make room, and give the same command again to go on.") from error
            raise

    def remove(self, path: str) -> None:
        """Remove a file that may be gone already. Raises OSError."""
        try:
            if self.local:
                os.unlink(self._whole(path))
            else:
                with _storage_errors():
                    self.files.rm_file(self._whole(path))
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in a folder, sorted; none where it is not there. Raises OSError."""
        whole = self._whole(folder)
        try:
            if self.local:
                return sorted(os.listdir(whole))
            with _storage_errors():
                self.files.invalidate_cache()
                return sorted(posixpath.basename(name) for name in self.files.ls(whole, detail=False))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def results(self) -> set[str]:
        """Paths of all files but hidden ones, to know which results are still there."""
        return {entry.path for entry in self.walk() if not entry.error}

    def sweep(self) -> None:
        """Remove what a killed command had begun to write here; only under the place's lock."""
        if self.local:
            for folder, _, names in os.walk(self.root):
                for name in filter(_PART.fullmatch, names):
                    with suppress(OSError):  # it is in nobody's way
                        os.unlink(os.path.join(folder, name))


HEAD = 4096
"""Bytes that say what a file is (`photo.identify`)."""


def _local_entry(whole: str, path: str, inside: str) -> Entry:
    try:
        if os.path.islink(whole):
            real = os.path.realpath(whole)
            if os.path.commonpath([real, inside]) != inside:
                return Entry(path, error="It is a link that leads out of the source; give the folder it leads to.")
        found = os.stat(whole)
    except (OSError, ValueError) as error:
        words = reason(error) if isinstance(error, OSError) else "it lies on another drive"
        return Entry(path, error=f"The file could not be read: {words}.")
    if not stat.S_ISREG(found.st_mode):
        return Entry(path, error="It is a device, a socket or a pipe, which holds no photograph.")
    return Entry(path, _stamp(found))


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns}"


def _tag(about: dict[str, Any]) -> str:
    """What a storage says of an object."""
    tag = about.get("ETag") or about.get("LastModified") or about.get("mtime") or ""
    return f"{about.get('size')} {tag}"


@contextmanager
def _storage_errors() -> Iterator[None]:
    """What a storage's client raises in its own classes (no credentials, no connection), as OSError."""
    try:
        from botocore.exceptions import BotoCoreError
    except ImportError:
        yield
        return
    try:
        yield
    except BotoCoreError as error:
        raise OSError(errno.EIO, " ".join(str(error).split()).rstrip(".")) from error


def why(error: OSError) -> str:
    """As `reason`; a storage's own words where its error has no number."""
    return reason(error) if error.strerror else " ".join(str(error).split()).rstrip(".")


def check_apart(source: Place, target: Place) -> None:
    """ArchiveError where one lies inside the other: results would be taken for photographs, or replace them."""
    if source.local != target.local:
        return
    roots = [os.path.realpath(one.root) if one.local else one.address.rstrip("/") for one in (source, target)]
    first, second = (root.rstrip("/") + "/" for root in roots)
    if second.startswith(first):
        raise ArchiveError(f"The target {target.address} lies inside the source {source.address}; choose another.")
    if first.startswith(second):
        raise ArchiveError(f"The source {source.address} lies inside the target {target.address}; choose another.")
