"""Which photographs the error map is calibrated on, chosen by and fitted on: no one has two of these parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cf_esrt.models import Degradation
from training.analyses.trust_measurements import Source
from training.data import list_images

COUNT = 50
"""Photographs of each calibrating set."""
ARCHIVE = 35
"""Of the fifty of ``isic_cc0/val``; the others choose the score."""
FITTING = 30
"""Of each set that fits the guess of a block's error."""
FULL_AND_SHRUNK: dict[Degradation, tuple[str, str]] = {
    "bicubic": ("whole256", "whole256"),
    "camera": ("camera256-patch", "camera256"),
}
"""Protocols of photographs at their full size, and of ones that were compressed, which are used shrunk."""


@dataclass(frozen=True)
class Sources:
    """Of one kind of photograph. All of them trained nothing."""

    calibrating: tuple[Source, ...]
    """Set the thresholds."""
    choosing: tuple[Source, ...]
    """Choose the score."""
    fitting: tuple[Source, ...]
    """Fit the guess that is one of the scores."""


def sources(data: Path, degradation: Degradation, count: int = COUNT) -> Sources:
    """``count``: photographs of each calibrating and choosing set, at most. ConfigError where a folder is missing."""
    full, shrunk = FULL_AND_SHRUNK[degradation]
    archive = list_images([data / "isic_cc0/val"])
    dermoscopic = list_images([data / "ham10000/train_q75"])
    calibrating = [
        Source("isic_cc0/val", full, tuple(archive[:ARCHIVE][:count])),
        Source("ham10000/train_q75", shrunk, tuple(dermoscopic[1::2][:count])),
    ]
    others = dermoscopic[0::2]
    choosing = [
        Source("isic_cc0/val", full, tuple(archive[ARCHIVE:][:count])),
        Source("ham10000/train_q75", shrunk, tuple(others[FITTING : FITTING + count])),
    ]
    fitting = [Source("ham10000/train_q75", shrunk, tuple(others[:FITTING]))]
    if degradation == "camera":  # dermatoscopes' photographs alone promised too much of phones'
        clinical, name = list_images([data / "milk10k/clinical"])[1::2], "milk10k/clinical"
        calibrating.append(Source(name, shrunk, tuple(clinical[:count])))
        choosing.append(Source(name, shrunk, tuple(clinical[COUNT:-FITTING][:count])))
        fitting.append(Source(name, shrunk, tuple(clinical[-FITTING:])))
    return Sources(tuple(calibrating), tuple(choosing), tuple(fitting))
