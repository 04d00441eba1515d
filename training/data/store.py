"""Photographs by number: decoded once into a memory-mapped file where that fits on the disk, else when asked for."""

from __future__ import annotations

import errno
import hashlib
import logging
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from training.config import ConfigError
from training.data.cache import Index, Prepare, bytes_needed, fill, fits, report, survey
from training.data.files import digests
from training.data.images import UnreadableImage, read_image

log = logging.getLogger(__name__)
DAMAGED = ".damaged.json"
WAIT_SECONDS, WAIT_PER_PHOTOGRAPH = 600.0, 2.0
"""How long a process waits for another that fills the cache; a slow disk and a busy core take 0.1 s a photograph."""
CACHE_BYTES = 1 << 29
"""Bytes of decoded photographs that a `DecodingStore` keeps."""


class ImageStore(ABC):
    """RGB uint8 photographs, prepared alike, without the damaged ones."""

    pixels: np.ndarray | None = None
    """All pixels end to end in one flat uint8 array (photograph i from ``offsets[i]`` on), where they are kept so."""

    def __init__(self, index: Index) -> None:
        self.names, self.shapes, self.damaged = index.names, index.shapes, index.damaged

    def __len__(self) -> int:
        return len(self.shapes)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each photograph begins in ``pixels``."""
        return [0, *accumulate(height * width * 3 for height, width in self.shapes)][:-1]

    @abstractmethod
    def image(self, index: int) -> np.ndarray:
        """Photograph ``index``: read-only uint8 H×W×3."""

    def prefetch(self, indices: Iterable[int]) -> None:  # noqa: B027 - a store may have nothing to do
        """Say which photographs will be asked for next; returns at once."""

    def smaller_than(self, side: int) -> list[str]:
        """Names of the photographs from which no square of ``side`` pixels can be cut."""
        return [name for name, shape in zip(self.names, self.shapes, strict=True) if min(shape) < side]

    @staticmethod
    def is_made(files: list[Path], cache: Path, name: str) -> bool:
        """Whether `open` would find the files decoded. ConfigError where one cannot be read."""
        key = f"{name}-{_fingerprint(files)}"
        return _complete_index(files, cache / f"{key}.u8", cache / f"{key}.json") is not None

    @staticmethod
    def open(files: list[Path], cache: Path, name: str, prepare: Prepare) -> ImageStore:
        """The files, decoded and prepared: written to ``cache`` the first time, mapped from it afterwards.

        ``name`` stands for ``prepare`` in the cache's file names. Where the disk has not the room, photographs are
        decoded when asked for (and once now, to find the damaged ones). Damaged files are named in
        ``<cache>/<key>.damaged.json`` and left out. Processes that open one cache wait for the first, which fills it.
        ConfigError where no file is left, or the cache cannot be written.
        """
        if not files:
            raise ConfigError("No training images are given: check data.train.")
        key = f"{name}-{_fingerprint(files)}"
        data, index_path = cache / f"{key}.u8", cache / f"{key}.json"
        try:
            index = _complete_index(files, data, index_path)
            if index is None:
                cache.mkdir(parents=True, exist_ok=True)
                waits = WAIT_SECONDS + WAIT_PER_PHOTOGRAPH * len(files)
                with FileLock(cache / f"{key}.lock", waits):  # let go of by the system where the process is killed
                    index = _complete_index(files, data, index_path) or _make(files, data, index_path, prepare)
            report(index, files, data.with_suffix(DAMAGED))
        except Timeout as error:
            raise ConfigError(
                f"Another process has been filling the cache {cache} for longer than {len(files)} photographs take: "
                "look after it, or give this run a data.cache of its own."
            ) from error
        except OSError as error:
            raise ConfigError(
                f"The cache {cache} cannot be used ({error.strerror or error}): let data.cache name a writable folder."
            ) from error
        return MappedStore(data, index) if _is_whole(data, index) else DecodingStore(files, index, prepare)


class MappedStore(ImageStore):
    """Pixels in a memory-mapped file: the system keeps in memory what is used."""

    def __init__(self, data: Path, index: Index) -> None:
        super().__init__(index)
        self._made_of = (data, index)
        self.pixels = np.memmap(data, np.uint8, "r")

    def __reduce__(self) -> tuple:
        return MappedStore, self._made_of  # another process maps the file again, and no pixels are sent

    def image(self, index: int) -> np.ndarray:
        height, width = self.shapes[index]
        start = self.offsets[index]
        assert self.pixels is not None
        return self.pixels[start : start + height * width * 3].reshape(height, width, 3)


class DecodingStore(ImageStore):
    """Photographs decoded when asked for, in threads (OpenCV lets go of the interpreter); the latest are kept.

    ``kept`` bytes of them; what is prefetched and not fetched before as much again has been asked for is lost.
    UnreadableImage from `image` where a file has changed since the store was made. Not for forked processes.
    """

    def __init__(self, files: list[Path], index: Index, prepare: Prepare, kept: int = CACHE_BYTES) -> None:
        super().__init__(index)
        left_out = {each.position for each in index.damaged}
        self._files = [file for position, file in enumerate(files) if position not in left_out]
        self._prepare, self._room = prepare, kept
        self._pool = ThreadPoolExecutor(thread_name_prefix="decode")
        self._latest: OrderedDict[int, Future[np.ndarray]] = OrderedDict()
        self._lock = threading.Lock()

    def image(self, index: int) -> np.ndarray:
        return self._future(range(len(self))[index]).result()

    def prefetch(self, indices: Iterable[int]) -> None:
        for index in indices:
            self._future(range(len(self))[index])

    def _future(self, index: int) -> Future[np.ndarray]:
        with self._lock:
            future = self._latest.pop(index, None)
            if future is None:
                future = self._pool.submit(self._decode, index)
                self._room -= self._bytes(index)
            self._latest[index] = future
            while self._room < 0 and len(self._latest) > 1:
                oldest, _ = self._latest.popitem(last=False)
                self._room += self._bytes(oldest)
        return future

    def _bytes(self, index: int) -> int:
        height, width = self.shapes[index]
        return height * width * 3

    def _decode(self, index: int) -> np.ndarray:
        file = self._files[index]
        try:
            image = self._prepare(read_image(file))
        except UnreadableImage as error:
            raise UnreadableImage(f"{file} could be decoded when the run began and cannot be now: {error}.") from error
        if image.shape[:2] != self.shapes[index]:
            raise UnreadableImage(f"{file} has another size than when the run began: start over with --fresh.")
        image.flags.writeable = False
        return image


def _complete_index(files: list[Path], data: Path, index_path: Path) -> Index | None:
    """The index of a whole cache."""
    index = Index.read(index_path, files)
    return index if index is not None and _is_whole(data, index) else None


def _make(files: list[Path], data: Path, index_path: Path, prepare: Prepare) -> Index:
    """Fill the cache, or index the files without one where the disk has no room."""
    elsewhere = data.with_suffix(".sizes.json")
    data.with_suffix(DAMAGED).unlink(missing_ok=True)
    index = Index.read(elsewhere, files)
    size = index.size() if index is not None else bytes_needed(files, prepare)
    if fits(data.parent, size):
        try:
            index_path.unlink(missing_ok=True)
            index = fill(files, data, prepare)
            index.write(index_path)  # last: its presence says that the data file is whole
            elsewhere.unlink(missing_ok=True)
            return index
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    log.warning(
        "%d decoded photographs take %.0f MB, more than the disk of %s has room for: they are decoded when used, which "
        "is slower; give data.cache a larger disk to keep them.", len(files), size / 1e6, data.parent
    )  # fmt: skip
    if index is None:
        index = survey(files, prepare)
        index.write(elsewhere)
    return index


def _is_whole(data: Path, index: Index) -> bool:
    return bool(index.shapes) and data.is_file() and data.stat().st_size == index.size()


def _fingerprint(files: list[Path]) -> str:
    """Twelve digits that stand for what the files hold, in their order: two folders may have the same names and
    sizes."""
    listing = "\n".join(f"{file.name} {digest}" for file, digest in zip(files, digests(files), strict=True))
    return hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest()[:12]
