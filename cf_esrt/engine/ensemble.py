"""The geometric self-ensemble: the mean over a picture's eight flips and turns.

EDSR's "+" (Lim et al., Enhanced Deep Residual Networks for Single Image Super-Resolution, 2017, section 3.4). It takes
eight times as long for about a tenth of a decibel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pose:
    """So many quarter turns, then a flip from left to right or none."""

    turns: int
    flipped: bool

    def of(self, image: np.ndarray) -> np.ndarray:
        """H×W×3 in this pose."""
        turned = np.rot90(image, self.turns)
        return np.ascontiguousarray(turned[:, ::-1] if self.flipped else turned)

    def undo(self, image: np.ndarray) -> np.ndarray:
        """A picture in this pose as it stood."""
        return np.rot90(image[:, ::-1] if self.flipped else image, -self.turns)


POSES = tuple(Pose(turns, flipped) for flipped in (False, True) for turns in range(4))


class Mean:
    """Of 8-bit pictures of one size."""

    def __init__(self) -> None:
        self._sum: np.ndarray | None = None
        self._count = 0

    def add(self, picture: np.ndarray) -> None:
        """uint8, at most 257 of them."""
        self._sum = picture.astype(np.uint16) if self._sum is None else np.add(self._sum, picture, out=self._sum)
        self._count += 1

    def picture(self) -> np.ndarray:
        """Rounded to uint8."""
        assert self._sum is not None
        return np.concatenate(list(self._strips()))

    def _strips(self) -> Iterator[np.ndarray]:
        assert self._sum is not None
        for top in range(0, len(self._sum), 256):  # so that floats never hold the whole picture
            yield np.rint(self._sum[top : top + 256] / np.float32(self._count)).astype(np.uint8)
