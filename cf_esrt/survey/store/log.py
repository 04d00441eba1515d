"""The event log as a file of JSON lines: append-only, and on disk before a vote is acknowledged.

It can be backed up elsewhere (`cf_esrt.survey.backup`), and a lost store is rebuilt from it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from cf_esrt.files import saving
from cf_esrt.survey.errors import StudyError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One event, as a line has it; the fields are those of `tables.Event`."""

    id: str
    study: str
    rater: int
    turn: int
    kind: str
    at: str
    data: dict[str, Any]


class Log:
    """The file. Several threads and processes may append to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._alone = FileLock(path.with_suffix(".lock"), poll_interval=0.01)
        """Held while the file is changed, whichever process does it."""
        self._behind: list[Entry] = []

    @property
    def behind(self) -> int:
        """Events that the store has and the file could not take, for lack of room on the disk or of rights."""
        return len(self._behind)

    def append(self, entries: list[Entry]) -> None:
        """Write and flush to the disk. What cannot be written is kept, logged as an error, and tried again with
        the next event: the store has it, so no vote depends on this file.
        """
        with self._lock:
            self._behind += entries
            if not self._behind:
                return
            lines = "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in self._behind)
            try:
                self._write(lines.encode())
            except OSError as error:
                log.error("%d events are not in %s yet: %s", len(self._behind), self.path.name, error.strerror)
            else:
                self._behind.clear()

    def _write(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._alone:
            self._append(data)

    def _append(self, data: bytes) -> None:
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            try:
                while data:
                    data = data[os.write(file, data) :]
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)  # half a line would spoil the next
                raise
        finally:
            os.close(file)

    def forget(self, rater: int) -> None:
        """Take out all lines of a rater but that of the withdrawal."""
        with self._lock, self._alone:
            lines = self.path.read_bytes().splitlines(keepends=True)
            kept = [
                line for line in lines if (entry := json.loads(line))["rater"] != rater or entry["kind"] == "withdrawn"
            ]
            with saving(self.path, private=True) as file:
                file.writelines(kept)

    def entries(self) -> Iterator[Entry]:
        """What the file holds. A last line that was cut is taken off: its event was never acknowledged, or is in the
        store. StudyError with file and line where another cannot be read.
        """
        if not self.path.exists():
            return
        with self._lock, self._alone:
            data = self.path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                os.truncate(self.path, whole)
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                yield Entry(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise StudyError(f"{self.path}:{number}: This is no event of a study.") from error
