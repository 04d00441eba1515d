"""A number with its noun: right for one and for many."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Such as "1 rater" or "3 raters"; of nouns that take an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
