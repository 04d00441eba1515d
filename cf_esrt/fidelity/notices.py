"""Notices: in what an input lies outside what the networks learned from.

The thresholds are measured on the training photographs (`python -m training.analyses.thresholds`) and lie in
`thresholds.json`, those of the networks for photographs from a camera in `thresholds-camera.json`. An input inside them
need not resemble the training photographs; one outside them does not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from cf_esrt.fidelity.properties import Properties, measure

if TYPE_CHECKING:
    from cf_esrt.models import Degradation

THRESHOLDS = Path(__file__).with_name("thresholds.json")
FILES: dict[Degradation, Path] = {"bicubic": THRESHOLDS, "camera": THRESHOLDS.with_name("thresholds-camera.json")}
"""What the networks of each degradation learned from."""

Side = Literal["low", "high"]

SENTENCES: dict[tuple[str, Side], str] = {
    ("sharpness", "low"): "This photograph is more blurred than those the network learned from (sharpness {value:.2f}; "
    "theirs at least {low:.2f}).",
    ("sharpness", "high"): "This photograph is sharper, or more sharpened, than those the network learned from "
    "(sharpness {value:.2f}; theirs at most {high:.2f}).",
    ("blockiness", "high"): "This photograph is more strongly compressed than those the network learned from: its "
    "JPEG blocks stand out by {value:.0%} of the contrast around them, theirs by at most {high:.0%}.",
    ("noise", "high"): "This photograph is noisier than those the network learned from: {value:.1f} grey levels in "
    "smooth places, theirs at most {high:.1f}.",
    ("size", "low"): "This picture is smaller than those the network learned from: {value:.0f} pixels on its "
    "longer side, theirs at least {low:.0f}.",
    ("size", "high"): "This picture is larger than those the network learned from: {value:.0f} pixels on its "
    "longer side, theirs at most {high:.0f}.",
    ("saturation", "low"): "This photograph is greyer than those the network learned from: {value:.1%} colour, theirs "
    "at least {low:.1%}.",
    ("saturation", "high"): "This photograph is more strongly coloured than those the network learned from: "
    "{value:.0%} colour, theirs at most {high:.0%}.",
    ("white", "high"): "More of this photograph is pure white than of those the network learned from: {value:.1%}, "
    "of theirs at most {high:.1%}.",
    ("black", "high"): "More of this photograph is pure black than of those the network learned from: {value:.1%}, "
    "of theirs at most {high:.1%}.",
}
"""One sentence for each property and side that is noticed; the sides that are missing here are no fault."""


class ThresholdsError(ValueError):
    """The file of thresholds cannot be used; one sentence says why."""


@dataclass(frozen=True)
class Range:
    """The values of a property that the training inputs had; None where that side is never noticed."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Notice:
    """One property of an input that lies outside its range."""

    property: str
    """A field of `Properties`."""
    side: Side
    value: float
    range: Range
    sentence: str


def notices(image: np.ndarray, ranges: dict[str, Range] | None = None) -> tuple[Notice, ...]:
    """What of an RGB uint8 ``H×W×3`` input lies outside the ranges (None: the committed ones).

    ValueError for other arrays; ThresholdsError where the committed file cannot be used.
    """
    return notices_of(measure(image), thresholds() if ranges is None else ranges)


def notices_of(found: Properties, ranges: dict[str, Range]) -> tuple[Notice, ...]:
    """As `notices`, of properties that were measured already, in the order of their fields."""
    result = []
    for name in (field.name for field in fields(Properties)):
        value, allowed = getattr(found, name), ranges[name]
        if value is None:
            continue
        side: Side | None = None
        if allowed.low is not None and value < allowed.low:
            side = "low"
        elif allowed.high is not None and value > allowed.high:
            side = "high"
        if side is not None:
            sentence = SENTENCES[name, side].format(value=value, low=allowed.low, high=allowed.high)
            result.append(Notice(name, side, value, allowed, sentence))
    return tuple(result)


@cache
def thresholds(degradation: Degradation = "bicubic") -> dict[str, Range]:
    """The committed ranges of the inputs of a degradation, read once."""
    return read_thresholds(FILES[degradation])


def read_thresholds(path: Path) -> dict[str, Range]:
    """The range of every property, from a file of `training.analyses.thresholds`; ThresholdsError for another."""
    try:
        listed = json.loads(path.read_text("utf-8"))["properties"]
        found = {entry["property"]: Range(entry["low"], entry["high"]) for entry in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ThresholdsError(
            f"{path.name} is no file of thresholds; make it with training.analyses.thresholds."
        ) from error
    for name in (field.name for field in fields(Properties)):
        for side in ("low", "high"):
            limit = getattr(found.get(name), side, None)
            if ((name, side) in SENTENCES) != isinstance(limit, (int, float)):
                raise ThresholdsError(f"{path.name} has no usable {side} threshold of {name}; make it again.")
    return found
