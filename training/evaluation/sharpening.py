"""Plain sharpening beside which added detail is judged: a faithful picture under unsharp masks.

A stronger mask shows more dots and lines, and more of them false: a curve of precision over recall that costs no
training. What a network draws is worth its name where it lies above that curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from training.evaluation.bootstrap import LEVEL, Interval, Scores, resampled_means

SIGMAS = (1.0, 1.5, 2.5)
"""Pixels of the result."""
AMOUNTS = (0.25, 0.5, 1.0, 2.0, 3.0)
RESAMPLES = 2_000
STRUCTURES = ("dot", "line")


@dataclass(frozen=True)
class Mask:
    """picture + amount · (picture − its Gaussian), clipped to 8 bits."""

    sigma: float
    amount: float

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """RGB uint8 H×W×3 → the same."""
        values = picture.astype(np.float32)
        soft = cv2.GaussianBlur(values, (0, 0), self.sigma, borderType=cv2.BORDER_REFLECT_101)
        return np.clip(np.rint(values + np.float32(self.amount) * (values - soft)), 0, 255).astype(np.uint8)

    def __str__(self) -> str:
        return f"σ {self.sigma:g} × {self.amount:g}"


MASKS = tuple(Mask(sigma, amount) for sigma in SIGMAS for amount in AMOUNTS)


_SIGN = " + unsharp "


def masked_label(base: str, mask: Mask) -> str:
    return f"{base}{_SIGN}{mask}"


def is_masked(label: str) -> bool:
    return _SIGN in label


def plain_rows(labels: Iterable[str]) -> list[str]:
    """The labels without those of masks."""
    return [label for label in labels if not is_masked(label)]


def masked_rows(labels: Iterable[str]) -> dict[str, list[str]]:
    """The label of a picture → those of its masks."""
    found: dict[str, list[str]] = {}
    for label in labels:
        if is_masked(label):
            found.setdefault(label.partition(_SIGN)[0], []).append(label)
    return found


@dataclass(frozen=True)
class Control:
    """What a method has beyond sharpening: its precision less the curve's at its recall."""

    beyond: Interval
    finds: Literal["fewer", "as many", "more"]
    """Beside the curve: fewer than the picture without a mask, which then stands for it, or more than the strongest
    mask, which does."""


def control(scores: Mapping[str, Scores], label: str, faithful: str, masks: Sequence[str], what: str) -> Control:
    """``faithful`` and ``masks``: rows of the picture and of its masks, ``what`` a structure of `STRUCTURES`.

    Both axes are beyond chance. For each σ the masks, from none to the strongest, are joined by lines; the curve is the
    highest of them. A method that finds less than the picture without a mask is judged beside that. The interval is a
    paired bootstrap over photographs.
    """
    rows = [label, faithful, *masks]
    columns = [scores[row][f"{what}_{name}"] for row in rows for name in ("recall", "precision")]
    values = np.array(columns, float).T
    drawn = np.concatenate([values.mean(0)[None], resampled_means(values, RESAMPLES)]).reshape(-1, len(rows), 2)
    curves = [[1, *part] for part in _by_sigma(masks)]
    gains = _gains(drawn, curves)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(gains[1:], [tail, 100 - tail]) if len(values) > 1 else (np.nan, np.nan)
    recall, of_curve = drawn[0, 0, 0], drawn[0, 1:, 0]
    finds = "fewer" if recall < of_curve.min() else "more" if recall > of_curve.max() else "as many"
    return Control(Interval(float(gains[0]), float(low), float(high)), finds)


def _by_sigma(masks: Sequence[str]) -> list[list[int]]:
    """Places in the rows of each σ's masks, which are written ``… σ S × A``."""
    found: dict[str, list[int]] = {}
    for place, label in enumerate(masks, 2):
        found.setdefault(label.rpartition(" × ")[0], []).append(place)
    return list(found.values())


def _gains(drawn: np.ndarray, curves: Sequence[Sequence[int]]) -> np.ndarray:
    """Of each draw. ``drawn``: draws × rows × (recall, precision), the method's row first."""
    recall, precision = drawn[:, :1, 0], drawn[:, 0, 1]
    heights = [_height(recall, drawn[:, list(curve)]) for curve in curves]
    highest = np.max(heights, axis=0)
    strongest = np.min([drawn[:, curve[-1], 1] for curve in curves], axis=0)
    return precision - np.where(np.isneginf(highest), strongest, highest)


def _height(recall: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Of the line through a draw's points (draws × points × 2) at its recall (draws × 1); −∞ right of them."""
    order = np.argsort(points[..., 0], axis=1, kind="stable")
    x, y = (np.take_along_axis(points[..., axis], order, 1) for axis in (0, 1))
    place = (x <= recall).sum(1, keepdims=True)  # of the next point to the right
    left, right = (np.clip(one, 0, x.shape[1] - 1) for one in (place - 1, place))
    (x0, y0), (x1, y1) = ([np.take_along_axis(one, at, 1) for one in (x, y)] for at in (left, right))
    slope = np.divide(y1 - y0, x1 - x0, out=np.zeros_like(y0), where=x1 > x0)
    return np.where(recall <= x[:, -1:], y0 + slope * (recall - x0), -np.inf)[:, 0]
