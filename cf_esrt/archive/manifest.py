"""The manifest of a target: Parquet files that are only ever added, and now and then some small ones joined.

Each append is one small file, whole or not there; `FAN` files of one level are joined into one of the next, up to
`LARGEST` rows, so that no append and no joining writes the manifest as a whole. Of several rows of one photograph the
latest counts.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.places import Place
from cf_esrt.archive.rows import Row, from_table, in_todays_words, to_table

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = ".cf-esrt"
"""In the target; hidden, so that no listing takes it for results."""
FAN = 32
LARGEST = 50_000
_TRIES = 5
_PART = re.compile(r"rows-(\d)-(\d{12})\.parquet")


@dataclass(frozen=True)
class Begun:
    """The latest run, for `status`."""

    source: str
    settings: str
    total: int
    """Files that lay in the source."""
    started: float
    """Seconds since 1970."""


class Manifest:
    """The rows of one target; one process at a time writes them (`lock`)."""

    def __init__(self, place: Place) -> None:
        """ArchiveError where pyarrow is missing: before a photograph is made, whose row could not be kept."""
        if importlib.util.find_spec("pyarrow") is None:
            raise ArchiveError("The archive needs pyarrow: pip install -r requirements-archive.txt.")
        self.place = place
        self._next = 0

    def load(self) -> dict[str, Row]:
        """The latest row of each photograph. ArchiveError where a file is damaged."""
        for _ in range(_TRIES):
            try:
                return self._load()
            except FileNotFoundError:  # joined with others by a running command, after it was listed
                continue
        raise ArchiveError(f"The manifest in {self.place.address} changes too fast to be read; try again.")

    def _load(self) -> dict[str, Row]:
        latest: dict[str, Row] = {}
        for _, number, name in self._parts():
            self._next = max(self._next, number + 1)
            for row in from_table(self._read(name)):
                before = latest.get(row.path)
                if before is None or before.finished <= row.finished:
                    latest[row.path] = row
        return latest

    def append(self, rows: list[Row]) -> None:
        """Add rows: they are kept once this returns. Raises OSError, NoRoom."""
        if rows:
            self._write(to_table(rows), 0, self._next)
            self._next += 1
            self._join()

    def begin(self, begun: Begun) -> None:
        """Note that a run has begun. Raises OSError, NoRoom."""
        self.place.write(f"{FOLDER}/run.json", json.dumps(asdict(begun), ensure_ascii=True).encode())

    def begun(self) -> Begun | None:
        """The latest run; None where there was none."""
        try:
            return Begun(**json.loads(self.place.read(f"{FOLDER}/run.json")))
        except (OSError, ValueError, TypeError):
            return None

    def _parts(self) -> list[tuple[int, int, str]]:
        """Level, number and name of each file, oldest first."""
        found = ((_PART.fullmatch(name), name) for name in self.place.names(FOLDER))
        parts = [(int(match[1]), int(match[2]), name) for match, name in found if match is not None]
        return sorted(parts, key=lambda part: part[1])

    def _read(self, name: str) -> pa.Table:
        import pyarrow as pa
        from pyarrow import parquet

        try:
            table = parquet.read_table(io.BytesIO(self.place.read(f"{FOLDER}/{name}")))
            return in_todays_words(table)
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowException, KeyError) as error:
            raise ArchiveError(
                f"{FOLDER}/{name} of the manifest in {self.place.address} is damaged: remove it, and what it listed is "
                "made again."
            ) from error

    def _write(self, table: pa.Table, level: int, number: int) -> None:
        from pyarrow import parquet

        buffer = io.BytesIO()
        parquet.write_table(table, buffer, compression="zstd")
        self.place.write(f"{FOLDER}/rows-{level}-{number:012}.parquet", buffer.getvalue())

    def _join(self) -> None:
        """Join the oldest files of a level that has `FAN`; a kill in between leaves rows twice, and none missing."""
        levels: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for level, number, name in self._parts():
            levels[level].append((number, name))
        for level, parts in sorted(levels.items()):
            if len(parts) < FAN or level == 9:
                continue
            import pyarrow as pa

            tables = [self._read(name) for _, name in parts[:FAN]]
            joined = pa.concat_tables(tables)
            if len(joined) <= LARGEST:
                self._write(joined, level + 1, parts[FAN - 1][0])
                for _, name in parts[:FAN]:
                    self.place.remove(f"{FOLDER}/{name}")
