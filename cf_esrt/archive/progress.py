"""How a run tells of itself: a bar on a terminal, and JSON lines in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tqdm import tqdm

from cf_esrt import terminal
from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.rows import Row
from cf_esrt.sentences import reason


class Progress:
    """Told of rows once they are kept in the manifest."""

    def __init__(self, left: int, log: Path | None) -> None:
        try:
            self._log = None if log is None else log.open("a", encoding="utf-8")
        except OSError as error:
            raise ArchiveError(f"The log {log} cannot be written: {reason(error)}.") from error
        self._bar = tqdm(total=left, desc="photographs", unit="photo", disable=None, smoothing=0.05)
        self.done = self.failed = self.left_out = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.close()
        if self._log is not None:
            self._log.close()

    def tell(self, rows: Sequence[Row]) -> None:
        """Count rows, and say in a line on standard error what failed."""
        for row in rows:
            self.done += row.state == "done"
            self.failed += row.state == "failed"
            self.left_out += row.state == "left out"
            if row.state == "failed":
                terminal.complain(f"{row.path}: {row.error}")
            if self._log is not None:
                line = {"path": terminal.printable(row.path), "state": row.state, "target": row.target}
                line |= {"seconds": row.seconds, "finished": row.finished, "error": row.error}
                self._log.write(json.dumps(line) + "\n")
        if self._log is not None:
            self._log.flush()
        self._bar.update(len(rows))
        if self.failed:
            self._bar.set_postfix(failed=self.failed)
