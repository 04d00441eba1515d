"""How long an enhancement is expected to take here, from those that this process has finished."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

LEAST = 64 * 64
"""Pixels of one tile: a smaller crop takes no less time."""


class Pace:
    """Seconds for each pixel of a crop, by model. Time is linear in pixels once a crop is larger than a tile."""

    def __init__(self) -> None:
        self._known: dict[str, float] = {}
        self._lock = threading.Lock()

    def learn(self, seconds: Mapping[str, float], pixels: int) -> None:
        """Note what each model took for a crop of so many pixels; the last runs count most."""
        with self._lock:
            for name, took in seconds.items():
                now = took / max(pixels, LEAST)
                self._known[name] = (self._known.get(name, now) + now) / 2

    def of(self, names: Iterable[str]) -> float | None:
        """Seconds for each pixel with these models; None where one of them has not run yet."""
        with self._lock:
            known = [self._known.get(name) for name in names]
        return None if None in known else sum(each for each in known if each is not None)
