"""Effect of back-projection on LPIPS, as measured by `python -m training.analyses.backprojection`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

EFFECT = Path(__file__).with_name("effect.json")


class EffectError(ValueError):
    """The file of measurements cannot be used; one sentence says why."""


@dataclass(frozen=True)
class Effect:
    """One model's results of one set of photographs, before and after back-projection to one target."""

    model: str
    sha256: str | None
    """Of the checkpoint's weights; None for bicubic."""
    data: str
    protocol: str
    target: float
    """Low-resolution consistency asked for, dB."""
    photographs: int
    changed: int
    """Photographs whose result did not exceed the target already."""
    reached: int
    lpips_before: float
    """Mean over all photographs; lower is better."""
    lpips_after: float


@cache
def effects() -> tuple[Effect, ...]:
    """The committed measurements, read once."""
    return read_effects(EFFECT)


def read_effects(path: Path) -> tuple[Effect, ...]:
    """All measurements of a file; EffectError for another kind of file."""
    try:
        return tuple(Effect(**row) for row in json.loads(path.read_text("utf-8"))["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EffectError(
            f"{path.name} holds no measurements; make it with training.analyses.backprojection."
        ) from error
