"""Every English word on the page."""

from __future__ import annotations

TITLE = "CF-ESRT"
SUBTITLE = "A skin-lesion photograph at ×4, reconstructed three ways"
NOTICE = "Research demonstration. Not a medical device. Not for diagnosis or treatment. Added detail may be false."
SYNTHETIC = "dermoscopy-style detail (synthetic)"

INTAKE = {
    "photograph": "Photograph",
    "drop": "Drop a photograph here, paste it, or",
    "choose": "Choose file",
    "camera": "Camera",
    "formats": "JPEG, PNG, WebP, TIFF, HEIC or DICOM, up to {megabytes} MB. "
    "The file is deleted as soon as it is decoded.",
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
    "shape": "Shape of the box",
    "free": "Free",
    "square": "Square",
    "time": "Takes {time} on this machine",
    "time_unknown": "Time on this machine: unknown yet",
    "second": "about {n} s",
    "minute": "about {n} min",
    "under": "under 1 s",
    "large": "Already {side} px on its longer side; the networks learned from at most {high} px, "
    "so ×4 is unlikely to help.",
    "small": "Only {side} px on its longer side; the networks learned from at least {low} px, "
    "so most of the result is guessed.",
    "over": "More than {cap} × {cap} px cannot be enhanced at once; draw a smaller box.",
    "lesions": "Lesions",
    "lesion": "Lesion {n}",
    "lesion_done": "enhanced",
    "add": "Add lesion",
    "remove": "Remove lesion {n}",
    "preview": "The photograph",
    "receipt": "Not kept from the file: {n}",
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
    "consistency": "Consistency",
    "shift": "Colour",
    "layers": "Shown",
    "notices": "Outside what the networks learned",
    "download": "Download",
    "download_title": "Lossless PNG; it says in its text that it is enhanced",
    "crop": "Crop of {w} × {h} px at {x}, {y}",
    "stale": "These results belong to the previous photograph.",
    "full": "Full screen",
    "original_title": "Lossless PNG of the crop, as it came",
    "viewer": "{title}. Arrow keys pan, plus and minus zoom, 0 fits, ? lists all keys. All panes move together.",
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
LAYERS = {
    "result": "Result",
    "added": "Added detail",
    "residual": "Residual",
    "colour": "Colour shift",
}
EXPLAINED = {
    "added": "Added detail: the more cyan, the further the result goes beyond bicubic interpolation there; this is "
    "where a network drew what the photograph did not hold.",
    "residual": "Residual: the result shrunk back to the crop's size, minus the crop; mid-grey means that they agree.",
    "colour": "Colour shift: CIEDE2000 between the result shrunk back and the crop; 0 is no difference.",
}
"""One sentence for each map."""
UNITS = {"levels of 255": "levels", "CIEDE2000": "ΔE₀₀"}
CONSISTENCY = (
    "Low-resolution consistency: the result is shrunk back to the crop's size and compared with it (PSNR in dB; "
    "higher is closer). Necessary, not sufficient: invented texture can pass."
)
PANE_NOTES = {
    "original": "The crop as it came, nearest pixel",
    "bicubic": "Interpolation; no network, adds no detail",
    "esrt": "One-stage network",
    "cf-esrt-coarse": "CF-ESRT without its refinement",
    "cf-esrt": SYNTHETIC[0].upper() + SYNTHETIC[1:],
}
TITLES = {
    "original": "Original",
    "bicubic": "Bicubic",
    "esrt": "ESRT",
    "cf-esrt-coarse": "CF-ESRT coarse",
    "cf-esrt": "CF-ESRT",
}
"""A model's own title goes before these; its checkpoint may be missing."""

ENHANCE = "Enhance ×4"
CANCEL = "Cancel"
READY = "Ready. Press Enhance."
FIRST = "Open a photograph or an example to begin."
WAITING = "Waiting for its turn…"
STARTING = "Loading the networks…"
DONE = "Done in {seconds:.1f} s on {device}."
CANCELLED = "Cancelled; the previous result is unchanged."
CANCELLING = "Stopping after this tile…"
BUSY = "This crop is being enhanced already, or too many wait; cancel or wait."
FAILED = "The enhancement failed on our side; the previous result is unchanged."
NO_WEIGHTS = "The weights of a network are missing or damaged; the previous result is unchanged."
NO_PHOTO = "Open a photograph first."
NO_CROP = "The crop box could not be read; draw it again."
OUTSIDE = "The crop box reaches outside the photograph; move it back inside."
EXPIRED = "The photograph is no longer held here; open it again."
NOT_RECEIVED = "The photograph did not arrive; try again."
READ_FAILED = "The photograph could not be read; try another file."
REFUSED = {
    "too-big": "The file is larger than what is read here; choose a smaller one.",
    "upload": "The photograph did not arrive; check the connection and try again.",
    "camera": "No camera could be opened; choose a file instead.",
    "nothing": "What was pasted or dropped holds no picture; try a JPEG, PNG, WebP, TIFF, HEIC or DICOM file.",
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


def progress(title: str, done: int, total: int, lesion: int | None = None, waiting: int = 0) -> str:
    """What is written beside the progress bar; ``lesion`` is named where there are several."""
    which = "" if lesion is None else f"Lesion {lesion}, "
    after = f" ({waiting} waiting)" if waiting else ""
    return f"{which}{title}: {done} of {total} {'tile' if total == 1 else 'tiles'}{after}"


def photo_facts(size: tuple[int, int], format: str, turned: bool, profile: str | None) -> str:
    """One line of facts on an opened photograph: size, format, and what was done to it."""
    words = [f"{size[0]} × {size[1]} px", format]
    if turned:
        words.append("turned upright")
    if profile:
        words.append(f"{profile} to sRGB")
    return " · ".join(words)


def colour_shift(mean: float, percentile: float) -> str:
    """A colour difference as written under a pane."""
    return f"ΔE₀₀ {mean:.1f}, 95% ≤ {percentile:.1f}"


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
