"""What can be wrong with a photograph, by kind. Each message is one sentence for the user."""

from __future__ import annotations


class PhotoError(ValueError):
    """The photograph cannot be used; the message is one sentence that says why."""


class NotAnImage(PhotoError):
    """The bytes are no picture, or no decoder understands them."""


class Truncated(PhotoError):
    """The file ends before its picture does, or part of it was changed on the way."""


class TooLarge(PhotoError):
    """More bytes or more pixels than the limits admit."""


class TooSmall(PhotoError):
    """Fewer pixels than a picture needs to be enhanced."""


class Unsupported(PhotoError):
    """A picture of a kind that is not read here."""
