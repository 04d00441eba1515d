"""The status line."""

from __future__ import annotations

from collections.abc import Sequence

ENHANCE = "Enhance ×4"
CANCEL = "Cancel"
READY = "Ready. Press Enhance."
FIRST = "Open a photograph or an example to begin."
WAITING = "Waiting for its turn…"
FULL = "Too many enhancements wait already; try again in a minute."
STARTING = "Loading the networks…"
DONE = "Done in {seconds:.1f} s on {device}."
CANCELLED = "Cancelled; the previous result is unchanged."
CANCELLING = "Stopping…"
BUSY = "This box is being enhanced already, or too many others wait; cancel it, or wait."
FAILED = "The enhancement failed on our side; the previous result is unchanged."
NO_WEIGHTS_API = "The weights of this model are missing or damaged on the server; choose another model."
FAILED_API = "The enhancement failed on our side; try again later."
CANCELLED_API = "The call was cancelled."
WRONG_DETAIL = "The detail setting has to be a number from 0 (faithful) to 1 (most texture)."
NO_WEIGHTS = "The weights of a network are missing or damaged; the previous result is unchanged."
KEPT = {
    CANCELLED: "Cancelled; what was finished stays.",
    FAILED: "The enhancement failed on our side; what was finished stays.",
    NO_WEIGHTS: "The weights of a network are missing or damaged; what was finished stays.",
}
"""What is said in their place where some models were done, and replaced nothing."""


def progress(title: str, left: float | None, lesion: int | None = None, waiting: int = 0) -> str:
    """What is written beside the progress bar: the network that runs, and the seconds left where they are known.
    ``lesion`` is named where there are several."""
    which = "" if lesion is None else f"Lesion {lesion}, "
    after = f" ({waiting} waiting)" if waiting else ""
    if left is None:
        return f"{which}{title}…{after}"
    time = f"about {left:.0f} s left" if left >= 1.5 else "almost done"
    return f"{which}{title}: {time}{after}"


def ahead(count: int) -> str:
    """Position in the job queue: ``count`` enhancements of all users come first."""
    return f"Waiting for its turn: {count} {'enhancement' if count == 1 else 'enhancements'} ahead."


def wrong_level(levels: Sequence[float]) -> str:
    """The sentence for a level that no mask was calibrated for."""
    return f"A mask can promise one of {', '.join(f'{level:g}' for level in levels)} grey levels."


def unknown_model(names: Sequence[str]) -> str:
    """The sentence for a model that is not there."""
    return f"There is no such model here; choose one of {', '.join(names)}."


def photo_too_large(width: int, height: int, cap: int) -> str:
    """The sentence for a photograph of more than ``cap`` pixels where nothing can be cropped."""
    return f"The photograph is {width} × {height} px; at most {cap:,} pixels are enhanced at once, so crop it first."
