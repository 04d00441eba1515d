"""What an error map promises, as losses of photographs whose truth is known, and whether it was kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cf_esrt.fidelity.trust.calibrated import Promise
from cf_esrt.fidelity.trust.control import LEAST_AREA, Loss, largest_loss, share_loss
from cf_esrt.fidelity.trust.scores import LOCAL, BlockScore
from training.analyses.trust_measurements import Measured

DELTA, SHARE = 0.1, 0.05
STRUCTURES: dict[Promise, tuple[int, int]] = {"lines": (0, 1), "dots": (2, 3)}
"""Where `Measured.structures` has what is drawn, and what of it is false."""
Score = Callable[[Measured, int], np.ndarray]
"""Of a photograph at a setting: rows × columns."""


def with_head(head: BlockScore) -> Score:
    places = [LOCAL.index(name) for name in head.local]
    return lambda one, setting: head(one.local[setting][places], one.whole)


def loss_of(promise: Promise, level: float, one: Measured, setting: int, scores: np.ndarray) -> Loss:
    """Of one photograph (see `cf_esrt.fidelity.trust.control`)."""
    flat, errors = scores.ravel(), one.errors[setting].ravel()
    if promise == "largest":
        return largest_loss(flat, errors)
    if promise in STRUCTURES:
        drawn, false = (one.structures[setting][kind].ravel() for kind in STRUCTURES[promise])
        return share_loss(flat, false, drawn, level / 100)
    return share_loss(flat, errors > level, None, SHARE)


def area_losses(
    sets: Sequence[Sequence[Measured]], setting: int, score: Score, level: float
) -> list[list[tuple[Loss, np.ndarray]]]:
    """Of each photograph of each set, its loss under the promise ``area`` and its blocks' scores in order."""
    found = []
    for own in sets:
        scores = [score(one, setting) for one in own]
        losses = [loss_of("area", level, one, setting, each) for one, each in zip(own, scores, strict=True)]
        found.append([(loss, np.sort(each.ravel())) for loss, each in zip(losses, scores, strict=True)])
    return found


def unveiled(several: Sequence[Measured], setting: int, score: Score, at: float) -> np.ndarray:
    """Of each photograph, the share of its area below the threshold; 0 where that is too little for a promise."""
    shares = np.array([float((score(one, setting) < at).mean()) for one in several])
    return np.where(shares < LEAST_AREA, 0.0, shares)


def kept(
    several: Sequence[Measured], setting: int, score: Score, at: float, promise: Promise, level: float
) -> np.ndarray:
    """Of each photograph, whether the promise is kept with that threshold; for ``largest`` the largest error itself."""
    found = []
    for one in several:
        scores = score(one, setting)
        seen = scores < at
        if seen.mean() < LEAST_AREA:
            found.append(0.0 if promise == "largest" else 1.0)
        elif promise == "largest":
            found.append(float(one.errors[setting][seen].max()))
        elif promise in STRUCTURES:
            drawn, false = (float(one.structures[setting][kind][seen].sum()) for kind in STRUCTURES[promise])
            found.append(float(false <= level / 100 * drawn))
        else:
            found.append(float((one.errors[setting][seen] > level).mean() <= SHARE))
    return np.array(found)
