"""Panes, and the ways to compare them."""

from __future__ import annotations

from cf_esrt.interface.common.texts import SYNTHETIC

PANES = {
    "results": "Reconstructions",
    "zoom": "Zoom",
    "magnification": "{x}× of the input pixel",
    "fit": "Fit",
    "one": "1:1",
    "one_title": "One screen pixel for each result pixel: 4.0× of the input pixel",
    "fit_title": "Show the whole crop",
    "smooth": "Smoothing",
    "smooth_title": "Off shows the result's pixels as squares when magnified",
    "detail": "CF-ESRT detail",
    "faithful": "faithful",
    "texture": "most texture",
    "waiting": "The result appears here.",
    "consistency": "Consistency",
    "shift": "Colour",
    "layers": "Shown",
    "notices": "Outside what the networks learned",
    "veil_box": "Of the box before. Press Enhance for this one.",
    "veil_lesion": "Of lesion {m}. Press Enhance for lesion {n}.",
    "full": "Full screen",
    "viewer": "{title}. Arrow keys pan, plus and minus zoom, 0 fits, ? lists all keys. All panes move together.",
}
QUICK = {
    "title": "Live",
    "note": "a quick picture of the box. Enhance makes the pictures that are compared, measured and exported.",
    "label": "Live's quick picture of the box",
}
COMPARE = {
    "magnified": "Magnification",
    "colour": "Colour under the cursor",
    "mode": "Compare",
    "shown": "Panes",
    "first": "A",
    "second": "B",
    "swap": "Swap A and B",
    "rate": "Rate",
    "rate_value": "{rate} changes/s",
    "still": "Blinking is off: this device asks for reduced motion.",
    "other": "Show other",
    "lens_size": "Lens size",
    "gain": "Amplified",
    "legend": "{most}+ levels",
    "difference_name": "Difference of A and B, ×{gain}",
    "difference_label": "Difference of A and B, amplified",
    "curtain_label": "Curtain between A and B",
    "curtain_value": "A on {share}% of the width",
    "seen": "{title}",
    "spot": "Result pixel {x}, {y} · photograph pixel {px}, {py}",
    "spot_hint": "Move over a picture, or pan with the arrow keys, to read a pixel's place and colour.",
    "uncalibrated": "uncalibrated",
    "calibrate": "Calibrate",
    "calibrate_title": "Draw a line over a ruler in the picture and say how long it is",
    "calibrate_set": "Set scale",
    "calibrate_cancel": "Cancel",
    "calibrate_remove": "Remove scale",
    "line_length": "Line: {length} px of the photograph. Drag its ends or use the arrow keys.",
    "millimetres": "Length in mm",
    "ruler_start": "Start of the line over the ruler; arrow keys move it",
    "ruler_end": "End of the line over the ruler; arrow keys move it",
    "scale": "{length} {unit}",
    "help_title": "Keyboard",
    "help_note": "Keys work while the comparison has the focus. Wheel and pinch zoom, a double click zooms in.",
    "close": "Close",
}
MODES = {
    "side": "Side by side",
    "curtain": "Curtain",
    "blink": "Blink",
    "lens": "Lens",
    "difference": "Difference",
}
KEYS = {
    "pan": "Pan",
    "in": "Zoom in",
    "out": "Zoom out",
    "fit": "Fit the whole crop",
    "one": "One input pixel is four screen pixels",
    "side": "Side by side",
    "curtain": "Curtain, and back",
    "blink": "Blink, and back",
    "lens": "Lens, and back",
    "difference": "Difference, and back",
    "swap": "Swap A and B",
    "smooth": "Smoothing on or off",
    "full": "Full screen",
    "help": "This list",
}
_ADDED = SYNTHETIC[0].upper() + SYNTHETIC[1:]
PANE_NOTES = {
    "original": "The crop as it came, nearest pixel",
    "bicubic": "Interpolation; no network, adds no detail",
    "esrt": "One-stage network",
    "cf-esrt-coarse": "CF-ESRT without its refinement",
    "cf-esrt": _ADDED,
    "srgan": f"{_ADDED}, adversarial",
    "cf-esrt-plus": f"{_ADDED}, another loss",
}
TITLES = {
    "original": "Original",
    "bicubic": "Bicubic",
    "esrt": "ESRT",
    "cf-esrt-coarse": "CF-ESRT coarse",
    "cf-esrt": "CF-ESRT",
}
"""A model's own title goes before these; its checkpoint may be missing."""
