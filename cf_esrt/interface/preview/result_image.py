"""One picture that a model made: its pixels as they are shown and taken away, what is said of it, where it is from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cf_esrt.fidelity import Notice, Report, assess, back_project
from cf_esrt.interface.preview.inference import Made
from cf_esrt.provenance import BackProjection, Box, Pixels, Provenance, Setting


@dataclass(frozen=True)
class Outcome:
    """A result with its setting and its report."""

    pixels: np.ndarray
    """RGB uint8 ``4H×4W×3``."""
    setting: Setting
    report: Report
    agreed: bool | None = None
    """Whether back-projection found the result in agreement already and left it as it was; None: it was not asked."""

    def record(self, photograph: Pixels, box: Box, crop: np.ndarray) -> Provenance:
        """Everything that is needed to make it again."""
        return Provenance.of(
            self.setting, photograph=photograph, box=box, crop=crop, result=self.pixels, report=self.report
        )


def outcome(
    made: Made,
    detail: float | None,
    crop: np.ndarray,
    bicubic: np.ndarray,
    *,
    agree: bool = False,
    notices: tuple[Notice, ...] | None = None,
) -> Outcome:
    """The picture of a model at a detail setting, back-projected where that is asked (``agree``).

    Args:
        made: what the model gave for ``crop``.
        detail: 0 (coarse) to 1 (most texture); None or any value is the same for a model of one stage.
        crop: RGB uint8 ``H×W×3``.
        bicubic: its bicubic enlargement, ``4H×4W×3``, against which added detail is measured.
        notices: of the crop, where they were measured already.
    """
    plain = made.result.blend(1.0 if detail is None else detail)
    pixels = back_project(plain, crop) if agree else plain
    agreed = pixels is plain if agree else None
    setting = Setting.of(
        made.descriptor,
        device=made.device,
        tile=made.result.tile,
        precision=made.result.precision,
        engine=made.result.engine,
        detail=detail,
        back_projection=BackProjection() if agreed is False else None,  # what changed nothing is not claimed
    )
    return Outcome(pixels, setting, assess(pixels, crop, bicubic, known=notices), agreed)
