"""What of a source is left to be made, and under which names."""

from __future__ import annotations

import posixpath
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cf_esrt.archive.pipeline import Settings, Task
from cf_esrt.archive.places import Entry
from cf_esrt.archive.rows import Row
from cf_esrt.archive.shards import unpacked
from cf_esrt.inputs import stem


@dataclass
class Plan:
    """What a run has before it."""

    tasks: list[Task] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    """Rows of what cannot be read at all."""
    total: int = 0
    """Files in the source."""
    known: int = 0
    """Of these, what the manifest holds with the same input and settings."""
    known_failed: int = 0


def plan(
    entries: Iterable[Entry],
    known: Mapping[str, Row],
    results: set[str],
    settings: Settings,
    *,
    retry: bool = False,
    shards: bool = False,
) -> Plan:
    """The tasks that are left.

    Args:
        entries: the source.
        known: the manifest.
        results: what lies in the target: a result that was removed is made again.
        settings: of this run.
        retry: whether what failed is tried again.
        shards: whether results go into tar shards, whose readers take a name up to its first point for what the file
            is about, so that none is left in it.
    """
    names, found = _Names(known.values(), points=not shards), Plan()
    for entry in entries:
        found.total += 1
        before = known.get(entry.path)
        same = before is not None and before.settings == settings.key
        if entry.error:
            if not (same and before is not None and before.error == entry.error):
                found.refused.append(_refused(entry, settings))
            else:
                found.known, found.known_failed = found.known + 1, found.known_failed + 1
            continue
        there = before is not None and (before.state != "done" or (before.shard or before.target) in results)
        failed = before is not None and before.state == "failed"
        if same and there and before is not None and before.stamp == entry.stamp and not (retry and failed):
            found.known, found.known_failed = found.known + 1, found.known_failed + failed
            continue
        target, caution = names.of(entry.path)
        kept = before.input_sha256 if same and there and before is not None and before.state == "done" else ""
        found.tasks.append(Task(entry.path, target, entry.stamp, kept, caution, entry.member))
    return found


def _refused(entry: Entry, settings: Settings) -> Row:
    return Row(entry.path, "failed", entry.stamp, settings.key, error=entry.error, finished=time.time())


class _Names:
    """Targets: the source's folders and stems, each name once, also where capitals or the form of accents (composed or
    not) do not count. A photograph keeps the name that the manifest gives it."""

    def __init__(self, known: Iterable[Row], *, points: bool) -> None:
        self._points = points
        self._of = {row.path: row.target for row in known if row.target}
        self._owner = {_folded(target): path for path, target in self._of.items()}

    def of(self, path: str) -> tuple[str, str]:
        """The target of a photograph, and a caution where it is not called after its stem alone."""
        folder, name = posixpath.split(unpacked(path))
        plain = stem(PurePosixPath(name))
        if not self._points:
            plain = plain.replace(".", "_")
        if path not in self._of:
            number = 1
            while _folded(target := self._numbered(folder, plain, number)) in self._owner:
                number += 1
            self._of[path] = target
            self._owner[_folded(target)] = path
        target = self._of[path]
        first = self._numbered(folder, plain, 1)
        if target == first:
            return target, ""
        other = posixpath.basename(self._owner.get(_folded(first), first))
        return target, f"{other} has the same name but for its ending, capitals or accents, so this result is {target}."

    @staticmethod
    def _numbered(folder: str, plain: str, number: int) -> str:
        return posixpath.join(folder, f"{plain}.png" if number == 1 else f"{plain}-{number}.png")


def _folded(name: str) -> str:
    """Equal for names that some disk takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
