"""The quick picture of the box while it moves: Live's, at once and without a job."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from cf_esrt.interface.preview.inference import ModelCache, on_zerogpu
from cf_esrt.models import Degradation

MODELS: dict[Degradation, str] = {"bicubic": "live", "camera": "live-camera"}
TILE = 256
"""Side of what is asked for at once, in pixels of the original; a larger box comes tile by tile."""
CONTEXT = 16
"""Pixels around a tile, inside the box, that come with it and are not shown: what Live sees around a pixel."""

Quick = Callable[[np.ndarray, Degradation], np.ndarray]
"""From pixels of the original (RGB uint8 ``H×W×3``) to ``4H×4W×3``."""
QUALITY = 95
"""Of the JPEG. It is looked at for a moment and never leaves the page; a PNG takes longer to write than the network."""


def quick_models(names: Sequence[str]) -> tuple[str, ...]:
    """The models that make quick pictures, as far as they are there; none where a GPU is lent for each job."""
    return () if on_zerogpu() else tuple(name for name in MODELS.values() if name in names)


def in_haste(cache: ModelCache) -> ModelCache:
    """The same models as they make quick pictures: in int8 where that is faster, else the very same."""
    return ModelCache(lambda name: cache.get(name).in_haste())


def make_quick(cache: ModelCache, names: Sequence[str]) -> Quick | None:
    """None where there is no such model: the panes then wait for Enhance. ``cache``: `in_haste`'s."""
    there = quick_models(names)
    if MODELS["bicubic"] not in there:
        return None

    def quick(pixels: np.ndarray, degradation: Degradation) -> np.ndarray:
        name = MODELS[degradation] if MODELS[degradation] in there else MODELS["bicubic"]
        return cache.get(name).reconstruct(pixels).refined

    return quick


def jpeg(picture: np.ndarray) -> bytes:
    """RGB uint8 ``H×W×3`` as a file, with colours as fine as lightness."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
