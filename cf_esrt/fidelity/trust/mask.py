"""Which part of a result may be believed: `believe` gives its blocks, a `Belief`, or one sentence why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.strips import check_pair
from cf_esrt.fidelity.trust.calibrated import Calibration, Calibrations, Promise, calibrations
from cf_esrt.fidelity.trust.control import LEAST_AREA
from cf_esrt.fidelity.trust.scores import BLOCK, local_measures, whole_measures
from cf_esrt.fidelity.trust.words import four_digits, unveiled

if TYPE_CHECKING:
    from cf_esrt.models import Degradation

LEVEL: dict[Degradation, float] = {"bicubic": 8.0, "camera": 12.0}
"""Grey levels that are promised where nobody asks for others: a camera's photographs have larger errors, and fewer
levels leave little of them unveiled."""
PROMISES: dict[Promise, str] = {
    "area": "In {of_ten} of 10 photographs like yours, {share:.0%} of the unveiled part is right to within {level:g} "
    "grey levels.",
    "largest": "In photographs like yours, the largest error of the unveiled part is {level:g} grey levels on average "
    "at most.",
    "lines": "In {of_ten} of 10 photographs like yours, at most {level:g} in 100 of the lines in the unveiled part are "
    "false.",
    "dots": "In {of_ten} of 10 photographs like yours, at most {level:g} in 100 of the dots in the unveiled part are "
    "false.",
}
NOTHING: dict[Promise, str] = {
    "area": "Too little of {title} can be promised to within {level:g} grey levels: all of it is veiled.",
    "largest": "Too little of {title} can be promised a largest error of {level:g} grey levels: all of it is veiled.",
    "lines": "Too little of {title} can be promised {level:g} false lines in 100 or fewer: all of it is veiled.",
    "dots": "Too little of {title} can be promised {level:g} false dots in 100 or fewer: all of it is veiled.",
}
OFF = {
    "unknown": "Where to believe {title} is not known: it was not calibrated for photographs {kind}.",
    "weights": "Where to believe {title} is not known: its weights have changed since the error map was calibrated.",
    "altered": "Where to believe {title} is not known: the error map was calibrated without {what}.",
    "unusual": "Where to believe it is not said of this photograph: it is unlike those that the promise was tested on. "
    "{sentence}",
    "blurred": "Where to believe it is not said of this photograph: its finest detail is {pixels:.1f} pixels wide, in "
    "those that the promise was tested on at most {most:.1f}.",
}
"""Sentences on a mask that is off."""
COARSE = "-coarse"
"""What the name of a coarse network alone ends in."""
LARGER = ("size", "high")
"""A notice that does not turn the mask off: a larger crop has more blocks, not other ones."""
KINDS: dict[Degradation, str] = {"bicubic": "that were only shrunk", "camera": "as a camera stores them"}


@dataclass(frozen=True)
class Belief:
    """What is believed of one result, at any calibrated level."""

    scores: np.ndarray
    """Of each block of `BLOCK` pixels, rows × columns: the lower, the sooner it is believed."""
    calibration: Calibration
    detail: float
    delta: float
    tolerated: float
    """ε."""
    size: tuple[int, int]
    """Height and width of the result."""
    title: str
    """Of the network."""

    @property
    def level(self) -> float:
        """Grey levels that are promised where nobody asks for others."""
        return LEVEL[self.calibration.degradation]

    def levels(self, promise: Promise = "area") -> tuple[float, ...]:
        """The levels that can be asked for."""
        return self.calibration.levels.get(promise, ())

    def blocks(self, level: float | None = None, promise: Promise = "area") -> np.ndarray:
        """Blocks that may be believed, rows × columns of bool; none where they are too few for a promise. ValueError
        for a level that is not among `levels`."""
        asked = self.level if level is None else level
        blocks = self.scores < self.calibration.threshold(promise, asked, self.detail)
        return blocks if blocks.mean() >= LEAST_AREA else np.zeros_like(blocks)

    def mask(self, level: float | None = None, promise: Promise = "area") -> np.ndarray:
        """The same for each pixel of the result, H×W of bool: True is unveiled."""
        height, width = self.size
        return self.blocks(level, promise).repeat(BLOCK, 0).repeat(BLOCK, 1)[:height, :width]

    def share(self, level: float | None = None, promise: Promise = "area") -> float:
        """Share of the blocks that are unveiled, 0 to 1."""
        return float(self.blocks(level, promise).mean())

    def sentence(self, level: float | None = None, promise: Promise = "area") -> str:
        """The promise in words."""
        level = self.level if level is None else level
        if not self.blocks(level, promise).any():
            return NOTHING[promise].format(title=self.title, level=level)
        of_ten = f"{10 * (1 - self.delta):g}"
        return PROMISES[promise].format(of_ten=of_ten, share=1 - self.tolerated, level=level)

    def as_json(self, level: float | None = None) -> dict[str, Any]:
        """For records: the promise at that level, and the share of the area that each level leaves unveiled."""
        level = self.level if level is None else level
        return {
            "promise": "area",
            "delta": self.delta,
            "tolerated": self.tolerated,
            "unveiled": {f"{one:g}": four_digits(self.share(one)) for one in self.levels()},
            "level": level,
            "sentence": self.sentence(level),
        }


def trust_text(belief: Belief, level: float | None = None) -> str:
    """The share that is unveiled, and what is promised of it."""
    return f"{unveiled(belief.share(level))} {belief.sentence(level)}"


@dataclass(frozen=True)
class Unknown:
    """Why nothing is said of a result: one sentence."""

    sentence: str

    def as_json(self, level: float | None = None) -> dict[str, Any]:
        """For records: the same at every level."""
        return {"off": self.sentence}


def believe(
    result: np.ndarray,
    crop: np.ndarray,
    *,
    model: str,
    title: str,
    sha256: str | None,
    detail: float | None,
    degradation: Degradation,
    altered: str = "",
    measured: InputMeasures | None = None,
    known: Calibrations | None = None,
) -> Belief | Unknown:
    """What may be believed of a result (RGB uint8 ``4H×4W×3``) of ``crop`` (``H×W×3``).

    Args:
        result, crop: the picture and its input; ValueError where their sizes do not fit.
        model, title, sha256: the network's name, its name in sentences, the digest of its weights.
        detail: its setting; None for a network of one stage.
        degradation: the kind of photograph that the input is.
        altered: what else was done to the network's picture, such as "back-projection"; empty for nothing.
        measured: of the crop, where something of it was measured already.
        known: calibrations other than the committed ones.
    """
    check_pair(result, crop)
    known = calibrations() if known is None else known
    setting = 1.0 if detail is None else detail
    if model.endswith(COARSE):  # the same weights: the picture of the network of two stages at detail 0
        model, setting = model.removesuffix(COARSE), 0.0
    entry = known.of(model, degradation)
    if entry is None:
        return Unknown(OFF["unknown"].format(title=title, kind=KINDS[degradation]))
    if entry.sha256 != sha256:
        return Unknown(OFF["weights"].format(title=title))
    if altered:
        return Unknown(OFF["altered"].format(title=title, what=altered))
    measured = measured or InputMeasures(crop)
    unusual = [one for one in measured.notices(degradation) if (one.property, one.side) != LARGER]
    if unusual:
        return Unknown(OFF["unusual"].format(sentence=unusual[0].sentence))
    resolution = measured.resolution
    if resolution is not None and resolution.pixels > entry.blur:
        return Unknown(OFF["blurred"].format(pixels=resolution.pixels, most=entry.blur))
    local = local_measures(result, crop, entry.score.local)
    scores = entry.score(local, whole_measures(measured.properties, resolution))
    return Belief(scores, entry, setting, known.delta, known.share, (result.shape[0], result.shape[1]), title)
