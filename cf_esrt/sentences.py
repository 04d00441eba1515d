"""Sentences: what went wrong, for the user of the command line; and capitals."""

from __future__ import annotations


class CommandError(ValueError):
    """The command cannot start; the message is one sentence."""


def sentence(error: BaseException) -> str:
    """Of any error that a command catches; the system's errors say neither a path nor a number."""
    if isinstance(error, MemoryError):
        return "There is not enough memory for this photograph; crop it or use a smaller one."
    if isinstance(error, OSError):
        return f"The file could not be written or read: {reason(error)}."
    return " ".join(str(error).split()) or f"It failed with {type(error).__name__}."


def capitalised(words: str) -> str:
    """The words with a capital in front; nothing else is changed."""
    return words[:1].upper() + words[1:]


def reason(error: OSError) -> str:
    """The system's own words, to stand after a colon."""
    return (error.strerror or "the system gave no reason").lower()
