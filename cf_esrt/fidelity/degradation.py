"""Which degradation a photograph's own traces speak for, and so which networks: bicubic shrinking alone, or a camera's.

A photograph that was shrunk to a quarter shows neither blur nor noise nor JPEG blocks beyond the ranges measured for
`fidelity.notices`. What a camera stored shows some of these, or says in the file itself how strongly it was
compressed. Its size says nothing: crops of large photographs are small, and lossless ones without a fault large. What
the traces cannot tell apart, and how often they do, is measured by `python -m training.analyses.traces`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.fidelity.notices import Range, ThresholdsError
from cf_esrt.fidelity.properties import Properties

if TYPE_CHECKING:
    from cf_esrt.models import Degradation

Source = Literal["dermatoscope", "camera", "shrunk"]
"""Where a photograph comes from, as a person would say; ``camera`` is a phone or any other."""
DEGRADATIONS: dict[Source, Degradation] = {"dermatoscope": "camera", "camera": "camera", "shrunk": "bicubic"}
"""Whose networks are for it: what a dermatoscope's camera stores has a camera's faults too."""
CORNER = 0.03
"""Side of a corner, in shares of the photograph's, that a dermatoscope's round field leaves dark."""
DARK_CORNERS, DARK = 3, 0.3
"""So many of the four are darker than this share of the lit skin: clinical photographs have none such
(`tests.benchmarks.origins`)."""
TRACES = Path(__file__).with_name("traces.json")
SOFT, SOFT_FROM = 2.3, 256
"""Pixels that the finest detail of a photograph may need (`fidelity.effective_resolution`) before it is soft, and its
shorter side from which that is looked at. Of 100 photographs of isic_cc0/train that were shrunk to 256 pixels 5 are not
taken for shrunk, by this or another trace (`tests.benchmarks.origins`)."""
Trace = Literal["phone", "jpeg", "blockiness", "sharpness", "resolution", "noise", "none"]
REASONS: dict[Trace, str] = {
    "phone": "the file is HEIC, as phones store photographs",
    "jpeg": "the file is a JPEG of quality {value:.0f}; below {limit:.0f} its blocks show",
    "blockiness": "the edges of 8 × 8 pixel blocks stand out by {value:.0%} of the local contrast, in shrunk "
    "photographs by at most {limit:.0%}",
    "sharpness": "its finest detail has {value:.2f} of the strength of the next coarser, in shrunk photographs at "
    "least {limit:.2f}",
    "resolution": "its finest detail needs {value:.1f} pixels, in shrunk photographs at most {limit:.1f}",
    "noise": "its smooth places have {value:.1f} grey levels of noise, in shrunk photographs at most {limit:.1f}",
    "none": "it shows no blur, noise or JPEG blocks beyond those of shrunk photographs",
}
"""Why, after "because" or a colon."""
SHORT: dict[Trace, str] = {
    "phone": "a HEIC file, as phones store photographs",
    "jpeg": "8-pixel JPEG blocks",
    "blockiness": "8-pixel JPEG blocks",
    "sharpness": "soft, as through a lens",
    "resolution": "soft, as through a lens or enlarged",
    "noise": "noise in its smooth places",
    "none": "clean, without blur, noise or JPEG blocks",
}
"""The same for a line of few words."""


CONTRADICTIONS: dict[Degradation, str] = {
    "bicubic": "This photograph shows a camera's traces ({reason}), but the networks for shrunk photographs are "
    "chosen: they take such faults for detail, and sharpen them. Models whose names end in -camera are for it.",
    "camera": "This photograph shows no camera's traces ({reason}), but the networks for photographs from a camera are "
    "chosen: they may smooth true detail away as if it were noise. Models without -camera in their names are for it.",
}
"""By the degradation that was chosen."""


@dataclass(frozen=True)
class Suggestion:
    """The degradation of a photograph, and the first trace that says so."""

    degradation: Degradation
    trace: Trace
    value: float = 0.0
    limit: float = 0.0
    field: bool = False
    """Whether a dermatoscope's round field is seen."""

    @property
    def source(self) -> Source | None:
        """Where the photograph seems to come from; without a camera's faults, shrunk. None: from a camera, and whether
        a dermatoscope's cannot be told (`tests.benchmarks.origins`); both have the same networks."""
        if self.degradation == "bicubic":
            return "shrunk"
        if self.field:
            return "dermatoscope"
        return "camera" if self.trace == "phone" else None

    @property
    def short(self) -> str:
        round_field = " and a dermatoscope's round field" if self.source == "dermatoscope" else ""
        return SHORT[self.trace].format(value=self.value, limit=self.limit) + round_field

    @property
    def reason(self) -> str:
        return REASONS[self.trace].format(value=self.value, limit=self.limit)


