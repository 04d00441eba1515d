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
        digests = self._digests(len(things), *label)
        return [things[index] for index in sorted(range(len(things)), key=digests.__getitem__)]

    def _digests(self, count: int, *label: object) -> list[bytes]:
        """Of ``key/label/0``, ``key/label/1`` …"""
        begun = hashlib.sha256("/".join([self._key, *map(str, label), ""]).encode())
        found = []
        for index in range(count):
            one = begun.copy()
            one.update(b"%d" % index)
            found.append(one.digest())
        return found
