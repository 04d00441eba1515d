"""Opening a photograph and choosing the crop."""

from __future__ import annotations

from cf_esrt.fidelity.effective_resolution import EffectiveResolution
from cf_esrt.interface.common.strings import UPLOADS_FULL

UPLOAD = {
    "photograph": "Photograph",
    "drop": "Drop a photograph here, paste it, or",
    "choose": "Choose file",
    "change": "Change",
    "keep": "Keep this one",
    "pasted": "Pasted picture",
    "taken": "From the camera",
    "camera": "Camera",
    "formats": "JPEG, PNG, WebP, TIFF, HEIC or DICOM, up to {megabytes} MB. "
    "The file is deleted as soon as it is decoded.",
    "device": "Keep the photograph on this device: a quick version that runs in the browser and sends nothing",
    "examples": "Examples",
    "synthetic": "synthetic",
    "example_label": "Open synthetic example",
    "example_name": "Synthetic example {n}",
    "camera_title": "Take a photograph",
    "capture": "Take photograph",
    "close": "Close",
    "reading": "Reading the photograph…",
    "stays": "{name} stays open.",
}
CROP = {
    "title": "Photograph and box",
    "unfold": "Photograph and box",
    "from": "The photograph comes from",
    "exact": "Exact box and file details",
    "smaller": "Use a smaller box",
    "empty": "Open a photograph to choose the lesion.",
    "stage": "Box on the photograph. Arrow keys move it, Shift with arrow keys resizes it, Control makes steps of ten "
    "pixels. Plus, minus and 0 zoom the photograph, Alt with arrow keys moves it.",
    "x": "Left",
    "y": "Top",
    "width": "Width",
    "height": "Height",
    "unit": "px",
    "whole": "Whole picture",
    "about_crop": "How to move the box",
    "hint": "Drag the box, or select it and use the arrow keys (with Shift to resize it). Zoom with the wheel or two "
    "fingers. Drag beside the box to draw a new one; while the photograph is zoomed in, that moves it, and with Shift "
    "it draws.",
    "size": "{w} × {h} px → {w4} × {h4} px",
    "shape": "Shape of the box",
    "free": "Free",
    "square": "Square",
    "time": "Takes {time} on this machine",
    "time_live": "Takes {time} on this machine; a quick picture is shown at once",
    "time_unknown": "Time on this machine: unknown yet",
    "second": "about {n} s",
    "minute": "about {n} min",
    "under": "under 1 s",
    "large": "Already {side} px on its longer side; the networks learned from at most {high} px, "
    "so enlarging it ×4 is unlikely to help.",
    "small": "Only {side} px on its longer side; the networks learned from at least {low} px, "
    "so most of the result is guessed.",
    "over": "More than {cap} × {cap} px cannot be enhanced at once; draw a smaller box.",
    "lesions": "Lesions",
    "lesion": "Lesion {n}",
    "lesion_done": "enhanced",
    "add": "Add lesion",
    "remove": "Remove lesion {n}",
    "preview": "The photograph",
    "dropped": "Removed from the file ({n}):",
}
FROM = {
    "dermatoscope": "dermatoscope",
    "camera": "phone or camera",
    "shrunk": "already shrunk",
}
"""Where a photograph comes from, which chooses its networks."""
REFUSED = {
    "too-big": "The file is larger than what is read here; choose a smaller one.",
    "upload": "The photograph did not arrive; check the connection and try again.",
    "full": UPLOADS_FULL,
    "camera": "No camera could be opened; choose a file instead.",
    "nothing": "What was pasted or dropped holds no picture; try a JPEG, PNG, WebP, TIFF, HEIC or DICOM file.",
    "gone": "The server that held the photograph has ended, and what was open with it; open the photograph again.",
}
"""What the browser says of itself, by its word for it."""
NO_PHOTO = "Open a photograph first."
NO_CROP = "The box could not be read; draw it again."
OUTSIDE = "The box reaches outside the photograph; move it back inside."
EXPIRED = "The photograph is no longer held here; open it again."
MADE_ROOM = (
    "The photograph was dropped to make room for other people's, since it had lain unused the longest; open it again."
)
OPENING_FULL = "Too many photographs are being opened; try again in a minute."
MEMORY_FULL = "Too many photographs are being enhanced, which leaves no memory for another one; try again in a minute."
RESUMED = "The page was reloaded; photograph and results are still here."
PARTLY_RESUMED = (
    "The page was reloaded; the photograph and what was finished are still here. Press Enhance for the rest."
)
PHOTO_RESUMED = "The page was reloaded; the photograph is still here. Press Enhance."
GONE = "What was open before the page was reloaded is no longer held here; open the photograph again."
READ_FAILED = "The photograph could not be read; try another file."


def suggestion(source: str | None, reason: str) -> str:
    """Why one of the choices is made already, or why none is."""
    if source is None:
        return f"From a camera ({reason}). We cannot tell which; the networks are the same."
    return f"“{FROM[source].capitalize()}” is chosen for you: {reason}."


SHARP = 1.6
"""Pixels up to which the estimate cannot tell a photograph from one that is sharp to its pixels."""
HIDDEN = {
    "noise": "How sharp it is cannot be told: noise hides its finest detail ({low:.1f} to {high:.1f} pixels).",
    "blocks": "How sharp it is cannot be told: JPEG blocks hide its finest detail ({low:.1f} to {high:.1f} pixels).",
}
"""Where only an interval can be said."""
SHRUNK = "Opened at the size that it is sharp at. Press Enhance."


def resolution(found: EffectiveResolution) -> str:
    """How much detail a photograph holds."""
    low, high = found.interval
    if found.hidden_by is not None:
        return HIDDEN[found.hidden_by].format(low=low, high=high)
    if found.pixels <= SHARP:
        return "Sharp down to about single pixels."
    return (
        f"Sharp to about {found.pixels:.1f} pixels ({low:.1f} to {high:.1f}): it holds no more detail than at "
        f"{100 * found.share:.0f}% of this size."
    )


def shrink(found: EffectiveResolution | None) -> str | None:
    """The button that offers the size at which a photograph is sharp; None where that is its own, or cannot be told."""
    return None if found is None or found.hidden_by or found.pixels <= SHARP else f"Enhance at {100 * found.share:.0f}%"


def too_small(width: int, height: int, least: int) -> str:
    """The sentence for a box with a side under ``least`` pixels."""
    return f"The box is {width} × {height} px; each side needs at least {least} px."


def too_large(width: int, height: int, cap: int) -> str:
    """The sentence for a box of more than ``cap`` pixels (``cap`` is a square number)."""
    side = round(cap**0.5)
    return (
        f"The box is {width} × {height} px; at most {side} × {side} px ({cap:,} pixels) are enhanced at once, "
        "so draw a smaller box."
    )


def photo_summary(size: tuple[int, int], format: str, turned: bool, profile: str | None) -> str:
    """One line on an opened photograph: size, format, and what was done to it."""
    words = [f"{size[0]} × {size[1]} px", format]
    if turned:
        words.append("turned upright")
    if profile:
        words.append(f"{profile} to sRGB")
    return " · ".join(words)
