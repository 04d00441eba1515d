"""The photograph of another date beside the first: where the same lesion is on it, and what is said of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cf_esrt.alignment import Alignment, AlignmentError, by_features, by_points
from cf_esrt.interface.preview import strings
from cf_esrt.interface.preview.crop import MAX_PIXELS, MIN_SIDE, CropError
from cf_esrt.photo import PhotoMetadata
from cf_esrt.provenance import Box, ImageDigest

SECOND = "second"
"""Name of the pane that shows it."""


@dataclass
class SecondPhoto:
    """Pixels, and how they lie over the first photograph's. Held in memory for the session, like these."""

    photo: np.ndarray
    """RGB uint8 ``H×W×3``."""
    metadata: PhotoMetadata
    url: str
    """Of its preview."""
    alignment: Alignment | None = None
    problem: str = ""
    """Why there is no alignment, in one sentence."""
    millimetres: float | None = None
    """Side of one of its pixels, as calibrated."""
    digest: ImageDigest | None = None

    def align(
        self,
        first: np.ndarray,
        points: Sequence[Sequence[tuple[float, float]]] | None,
        millimetres: tuple[float | None, float | None] = (None, None),
    ) -> None:
        """By two points in each, or by features; where the side of a pixel is known of both, their scale is held."""
        scale = None if None in millimetres else millimetres[0] / millimetres[1]  # type: ignore[operator]
        self.millimetres, self.alignment = millimetres[1], None
        try:
            self.alignment = (
                by_features(first, self.photo, scale) if points is None else by_points(points[0], points[1], scale)
            )
            self.problem = ""
        except AlignmentError:
            self.problem = strings.NOT_ALIGNED if points is None else strings.POINTS_UNFIT

    def place(self, box: Box) -> Box:
        """The box that covers a box of the first photograph; CropError says in one sentence why there is none."""
        if self.alignment is None:
            raise CropError(self.problem or strings.NOT_ALIGNED)
        height, width = self.photo.shape[:2]
        found = self.alignment.box(box, (width, height))
        if found is None or min(found.width, found.height) < MIN_SIDE:
            raise CropError(strings.BESIDE_SECOND)
        if found.width * found.height > MAX_PIXELS:
            raise CropError(strings.second_too_large(found.width, found.height))
        return found

    def value(self) -> dict[str, Any]:
        """What the page shows of it."""
        height, width = self.photo.shape[:2]
        words = self.problem if self.alignment is None else strings.aligned(self.alignment)
        matrix = None if self.alignment is None else self.alignment.matrix.ravel().tolist()
        return {"url": self.url, "width": width, "height": height, "matrix": matrix, "words": words}


def points(value: Any) -> list[list[tuple[float, float]]] | None:
    """Two points of each photograph as the browser sent them; None where it sent none that make sense."""
    try:
        found = [[(float(x), float(y)) for x, y in one] for one in value]
    except (TypeError, ValueError):
        return None
    return found if [len(one) for one in found] == [2, 2] else None
