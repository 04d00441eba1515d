"""Where photographs lie and results go: a local folder or object storage (``s3://…``), through fsspec."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cf_esrt import photo
from cf_esrt.archive.errors import ArchiveError, NoRoom
from cf_esrt.sentences import reason

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

HIDDEN = "."
"""What begins so is another program's, or this one's manifest."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Entry:
    """One file below a place."""

    path: str
    """Relative to the place, with forward slashes."""
    stamp: str = ""
    """Changes when the file does, as far as the storage tells."""
    error: str = ""
    """Why it is not to be read."""


class Place:
    """A folder or a prefix. Its address alone goes to other processes and machines, which open it anew."""

    def __init__(self, address: str) -> None:
        self.address = address
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
                there = os.path.isdir(self.root) if self.local else self.files.exists(self.root)
        except OSError as error:
            raise ArchiveError(f"{self.address} cannot be read: {_reason(error)}.") from error
        if not there:
            raise ArchiveError(f"The folder {self.address} is not there.")

    def prepare(self) -> None:
        """Make the folder; ArchiveError where that cannot be, or nothing could be written to it."""
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
            raise ArchiveError(f"{self.address} cannot be read: {_reason(error)}.") from error
        for name in sorted(found):
            path = name[len(self.root) :].lstrip("/")
            if any(part.startswith(HIDDEN) for part in path.split("/")):
                continue
            about = found[name]
            tag = about.get("ETag") or about.get("LastModified") or about.get("mtime") or ""
            yield Entry(path, f"{about.get('size')} {tag}")

    def read_photograph(self, path: str) -> bytes:
        """The bytes of a photograph; of what its first bytes say is none, not more than those. Raises PhotoError or
        OSError."""
        at_most = photo.Limits().max_bytes + 1
        with _storage_errors(), self._open(path) as file:
            head = file.read(HEAD)
            photo.identify(head)
            return head + file.read(max(0, at_most - len(head)))

    def _open(self, path: str) -> Any:
        if self.local:
            return open(os.path.join(self.root, path), "rb")
        return self.files.open(posixpath.join(self.root, path), "rb")

    def read(self, path: str) -> bytes:
        """A whole file. Raises OSError."""
        with _storage_errors(), self._open(path) as file:
            return file.read()

    def write(self, path: str, data: bytes) -> None:
        """The old file or the whole new one; its folders are made. Raises OSError; NoRoom where the disk is full."""
        try:
            if self.local:
                target = Path(self.root, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                photo.save(target, data)
            else:
                with _storage_errors():
                    self.files.pipe_file(posixpath.join(self.root, path), data)
        except OSError as error:
            if error.errno in _FULL:
                raise NoRoom(f"{self.address} is full: make room, and give the same command again to go on.") from error
            raise

    def remove(self, path: str) -> None:
        """Remove a file that may be gone already. Raises OSError."""
        try:
            if self.local:
                os.unlink(os.path.join(self.root, path))
            else:
                with _storage_errors():
                    self.files.rm_file(posixpath.join(self.root, path))
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """Names of the files directly in a folder, sorted; none where it is not there. Raises OSError."""
        whole = posixpath.join(self.root, folder)
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
    return Entry(path, f"{found.st_size} {found.st_mtime_ns}")


@contextmanager
def _storage_errors() -> Iterator[None]:
    """What a storage's client raises in its own classes (no credentials, no connection), as OSError."""
    try:
        from botocore.exceptions import BotoCoreError  # pyright: ignore[reportMissingImports]
    except ImportError:
        yield
        return
    try:
        yield
    except BotoCoreError as error:
        raise OSError(errno.EIO, " ".join(str(error).split()).rstrip(".")) from error


def _reason(error: OSError) -> str:
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
