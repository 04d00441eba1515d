"""Small results with their provenance, without a network."""

from __future__ import annotations

import numpy as np

from cf_esrt import fidelity
from cf_esrt.pixels import enlarge_bicubic
from cf_esrt.provenance import BackProjection, Box, ImageDigest, LabelledResult, Provenance, Setting

WEIGHTS = "ab" * 32


def picture(width: int = 40, height: int = 30, seed: int = 0) -> np.ndarray:
    """Noise on a ramp, RGB uint8 ``H×W×3``."""
    random = np.random.default_rng(seed)
    ramp = np.linspace(40, 200, width)[None, :, None] + random.normal(0, 9, (height, width, 3))
    return np.clip(ramp, 0, 255).astype(np.uint8)


def setting(
    model: str = "cf-esrt", detail: float | None = 0.7, back_projection: BackProjection | None = None
) -> Setting:
    network = model != "bicubic"
    return Setting(
        model=model,
        title=model.upper(),
        checkpoint_sha256=WEIGHTS if network else None,
        scale=4,
        detail=detail if network else None,
        back_projection=back_projection,
        tile=64 if network else None,
        device="cpu",
        precision="float32",
    )


def labelled(photograph: np.ndarray, box: Box, how: Setting, noise: int = 3) -> LabelledResult:
    """A pane: the bicubic enlargement, and on it some noise where the setting is a network's."""
    crop = box.crop_from(photograph)
    bicubic = enlarge_bicubic(crop)
    result = bicubic
    if how.checkpoint_sha256:
        added = np.random.default_rng(1).integers(-noise, noise + 1, bicubic.shape)
        result = np.clip(bicubic + added, 0, 255).astype(np.uint8)
    report = fidelity.assess(result, crop, bicubic, known=())
    whole = ImageDigest.of(photograph)
    record = Provenance.of(how, photograph=whole, box=box, crop=crop, result=result, report=report)
    return LabelledResult(result, record)


def panes(width: int = 24, height: int = 18) -> tuple[np.ndarray, list[LabelledResult]]:
    """A crop and three results of it."""
    photograph = picture(width + 10, height + 9)
    box = Box(4, 5, width, height)
    models = (setting("bicubic"), setting("esrt", None), setting())
    return box.crop_from(photograph), [labelled(photograph, box, how) for how in models]
