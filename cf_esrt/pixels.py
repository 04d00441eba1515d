"""What a picture is everywhere in this package: RGB uint8, H×W×3; and a result, `SCALE` times as wide and high."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

SCALE = 4
"""How many times wider and higher a result is than the photograph it was made from."""


def check_rgb(pixels: Any, name: str = "picture") -> np.ndarray:
    """The array itself. ValueError, with ``name`` in its sentence, unless it is RGB uint8 H×W×3 with at least one
    pixel."""
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        kind = pixels.dtype if isinstance(pixels, np.ndarray) else type(pixels).__name__
        raise ValueError(f"The {name} must be uint8 H×W×3 (RGB), not {kind}.")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"The {name} must be uint8 H×W×3 (RGB), not {' × '.join(map(str, pixels.shape))}.")
    return pixels


def enlarge_bicubic(pixels: np.ndarray) -> np.ndarray:
    """RGB uint8 H×W×3 → 4H×4W×3 by Pillow's bicubic interpolation: the baseline that added detail is measured
    against."""
    height, width = pixels.shape[:2]
    return np.array(Image.fromarray(pixels).resize((SCALE * width, SCALE * height), Image.Resampling.BICUBIC))
