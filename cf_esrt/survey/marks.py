"""What an organiser should look at in a rater's votes while they come in. A mark is no verdict: screening is."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

FEWEST = 5
"""Votes, or gold votes, from which on a mark is set."""
HASTE = 1.5
"""Times the least viewing time (a second at least), below which the median vote is hasty."""


def marks(
    answers: Sequence[Sequence[object]], waited: Sequence[float], gold: tuple[int, int], minimum_seconds: float
) -> list[str]:
    """Short words, one a mark.

    Args:
        answers: to the test items, question by question.
        waited: seconds of every vote by the server's clock.
        gold: how many were met, and how many there were.
        minimum_seconds: the protocol's least viewing time.
    """
    found = []
    found += [f"always {own[0]}" for own in answers if len(own) >= FEWEST and len(set(own)) == 1]
    met, asked = gold
    if asked >= FEWEST and 2 * met < asked:
        found.append(f"{met} of {asked} gold items met")
    if len(waited) >= FEWEST and median(waited) < HASTE * max(1.0, minimum_seconds):
        found.append(f"hasty: {median(waited):.1f} s a vote")
    return found
