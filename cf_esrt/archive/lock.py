"""One command at a time on one target."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from cf_esrt.archive.errors import ArchiveError
from cf_esrt.archive.manifest import FOLDER
from cf_esrt.archive.places import Place, why

HEARTBEAT = 20.0
"""Seconds between two signs of life in object storage, which has no locks that end with their process."""
GONE = 4.5 * HEARTBEAT
_SETTLED = 1.0
"""Seconds after which whoever took a left lock at the same moment has written too."""
_NAME = f"{FOLDER}/lock"


def _taken(target: Place) -> ArchiveError:
    return ArchiveError(f"Another command is working on {target.address}: wait for its end, or stop it first.")


@contextmanager
def locked(target: Place) -> Iterator[None]:
    """Hold the target; ArchiveError where another command does. A killed one lets go by itself: at once in a local
    folder, after `GONE` seconds in object storage."""
    with _file(target) if target.local else _object(target):
        yield


@contextmanager
def _file(target: Place) -> Iterator[None]:
    path = Path(target.root, _NAME)
    path.parent.mkdir(exist_ok=True)
    try:
        with FileLock(path, timeout=0):
            yield
    except Timeout as error:
        raise _taken(target) from error


@contextmanager
def _object(target: Place) -> Iterator[None]:
    owner = secrets.token_hex(8)
    try:
        _take(target, owner)
    except OSError as error:
        raise ArchiveError(f"{target.address} cannot be written to: {why(error)}.") from error
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT):
            with suppress(OSError):  # the next beat tries again, long before the lock counts as left
                target.write(_NAME, _sign(owner))

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(OSError):  # it would only be waited for
            target.remove(_NAME)


def _take(target: Place, owner: str) -> None:
    """Of several at once the storage lets one create the lock; of several that find a left one, the last writer has
    it."""
    if target.create(_NAME, _sign(owner)):
        return
    held = _read(target)
    if held is not None and time.time() - held[1] < GONE:
        raise _taken(target)
    target.write(_NAME, _sign(owner))
    time.sleep(_SETTLED)
    held = _read(target)
    if held is None or held[0] != owner:
        raise _taken(target)


def _sign(owner: str) -> bytes:
    return json.dumps({"owner": owner, "time": time.time()}).encode()


def _read(target: Place) -> tuple[str, float] | None:
    try:
        found = json.loads(target.read(_NAME))
        return str(found["owner"]), float(found["time"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
