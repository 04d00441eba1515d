"""Fidelity measurements and overlays."""

from __future__ import annotations

from cf_esrt.fidelity.trust import percent
from cf_esrt.sentences import capitalised

OVERLAYS = {
    "result": "Result",
    "trust": "Where to believe it",
    "added": "Added detail",
    "residual": "Mismatch with the photograph",
    "colour": "Colour shift",
}
OVERLAY_NOTES = {
    "trust": "Where to believe it: what is grey and hatched may be wrong by more than the chosen number of levels. "
    "How far the rest can be believed was measured on photographs that no network was trained on, for each network and "
    "detail setting. It holds for photographs like those; where yours is unlike them, nothing is said.",
    "added": "Added detail: the more cyan, the further the result goes beyond bicubic interpolation there; this is "
    "where a network drew what was not in the photograph.",
    "residual": "Mismatch with the photograph: the result shrunk back to the size of the box, minus the photograph "
    "there; mid-grey means that they agree.",
    "colour": "Colour shift: how far colours moved (CIEDE2000 between the result, shrunk back, and the photograph); "
    "below 1 is hardly seen.",
}
"""One sentence for each map."""
WHY = {
    "consistency": "What consistency says",
    "colour": "What the colour shift says",
    "overlays": "What the maps show",
    "back-projection": "What agreeing changes",
}
"""Labels of the buttons that open an explanation."""
UNITS = {"levels of 255": "levels", "CIEDE2000": "ΔE₀₀"}
CONSISTENCY = (
    "Consistency: the result is shrunk back to the size of the box and compared with the photograph there (PSNR in dB; "
    "higher is closer). A low figure means that something is wrong; a high one does not mean that the detail is true, "
    "since invented texture can pass. A camera's photograph gives lower figures: a good result leaves out its blur, "
    "noise and JPEG blocks."
)

CAMERA_AGREEMENT = "Camera faults left out{limit}"


def camera_agreement(least: float | None) -> str:
    """What is said beside a consistency where the input's own faults were removed; ``least`` dB have good results."""
    return CAMERA_AGREEMENT.format(limit="" if least is None else f"; good: ≥ {least:.0f} dB")


def colour_shift(mean: float, percentile: float) -> str:
    """A colour difference as written under a pane."""
    return f"ΔE₀₀ {mean:.1f}, 95% ≤ {percentile:.1f}"


def decibels(value: float) -> str:
    """A consistency as written under a pane."""
    return "∞ dB (equal)" if value == float("inf") else f"{value:.1f} dB"


_PLACES = (
    ("at the upper left", "at the top", "at the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)
"""By thirds of the picture."""
_KEPT = 1.0
"""Mean CIEDE2000 up to which colours count as kept: about the least difference that is seen side by side."""


def added(
    levels: float, third: tuple[int, int], colour: float, *, network: bool, other_degradation: bool = False
) -> str:
    """One plain sentence on a pane: how much a network added, where most, and whether colours stayed."""
    colours = "colours kept" if colour <= _KEPT else "colours changed"
    if not network:
        return f"Interpolated: adds no detail; {colours}."
    where = _PLACES[third[1]][third[0]]
    learned = " Trained on shrunk photographs only." if other_degradation else ""
    return f"Adds {levels:.1f} grey levels (of 255) on average, most {where}; {colours}.{learned}"


UNVEILED = "{share} of this picture can be believed within {level:g} grey levels."
NOTHING_PROMISED = "How far this picture can be believed was not measured."


def unveiled(share: float, level: float) -> str:
    """What is written under a pane: how much of it keeps the promise, and which."""
    return capitalised(UNVEILED.format(share=percent(share), level=level))
