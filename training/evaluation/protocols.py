"""What a photograph is scored on: its ground truth, and the input that is made from it. Adding one: a line below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from cf_esrt.fidelity import shrink
from training.data import WHOLE, shrink_whole
from training.degradation import SCALE
from training.degradation.camera import photograph
from training.evaluation.results import DEGRADATION

CAMERA = "lens, sensor, sharpening and JPEG (training.degradation.camera)"


def _shrunk(truth: np.ndarray, name: str) -> np.ndarray:
    return shrink(truth)


@dataclass(frozen=True)
class Protocol:
    name: str
    truth: Callable[[np.ndarray], np.ndarray]
    """A photograph → its ground truth: RGB uint8, sides multiples of 4."""
    smallest: int
    """Least width and height of a photograph, so that no ground truth is enlarged; LPIPS needs 32 pixels."""
    make_input: Callable[[np.ndarray, str], np.ndarray] = _shrunk
    """RGB uint8 4H×4W×3 ground truth and the photograph's name without suffix → H×W×3 input."""
    degradation: str = DEGRADATION
    """How inputs are made, in words for tables."""
    faithful: str = "esrt"
    """The model whose picture under unsharp masks is the sharpening control (`training.evaluation.sharpening`)."""
    side: int | None = WHOLE
    """Width and height of every ground truth; None where they are the photograph's."""


def central_patch(image: np.ndarray, side: int = WHOLE) -> np.ndarray:
    """The central side×side pixels; a photograph that is smaller is first enlarged to hold them (Lanczos)."""
    height, width = image.shape[:2]
    if min(height, width) < side:
        factor = side / min(height, width)
        size = (max(side, round(width * factor)), max(side, round(height * factor)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_LANCZOS4)
        height, width = image.shape[:2]
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _crop_to_multiple(image: np.ndarray) -> np.ndarray:
    return image[: image.shape[0] // SCALE * SCALE, : image.shape[1] // SCALE * SCALE]


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("whole256", shrink_whole, WHOLE),
        Protocol("patch256", central_patch, WHOLE),
        Protocol("full", _crop_to_multiple, 32, side=None),
        Protocol("camera256", shrink_whole, WHOLE, photograph, CAMERA, "esrt-camera"),
        Protocol("camera256-patch", central_patch, WHOLE, photograph, CAMERA, "esrt-camera"),
    )
}
"""``whole256``: photographs shrunk to 256×256; ``patch256``: their central 256×256 pixels; ``full``: all of them.
``camera256``, ``camera256-patch``: the same ground truths, the inputs through a camera instead of plain shrinking."""
