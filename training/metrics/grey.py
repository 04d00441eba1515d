"""Grey values on which detail is judged."""

from __future__ import annotations

import numpy as np


def grey(picture: np.ndarray) -> np.ndarray:
    """BT.601's weights on RGB H×W×3 of any type: float64 H×W, 0..255 for 8-bit pictures."""
    return picture[..., :3].astype(float) @ np.array([0.299, 0.587, 0.114])
