"""Expected duration of a job on this machine, from the jobs that this process has finished."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

MIN_PIXELS = 64 * 64
"""Pixels of one tile: a smaller crop takes no less time."""


class TimeEstimate:
    """Seconds per pixel of a crop, by model. Time is linear in pixels once a crop is larger than a tile."""

    def __init__(self) -> None:
        self._seconds_per_pixel: dict[str, float] = {}
        self._lock = threading.Lock()

    def update(self, seconds: Mapping[str, float], pixels: int) -> None:
        """Record what each model took for a crop of ``pixels``; recent runs count most."""
        with self._lock:
            for name, duration in seconds.items():
                latest = duration / max(pixels, MIN_PIXELS)
                self._seconds_per_pixel[name] = (self._seconds_per_pixel.get(name, latest) + latest) / 2

    def begin(self, seconds: Mapping[str, float], pixels: int) -> None:
        """As ``update``, only of models that have not run in a job."""
        with self._lock:
            for name, duration in seconds.items():
                self._seconds_per_pixel.setdefault(name, duration / max(pixels, MIN_PIXELS))

    def seconds_per_pixel(self, names: Iterable[str]) -> float | None:
        """Sum over these models; None where one of them has not run yet."""
        with self._lock:
            known = [self._seconds_per_pixel.get(name) for name in names]
        return None if None in known else sum(each for each in known if each is not None)
