"""A result as it is shown and exported: blended, back-projected where asked, with its settings and report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cf_esrt import fidelity
from cf_esrt.fidelity import Report, assess
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown
from cf_esrt.interface.preview.inference import ModelOutput
from cf_esrt.models import Degradation
from cf_esrt.provenance import BackProjection, Box, ImageDigest, Provenance, Setting
from cf_esrt.provenance.belief import believed


@dataclass(frozen=True)
class ResultImage:
    """A result with its setting and its report."""

    pixels: np.ndarray
    """RGB uint8 ``4H×4W×3``."""
    setting: Setting
    report: Report
    judge: Callable[[], Belief | Unknown]
    """Computes `belief`, when somebody asks for it."""
    unchanged: bool | None = None
    """Whether back-projection left the result as it was; None: back-projection was off."""

    @cached_property
    def belief(self) -> Belief | Unknown:
        """Where to believe it, or one sentence on why that is not known."""
        return self.judge()

    def provenance(self, photograph: ImageDigest, box: Box, crop: np.ndarray, level: float | None = None) -> Provenance:
        """Everything that is needed to reproduce it, and its label: where to believe it to that ``level``."""
        return Provenance.of(
            self.setting,
            photograph=photograph,
            box=box,
            crop=crop,
            result=self.pixels,
            report=self.report,
            belief=self.belief,
            level=level,
        )


def render(
    output: ModelOutput,
    detail: float | None,
    crop: np.ndarray,
    bicubic: np.ndarray,
    *,
    back_project: bool = False,
    measured: InputMeasures | None = None,
    degradation: Degradation | None = None,
) -> ResultImage:
    """The image of a model's output at a detail setting.

    Args:
        output: of the model for ``crop``.
        detail: 0 (coarse) to 1 (most texture); None or any value is the same for a model of one stage.
        crop: RGB uint8 ``H×W×3``.
        bicubic: its bicubic enlargement, ``4H×4W×3``, against which added detail is measured.
        back_project: whether to back-project it.
        measured: of the crop, which all its results share.
        degradation: what the photograph was taken for; None: what the model's network learned from.
    """
    blended = output.reconstruction.blend(1.0 if detail is None else detail)
    pixels = fidelity.back_project(blended, crop) if back_project else blended
    unchanged = pixels is blended if back_project else None
    setting = Setting.of(
        output.descriptor,
        device=output.device,
        tile=output.reconstruction.tile,
        precision=output.reconstruction.precision,
        engine=output.reconstruction.engine,
        detail=detail,
        back_projection=BackProjection() if unchanged is False else None,  # what changed nothing is not claimed
        degradation=degradation,
    )
    of_crop = measured or InputMeasures(crop)
    report = assess(pixels, crop, bicubic, known=of_crop.notices(setting.degradation))

    def judge() -> Belief | Unknown:
        return believed(setting, pixels, crop, measured=of_crop)

    return ResultImage(pixels, setting, report, judge, unchanged)
