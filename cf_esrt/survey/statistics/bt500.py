"""The screening of observers in ITU-R BT.500-15: who is too often far from the others, on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cf_esrt.survey.statistics.ratings import Votes

SHARE = 0.05
BALANCE = 0.3


@dataclass(frozen=True)
class Bt500:
    """One rater by BT.500's count."""

    rater: str
    above: int
    """P: votes at or above the stimulus's mean + 2σ, or + √20·σ where its votes are not about normal"""
    below: int
    """Q: the same below"""
    votes: int
    rejected: bool
    """(P + Q)/N > 0.05 and |P − Q|/(P + Q) < 0.3: often far off, and not merely to one side, which is bias"""


def bt500(votes: Votes, ddof: int = 1) -> list[Bt500]:
    """One a rater. Applied once, as the Recommendation asks: not again on those who are left.

    ``ddof`` 1 is the Recommendation's σ; the package sureal takes 0. Replicates count as further votes on the stimulus.
    """
    scores = votes.stimuli
    present = np.isfinite(scores)
    count = np.maximum(1, present.sum((0, 2)))
    mean = np.where(present, scores, 0.0).sum((0, 2)) / count
    apart = np.where(present, scores - mean[:, None], 0.0)
    squares, fourth = (apart**2).sum((0, 2)), (apart**4).sum((0, 2))
    varied = squares > 1e-12  # all votes equal: nobody is far from the others
    kurtosis = count * fourth / np.where(varied, squares, 1.0) ** 2
    factor = np.where((kurtosis >= 2) & (kurtosis <= 4), 2.0, 20**0.5)
    far = np.where(varied, factor * np.sqrt(squares / np.maximum(1, count - ddof)), np.inf)[:, None]
    above, below = (apart >= far).sum((1, 2)), (apart <= -far).sum((1, 2))
    counts = present.sum((1, 2))
    found = []
    for rater, p, q, count in zip(votes.raters, above.tolist(), below.tolist(), counts.tolist(), strict=True):
        outside = p + q
        rejected = outside > SHARE * count and abs(p - q) < BALANCE * outside
        found.append(Bt500(rater, p, q, count, rejected))
    return found
