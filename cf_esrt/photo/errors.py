"""What can be wrong with a photograph, by kind. Each message is one sentence for the user."""

from __future__ import annotations


class PhotoError(ValueError):
    """The photograph cannot be used; the message is one sentence that says why."""


class NotAnImage(PhotoError):
    """The bytes are no picture, or no decoder understands them."""


class Truncated(PhotoError):
    """The file ends before its picture does, or part of it was changed on the way."""


class TooLarge(PhotoError):
    """More bytes or more pixels than the limits admit, or more than fits into memory."""


class TooSmall(PhotoError):
    """Fewer pixels than a picture needs to be enhanced."""


class TooSlow(PhotoError):
    """Decoding took longer than the limits admit and was ended."""


class Unsupported(PhotoError):
    """A picture of a kind that is not read here."""


KINDS: dict[str, type[PhotoError]] = {
    kind.__name__: kind for kind in (PhotoError, NotAnImage, Truncated, TooLarge, TooSmall, TooSlow, Unsupported)
}
"""By name: how an error crosses from the decoder's process to ours."""


def cut_short(kind: str) -> Truncated:
    """The file ends too early."""
    return Truncated(f"The {kind} file is cut short: its end is missing.")


def damaged(kind: str) -> Truncated:
    """The file's parts contradict each other."""
    return Truncated(f"The {kind} file is damaged: its parts do not add up.")


def undecodable(kind: str) -> NotAnImage:
    """The decoder gave up."""
    return NotAnImage(f"The picture in the {kind} file could not be decoded; it may be damaged or of a rare kind.")


def bad_header(kind: str) -> NotAnImage:
    """The header makes no sense."""
    return NotAnImage(f"The header of the {kind} file could not be understood; the file may be damaged.")


def overlong(kind: str) -> Unsupported:
    """Small parts without end are a known way to keep a parser busy."""
    return Unsupported(f"The {kind} file consists of more parts than a photograph needs and is not read.")


def hdr() -> Unsupported:
    """PQ and HLG."""
    return Unsupported("High-dynamic-range pictures are unsupported; please export the photograph as JPEG.")
