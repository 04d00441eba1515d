"""Chance that is the same on any machine: orders drawn from SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Orders drawn from a digest of ``key``, under any version of anything."""

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key))

    def shuffled(self, things: Sequence[T], *label: object) -> list[T]:
        order = sorted(range(len(things)), key=lambda index: self._digest(*label, index))
        return [things[index] for index in order]

    def _digest(self, *label: object) -> bytes:
        return hashlib.sha256("/".join((self._key, *map(str, label))).encode()).digest()
