"""Photographs on their way from the browser to the decoder: in memory, never on the disk.

Each upload has a name of its own, also where two clients send the same bytes, so that nobody takes another's. One that
ends early leaves nothing, one that is not opened is dropped after `UNUSED_SECONDS`, and all together are capped.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cf_esrt.interface.common import strings
from cf_esrt.photo import Limits

MAX_UPLOAD = Limits().max_bytes
"""Bytes of one upload."""
MAX_HELD = 4 * MAX_UPLOAD
"""Bytes of all uploads that arrive or wait to be opened."""
UNUSED_SECONDS = 120.0
"""Seconds after which an upload that nobody opened is dropped."""
_FRAMING = 1 << 16
"""Bytes of a request besides its file: names, boundaries."""
_LEAST = 4096
"""Bytes that an upload counts at least: an empty one takes memory too."""


class UploadError(ValueError):
    """One sentence for the user on an upload that did not arrive."""


class UploadTooLarge(UploadError):
    """The upload is larger than `MAX_UPLOAD`."""


class UploadsFull(UploadError):
    """Too many bytes of other uploads are held."""


def upload_folder() -> Path:
    """Gradio's upload folder, set by ``environment.prepare``."""
    from gradio.utils import get_upload_folder

    return Path(get_upload_folder())


@dataclass(frozen=True)
class _Held:
    data: bytes
    expires: float


class Uploads:
    """Uploads by name.

    Args:
        folder: Gradio's upload folder: it refuses names that are not paths in there. Nothing is written to it.
        max_held: bytes of all uploads.
    """

    def __init__(self, folder: Path, max_held: int = MAX_HELD, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder.resolve()
        self._max_held = max_held
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        """An upload while it arrives; what it counted is free again where it is not kept."""
        upload = Arriving(self)
        try:
            yield upload
        finally:
            upload.end()

    @contextmanager
    def take(self, payload: Any) -> Iterator[bytes]:
        """The bytes of an upload, which is gone from then on; they count until the context ends.

        Args:
            payload: what the page sent, ``{"path": …}`` with the path that the upload was answered with.

        Raises:
            UploadError: where there is no such upload.
        """
        path = payload.get("path") if isinstance(payload, dict) else None
        with self._lock:
            held = self._held.pop(path, None) if isinstance(path, str) else None
        if held is None:
            raise UploadError(strings.NOT_RECEIVED)
        try:
            yield held.data
        finally:
            self.count(-_counted(len(held.data)))

    def __len__(self) -> int:
        """Number of uploads that wait to be opened."""
        return len(self._held)

    @property
    def bytes(self) -> int:
        """Bytes of all uploads that arrive, wait or are being opened."""
        return self._bytes

    def count(self, more: int) -> None:
        """Count bytes, or fewer where ``more`` is negative. Raises UploadsFull."""
        with self._lock:
            if more > 0 and self._bytes + more > self._max_held:
                raise UploadsFull(strings.UPLOADS_FULL)
            self._bytes += more

    def keep(self, data: bytes) -> str:
        """Hold bytes that are counted already, and return their path."""
        path = str(self._folder / secrets.token_urlsafe(24))
        with self._lock:
            self._held[path] = _Held(data, self._clock() + UNUSED_SECONDS)
        return path

    def drop_unused(self) -> None:
        """Drop what nobody opened in time; to be called every few seconds."""
        now = self._clock()
        with self._lock:
            for path in [path for path, held in self._held.items() if held.expires <= now]:
                self._bytes -= _counted(len(self._held.pop(path).data))


class Arriving:
    """One upload that arrives."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._counted = 0
        self._size = 0
        uploads.count(_LEAST)
        self._counted = _LEAST

    def check(self, size: int) -> None:
        """Refuse a request of this many bytes, if they are too many. Raises UploadTooLarge."""
        if size > MAX_UPLOAD + _FRAMING:
            raise UploadTooLarge(strings.UPLOAD_TOO_LARGE)

    def add(self, size: int) -> None:
        """Count bytes before they are taken in. Raises UploadTooLarge or UploadsFull."""
        self._size += size
        self.check(self._size)
        more = _counted(self._size) - self._counted
        self._uploads.count(more)
        self._counted += more

    def keep(self, data: bytes) -> str:
        """Hold the whole upload until it is taken, and return its path. Raises UploadTooLarge."""
        if len(data) > MAX_UPLOAD:
            raise UploadTooLarge(strings.UPLOAD_TOO_LARGE)
        self._uploads.count(_counted(len(data)) - self._counted)
        self._counted = 0
        return self._uploads.keep(data)

    def end(self) -> None:
        """Free what was counted and not kept."""
        self._uploads.count(-self._counted)
        self._counted = 0


def _counted(size: int) -> int:
    return max(size, _LEAST)
