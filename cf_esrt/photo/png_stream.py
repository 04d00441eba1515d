"""A PNG written band by band: the picture is never whole in memory, and bands are compressed side by side.

As pigz does: each band is a run of deflate blocks that ends at a byte, and their checksums are joined (RFC 1950, 1951).
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO

import numpy as np

from cf_esrt.photo.writer import SIGNATURE, check_key

LEVEL = 2
"""Of zlib: a result of hundreds of megabytes; the file is some per cent larger than at `writer.png_bytes`' 4."""
THREADS = 2
ROWS = 256
"""Rows that are compressed together."""
_WAITING = 4
"""Runs of rows that may wait; `PngStream.write` waits beyond them, so that memory does not grow."""
_ZLIB_HEADER = b"\x78\x01"
_LAST_BLOCK = b"\x03\x00"
_ADLER = 65521
_SUB, _UP = 1, 2
"""Filter types of the PNG specification, 9.2: the difference from the pixel on the left, and from the one above."""


class PngStream:
    """A picture of ``height`` × ``width`` pixels in an open file, as `writer.png_bytes` would write it.

    A context manager: the file is whole once it is left, and ValueError is raised where rows are missing.
    """

    def __init__(self, file: BinaryIO, height: int, width: int, text: Mapping[str, str]) -> None:
        self._file, self._height, self._width = file, height, width
        self._given = 0
        self._checksum = 1
        self._above = np.zeros((1, 3 * width), np.uint8)
        self._pool = ThreadPoolExecutor(THREADS, "png")
        self._runs: deque[Future[tuple[bytes, int, int]]] = deque()
        file.write(SIGNATURE)
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        self._chunk(b"sRGB", b"\0")
        for key, value in text.items():
            check_key(key)
            try:
                self._chunk(b"tEXt", key.encode("latin-1") + b"\0" + value.encode("latin-1"))
            except UnicodeEncodeError:
                self._chunk(b"iTXt", key.encode("latin-1") + bytes(5) + value.encode())
        self._chunk(b"IDAT", _ZLIB_HEADER)

    def __enter__(self) -> PngStream:
        return self

    def write(self, rows: np.ndarray) -> None:
        """The next rows, uint8 n×width×3. ValueError for others, and for more rows than the picture has."""
        if rows.dtype != np.uint8 or rows.ndim != 3 or rows.shape[1:] != (self._width, 3):
            raise ValueError(f"The picture's rows are uint8 n×{self._width}×3, not {rows.dtype} {rows.shape}.")
        if self._given + len(rows) > self._height:
            raise ValueError(f"The picture has {self._height} rows; {self._given + len(rows)} were given.")
        self._given += len(rows)
        lines = rows.reshape(len(rows), 3 * self._width)
        for start in range(0, len(lines), ROWS):
            run = lines[start : start + ROWS]
            while len(self._runs) >= _WAITING:
                self._write_oldest()
            self._runs.append(self._pool.submit(_compressed, run, self._above))
            self._above = run[-1:].copy()

    def wait(self) -> None:
        """Until all rows that were given are in the file."""
        while self._runs:
            self._write_oldest()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            if kind is not None:
                return
            if self._given != self._height:
                raise ValueError(f"The picture has {self._height} rows; only {self._given} were given.")
            self.wait()
            self._chunk(b"IDAT", _LAST_BLOCK + struct.pack(">I", self._checksum))
            self._chunk(b"IEND", b"")
        finally:
            self._pool.shutdown(cancel_futures=True)

    def _write_oldest(self) -> None:
        data, checksum, length = self._runs.popleft().result()
        self._chunk(b"IDAT", data)
        self._checksum = _joined(self._checksum, checksum, length)

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind)
        self._file.write(data)
        self._file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _compressed(lines: np.ndarray, above: np.ndarray) -> tuple[bytes, int, int]:
    """Deflated lines without a last block, and what was deflated by its checksum and length."""
    data = _filtered(lines, above)
    packer = zlib.compressobj(LEVEL, wbits=-15)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH), zlib.adler32(data), len(data)


def _filtered(lines: np.ndarray, above: np.ndarray) -> bytes:
    """Each line behind its filter type: of two, the one that leaves the smaller numbers, as libpng chooses."""
    sub = lines.copy()
    sub[:, 3:] -= lines[:, :-3]
    up = lines - np.concatenate([above, lines[:-1]])
    better = _cost(up) < _cost(sub)
    out = np.empty((len(lines), 1 + lines.shape[1]), np.uint8)
    out[:, 0] = np.where(better, _UP, _SUB)
    out[:, 1:] = np.where(better[:, None], up, sub)
    return out.tobytes()


def _cost(differences: np.ndarray) -> np.ndarray:
    return np.abs(differences.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64)


def _joined(first: int, second: int, length: int) -> int:
    """The Adler-32 of two strings one after the other, from theirs; ``length``: of the second."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % _ADLER
    high = ((first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)) % _ADLER
    return high << 16 | low
