"""Every English word on the page."""

from __future__ import annotations

from collections.abc import Sequence

TITLE = "CF-ESRT"
SUBTITLE = "A skin-lesion photograph at ×4, reconstructed three ways"
NOTICE = "Research demonstration. Not a medical device. Not for diagnosis or treatment. Added detail may be false."
SYNTHETIC = "dermoscopy-style detail (synthetic)"

INTAKE = {
    "photograph": "Photograph",
    "drop": "Drop a photograph here, paste it, or",
    "choose": "Choose file",
    "camera": "Camera",
    "formats": "JPEG, PNG or WebP, up to 25 MB. The file is deleted as soon as it is decoded.",
    "examples": "Examples",
    "synthetic": "synthetic",
    "example_label": "Open synthetic example",
    "camera_title": "Take a photograph",
    "capture": "Take photograph",
    "close": "Close",
    "reading": "Reading the photograph…",
}
CROP = {
    "title": "Crop",
    "empty": "Open a photograph to choose the lesion.",
    "stage": "Crop box. Arrow keys move it, Shift with arrow keys resizes it, Control makes steps of ten pixels.",
    "x": "Left",
    "y": "Top",
    "width": "Width",
    "height": "Height",
    "unit": "px",
    "whole": "Whole picture",
    "hint": "Drag the box, or focus it and use the arrow keys (Shift resizes).",
    "size": "{w} × {h} px → {w4} × {h4} px",
    "preview": "The photograph",
}
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
    "consistency": "Low-resolution consistency",
    "download": "Download",
    "download_title": "Lossless PNG; it says in its text that it is enhanced",
    "crop": "Crop of {w} × {h} px at {x}, {y}",
    "stale": "These results belong to the previous photograph.",
    "full": "Full screen",
    "viewer": "{title} result. Arrow keys pan, plus and minus zoom, 0 fits. All three viewers move together.",
}
CONSISTENCY = (
    "Low-resolution consistency: the result is shrunk back to the crop's size and compared with it (PSNR in dB; "
    "higher is closer). Necessary, not sufficient: invented texture can pass."
)
PANE_NOTES = {
    "bicubic": "Interpolation; no network, adds no detail",
    "esrt": "One-stage network",
    "cf-esrt": SYNTHETIC[0].upper() + SYNTHETIC[1:],
}
TITLES = {"bicubic": "Bicubic", "esrt": "ESRT", "cf-esrt": "CF-ESRT"}
"""Used where a model's own title cannot be read because its checkpoint is missing."""

ENHANCE = "Enhance ×4"
CANCEL = "Cancel"
READY = "Ready. Press Enhance."
FIRST = "Open a photograph or an example to begin."
WAITING = "Waiting for its turn…"
STARTING = "Loading the networks…"
DONE = "Done in {seconds:.1f} s on {device}."
CANCELLED = "Cancelled; the previous result is unchanged."
CANCELLING = "Stopping after this tile…"
BUSY = "An enhancement is already running; cancel it or wait for it."
FAILED = "The enhancement failed on our side; the previous result is unchanged."
NO_WEIGHTS = "The weights of a network are missing or damaged; the previous result is unchanged."
NO_PHOTO = "Open a photograph first."
NO_CROP = "The crop box could not be read; draw it again."
OUTSIDE = "The crop box reaches outside the photograph; move it back inside."
EXPIRED = "The photograph is no longer held here; open it again."
NOT_RECEIVED = "The photograph did not arrive; try again."
READ_FAILED = "The photograph could not be read; try another file."
REFUSED = {
    "too-big": "The file is larger than 25 MB; choose a smaller one.",
    "upload": "The photograph did not arrive; check the connection and try again.",
    "camera": "No camera could be opened; choose a file instead.",
    "nothing": "What was pasted or dropped holds no picture; try a JPEG, PNG or WebP file.",
}


def too_small(width: int, height: int, least: int) -> str:
    """The sentence for a crop with a side under ``least`` pixels."""
    return f"The crop is {width} × {height} px; each side needs at least {least} px."


def too_large(width: int, height: int, cap: int) -> str:
    """The sentence for a crop of more than ``cap`` pixels (``cap`` is a square number)."""
    side = round(cap**0.5)
    return (
        f"The crop is {width} × {height} px; at most {side} × {side} px ({cap:,} pixels) are enhanced at once, "
        "so draw a smaller box."
    )


def progress(title: str, done: int, total: int) -> str:
    """What is written beside the progress bar."""
    return f"{title}: {done} of {total} {'tile' if total == 1 else 'tiles'}"


def photo_facts(size: tuple[int, int], format: str, turned: bool, profile: str | None, dropped: Sequence[str]) -> str:
    """One line of facts on an opened photograph: size, format, and what was done to it."""
    words = [f"{size[0]} × {size[1]} px", format]
    if turned:
        words.append("turned upright")
    if profile:
        words.append(f"{profile} to sRGB")
    if dropped:
        named = ", ".join(dropped[:3]) + (f" and {len(dropped) - 3} more" if len(dropped) > 3 else "")
        words.append(f"not kept: {named}")
    return " · ".join(words)


def decibels(value: float) -> str:
    """A consistency as written under a pane."""
    return "∞ dB (equal)" if value == float("inf") else f"{value:.1f} dB"


ABOUT = "About the models, and photographs to try"
ABOUT_LEAD = (
    "Each result has four times the crop's width and height. Bicubic interpolates. ESRT and CF-ESRT are small "
    "networks trained on dermoscopy that was shrunk by bicubic interpolation; clinical photographs differ in blur, "
    "compression and lighting, so what the networks add is dermoscopy-style detail (synthetic), not evidence."
)
ABOUT_TRY = (
    (
        "ISIC archive",
        "https://www.isic-archive.com/",
        "open an image there, download it, and drop the JPEG on this page.",
    ),
    (
        "PAD-UFES-20",
        "https://data.mendeley.com/datasets/zr7vgbcyr2/1",
        "clinical smartphone photographs (CC BY 4.0); unpack and drop one of its PNG files on this page.",
    ),
)
ABOUT_PRIVACY = (
    "Photographs stay on the machine that runs this page: the file is deleted once decoded, its pixels are held in "
    "memory for this browser session only, for an hour at most, and nothing is kept on disk."
)
COLUMNS = ("Model", "Parameters", "Training data", "Weights' licence", "Checkpoint (SHA-256)")
NONE = "none"
UNTRAINED = "checkpoint not found"