def suggest(
    found: Properties,
    ranges: dict[str, Range],
    least_quality: int,
    *,
    quality: int | None = None,
    phone: bool = False,
    resolution: EffectiveResolution | None = None,
) -> Suggestion:
    """The degradation that the traces suggest, the surest first: what the file says, faults in the pixels, softness.

    Args:
        found: what was measured of the photograph.
        ranges: of shrunk photographs (`notices.thresholds`).
        least_quality: JPEG quality from which blocks do not show (`least_quality`).
        quality: of the file, where it is a JPEG.
        phone: whether the file is of a format that phones alone write.
        resolution: of the photograph, where it is large enough to tell.
    """
    if phone:
        return Suggestion("camera", "phone")
    if quality is not None and quality < least_quality:
        return Suggestion("camera", "jpeg", quality, least_quality)
    fault = faults(found, ranges)
    if fault is not None:
        return fault
    if resolution is not None and resolution.hidden_by is None and resolution.pixels > SOFT:
        return Suggestion("camera", "resolution", resolution.pixels, SOFT)
    return Suggestion("bicubic", "none")


def faults(found: Properties, ranges: dict[str, Range]) -> Suggestion | None:
    """The first of a camera's faults that the pixels show beyond the ranges of shrunk photographs; None: none."""
    blocks, blur, noise = ranges["blockiness"].high, ranges["sharpness"].low, ranges["noise"].high
    if found.blockiness is not None and blocks is not None and found.blockiness > blocks:
        return Suggestion("camera", "blockiness", found.blockiness, blocks)
    if found.sharpness is not None and blur is not None and found.sharpness < blur:
        return Suggestion("camera", "sharpness", found.sharpness, blur)
    if found.noise is not None and noise is not None and found.noise > noise:
        return Suggestion("camera", "noise", found.noise, noise)
    return None


def contradiction(suggested: Suggestion, chosen: Degradation) -> str | None:
    """What programs say of a photograph whose traces suggest another degradation than the chosen one, or None. A person
    on the page who chooses is not contradicted."""
    if suggested.degradation == chosen:
        return None
    return CONTRADICTIONS[chosen].format(reason=suggested.reason)


def round_field(photograph: np.ndarray) -> bool:
    """Whether corners are as dark as a dermatoscope's round field leaves them; RGB uint8. Lesions and the shade of a
    room darken one or two of them, and a lens none so far."""
    height, width = photograph.shape[:2]
    tall, wide = max(1, round(height * CORNER)), max(1, round(width * CORNER))
    corners = [photograph[rows, columns].mean() for rows in (slice(tall), slice(-tall, None))
               for columns in (slice(wide), slice(-wide, None))]  # fmt: skip
    sparse = photograph[:: max(1, height // 96), :: max(1, width // 128)]
    lit = np.percentile(sparse.mean(axis=2), 75)
    return bool(lit > 50 and sum(corner < DARK * lit for corner in corners) >= DARK_CORNERS)


@cache
def least_quality() -> int:
    """The committed JPEG quality from which a file's blocks do not show; ThresholdsError where the file is no such."""
    return read_traces(TRACES)


def read_traces(path: Path) -> int:
    """The JPEG quality, from a file of `training.analyses.traces`; ThresholdsError for another."""
    try:
        quality = json.loads(path.read_text("utf-8"))["least_quality"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsError(
            f"{path.name} holds no measured traces; make it with training.analyses.traces."
        ) from error
    if not isinstance(quality, int) or not 1 <= quality <= 101:
        raise ThresholdsError(f"{path.name} has no usable JPEG quality; make it again.")
    return quality
