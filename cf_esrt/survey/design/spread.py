"""Gold items spread among the others."""

from __future__ import annotations

from collections.abc import Sequence

Stimulus = tuple[str, str]
"""Image, method."""

_NEAR = 8
"""Gaps around the middle of its part that a gold item may move to, to stay away from the same picture's test item."""
_APART = 3
"""Items between a gold item and the same stimulus as a test item, where that can be had."""


def spread(tested: Sequence[Stimulus], gold: Sequence[Stimulus]) -> dict[int, int] | None:
    """Gap (that before the test item of this place) → index in ``gold``: the pass in equal parts, a gold item in the
    middle of each, or as near as pictures allow. None where one finds no gap.
    """
    gaps: dict[int, int] = {}
    for number, (image, method) in enumerate(gold):
        middle = (2 * number + 1) * len(tested) // (2 * len(gold))
        free = [
            gap
            for gap in sorted(range(1, len(tested)), key=lambda gap: (abs(gap - middle), gap))
            if gap not in gaps and image not in (tested[gap - 1][0], tested[gap][0])
        ]
        if not free:
            return None
        same = [place for place, other in enumerate(tested) if other == (image, method)]
        apart = [gap for gap in free[:_NEAR] if all(abs(gap - place) > _APART for place in same)]
        gaps[(apart or free)[0]] = number
    return gaps
