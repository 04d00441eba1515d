"""Messages between ``process`` and ``worker``: four bytes of length, JSON, then raw bytes. No pickles: the worker
decodes untrusted files, so what it sends is data and nothing more."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

READY = b"ready\n"
_MAX_LENGTH = 1 << 20


def send(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message; raises OSError where nobody reads."""
    body = json.dumps(message).encode()
    left = memoryview(struct.pack(">I", len(body)) + body)
    while left:
        left = left[stream.write(left) or 0 :]


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one message; None where the stream ended. Raises ValueError for what is no message."""
    head = _read_exactly(stream, 4)
    if head is None:
        return None
    (length,) = struct.unpack(">I", head)
    if length > _MAX_LENGTH:
        raise ValueError("A message of the decoder is too long.")
    body = _read_exactly(stream, length)
    message = None if body is None else json.loads(body)
    if message is not None and not isinstance(message, dict):
        raise ValueError("A message of the decoder is no object.")
    return message


def fill(stream: Any, target: memoryview) -> bool:
    """Read until ``target`` is full; False where the stream ended before."""
    while target:
        count = stream.readinto(target)
        if not count:
            return False
        target = target[count:]
    return True


def _read_exactly(stream: BinaryIO, count: int) -> bytes | None:
    body = bytearray(count)
    return bytes(body) if fill(stream, memoryview(body)) else None
