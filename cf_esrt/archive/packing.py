"""Where results go: each into a file of its own, or several into a tar shard as WebDataset reads them.

A shard is made in memory and appears in the target once it is whole; the rows of its results are given only then. Its
name comes from its bytes, so that the same results, made twice, are one shard, and says how many results it holds:
where fewer rows name it, a kill or newer results have made some of them idle (`repack`).
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.manifest import Manifest
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row
from cf_esrt.archive.shards import is_shard, members
from cf_esrt.sentences import sentence

MEGABYTE = 10**6
_NAME = re.compile(r"cf-esrt-[0-9a-f]{16}-(\d+)\.tar")
"""Shards that this program wrote into a target. Only these are ever removed."""


class Results(Protocol):
    """A target as the pipeline writes to it."""

    def put(self, row: Row, data: bytes) -> list[Row]:
        """Keep a result; the rows of all that is whole in the target with it. Raises OSError; NoRoom where the target
        is full."""
        ...

    def flush(self) -> list[Row]:
        """Finish what is begun; its rows. Raises as `put`."""
        ...


class Files:
    """Each result is a file."""

    def __init__(self, target: Place) -> None:
        self._target = target

    def put(self, row: Row, data: bytes) -> list[Row]:
        """As `Results.put`."""
        self._target.write(row.target, data)
        return [row]

    def flush(self) -> list[Row]:
        """Nothing is ever begun."""
        return []


class Shards:
    """Results fill tar shards, one after another."""

    def __init__(self, target: Place, megabytes: int) -> None:
        """A shard is whole once it holds ``megabytes``, or at `flush`."""
        self._target, self._bytes = target, megabytes * MEGABYTE
        self._begin()

    def _begin(self) -> None:
        self._rows: list[Row] = []
        self._buffer = io.BytesIO()
        self._tar = tarfile.TarFile(fileobj=self._buffer, mode="w", format=tarfile.PAX_FORMAT)

    def put(self, row: Row, data: bytes) -> list[Row]:
        """As `Results.put`."""
        info = tarfile.TarInfo(row.target)  # without date and owner: equal results make equal shards
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))
        self._rows.append(row)
        return self.flush() if self._buffer.tell() >= self._bytes else []

    def flush(self) -> list[Row]:
        """As `Results.flush`; where the shard cannot be written, each row says so."""
        if not self._rows:
            return []
        self._tar.close()
        data, rows = self._buffer.getvalue(), self._rows
        self._begin()
        name = f"cf-esrt-{hashlib.sha256(data).hexdigest()[:16]}-{len(rows)}.tar"
        try:
            self._target.write(name, data)
        except OSError as error:
            return [replace(row, state="failed", output_sha256="", error=sentence(error)) for row in rows]
        return [replace(row, shard=name) for row in rows]


def writer(target: Place, megabytes: int | None) -> Results:
    """Of tar shards of that size; None: of files."""
    return Files(target) if megabytes is None else Shards(target, megabytes)


def check_name(target: Place) -> None:
    """ArchiveError where the target is called as a shard is, which it cannot be."""
    if is_shard(target.root):
        raise ArchiveError(f"{target.address} is a shard's name: give the folder for the shards, and --shards MB.")


def check_kind(target: Place, known: Iterable[Row], *, shards: bool) -> None:
    """ArchiveError where results lie in the target in the other form."""
    if any(row.state == "done" and bool(row.shard) != shards for row in known):
        held, way = ("files", "leave --shards out") if shards else ("tar shards", "give --shards MB")
        raise ArchiveError(f"{target.address} holds its results in {held}: {way}, or choose another target.")


def sweep(target: Place, manifest: Manifest, known: Mapping[str, Row]) -> None:
    """Remove the shards that no row names: a kill came between them and their rows. ArchiveError where there never was
    a manifest, for then they are no such ones. Only under the target's lock."""
    named = {row.shard for row in known.values()}
    unnamed = [name for name in target.names("") if _NAME.fullmatch(name) and name not in named]
    if unnamed and manifest.begun() is None:
        raise ArchiveError(f"{target.address} holds tar shards of a run whose manifest is gone; choose another target.")
    for name in unnamed:
        target.remove(name)


def repack(target: Place, manifest: Manifest, megabytes: int) -> None:
    """Leave out of the shards what no row names, so that each photograph is in one shard, once. Only under the target's
    lock; a kill amid it loses nothing."""
    left: dict[str, list[Row]] = defaultdict(list)
    for row in manifest.load().values():
        if row.state == "done":
            left[row.shard].append(row)
    found = ((name, _NAME.fullmatch(name)) for name in target.names(""))
    old = [name for name, match in found if match is not None and int(match[1]) != len(left[name])]
    shards, rows = Shards(target, megabytes), list[Row]()
    for name in old:
        for row, data in _read(target, name, left[name]):
            rows += shards.put(row, data)
    rows += shards.flush()
    manifest.append([row for row in rows if row.state == "done"])
    if all(row.state == "done" for row in rows):
        for name in old:
            target.remove(name)


def _read(target: Place, shard: str, rows: list[Row]) -> Iterable[tuple[Row, bytes]]:
    """Those results of a shard that are as their rows say; the others are made again by the next run."""
    if not rows:
        return
    with target.open(shard) as file:
        found = dict(members(shard, file))
        for row in rows:
            if row.target in found:
                file.seek(found[row.target].offset)
                data = file.read(found[row.target].size)
                if hashlib.sha256(data).hexdigest() == row.output_sha256:
                    yield row, data
