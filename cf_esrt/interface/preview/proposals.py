"""Boxes proposed on the lesions of a photograph, found by colour and contrast.

No network and no training: skin is the colour that most of the photograph has, a lesion a compact region that differs
from it. Where none stands out, none is proposed, and the person draws the box.
"""

from __future__ import annotations

import cv2
import numpy as np

from cf_esrt.provenance import Box

SIDE = 320
"""Longest side in pixels at which the photograph is looked at."""
SMALLEST, LARGEST = 0.0008, 0.45
"""Share of the photograph that a lesion takes."""
CONTRAST = 9.0
"""Mean distance from the skin's colour in CIE L*a*b* that a lesion has at least."""
SOLIDITY = 0.72
"""Share of its convex hull that a lesion fills at least: hairs, rulers and folds fill less."""
LEAST_PHOTOGRAPH = 64
"""Shorter side in pixels of a photograph that is worth looking at: smaller ones are offered whole."""
MARGIN = 0.25
"""Of the lesion's size, left around it on each side."""
LEAST_SIDE, MOST_SIDE = 144, 256
"""Of a proposed box, in pixels of the photograph: large lesions get a box on their middle, no larger than what the
networks learned from."""
MOST = 3
"""Boxes proposed at once."""
SECOND = 0.3
"""How conspicuous a further lesion is at least, in shares of the first."""
UNRELIABLE = 4.0
"""A lesion stands out from the skin's own unevenness (the median distance) at least so many times. Of 50 photographs
of HAM10000/test the first box holds the lesion's middle in 45, and 5 get none; ``python -m tests.benchmarks.proposals``
counts."""
ROUNDS, LEAST_SKIN = 2, 0.15
"""How often the skin's colour is found anew without what stands out from it, as long as that share is left."""
PEN, BRIGHT = -18.0, 3.0
"""Steps of b* and L* from the skin: what is bluer is a surgeon's pen, what is brighter and not redder a reflex."""


def propose(photo: np.ndarray) -> list[Box]:
    """Boxes on the lesions of an RGB uint8 ``H×W×3`` photograph, the most conspicuous first; none where none is
    found."""
    height, width = photo.shape[:2]
    if min(height, width) < LEAST_PHOTOGRAPH:
        return []
    scale = min(1.0, SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    regions = sorted(_regions(small), reverse=True)[:MOST]
    regions = [one for one in regions if one[0] >= SECOND * regions[0][0]]
    boxes = [_box(region, (width / size[0], height / size[1]), width, height) for _, region in regions]
    return [box for place, box in enumerate(boxes) if not any(_overlap(box, one) for one in boxes[:place])]


def _regions(small: np.ndarray) -> list[tuple[float, tuple[int, int, int, int]]]:
    """How conspicuous each region is, and its left, top, width and height."""
    inside = _field(small)
    if inside.mean() < 0.2:
        return []
    lab = _without_hair(small)
    step = _from_skin(lab, inside)
    for _ in range(ROUNDS):  # a large lesion would be taken for skin, and make the skin look uneven
        around = inside & (cv2.dilate(_standing_out(step, inside), np.ones((9, 9), np.uint8)) == 0)
        if around.mean() < LEAST_SKIN:
            break
        step = _from_skin(lab, around)
    distance, mask = _distance(step), _standing_out(step, inside)
    rest = inside & (mask == 0)
    unevenness = float(np.median(distance[rest])) if rest.any() else 0.0
    least = max(CONTRAST, UNRELIABLE * unevenness) + _noise(small)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc), cv2.MORPH_CLOSE, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    height, width = mask.shape
    found = []
    for label in range(1, count):
        left, top, wide, tall, area = (int(value) for value in stats[label])
        region = labels == label
        contrast = float(distance[region].mean())
        if not SMALLEST <= area / mask.size <= LARGEST or contrast < least or min(wide, tall) < 4:
            continue
        lighter, redder = float(step[region][:, 0].mean()), float(step[region][:, 1].mean())
        if lighter > BRIGHT and redder < BRIGHT:
            continue
        outlines, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        hull = cv2.contourArea(cv2.convexHull(max(outlines, key=cv2.contourArea)))
        edges = (left <= 1) + (top <= 1) + (left + wide >= width - 1) + (top + tall >= height - 1)
        if area < SOLIDITY * hull or edges >= 2:
            continue
        from_middle = float(np.hypot((left + wide / 2) / width - 0.5, (top + tall / 2) / height - 0.5))
        if edges and from_middle > 0.3:  # clothes, another finger, the picture's own border
            continue
        found.append((contrast * np.sqrt(area) * (1 - from_middle) ** 2 / (1 + 2 * edges), (left, top, wide, tall)))
    return found


def _without_hair(small: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, where hairs and single pixels are smoothed away."""
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    return cv2.cvtColor(cv2.GaussianBlur(closed, (0, 0), 2).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def _from_skin(lab: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Each pixel's step from the skin, whose colour is that of most of the pixels of ``around``."""
    side = max(lab.shape[:2])
    skin = np.median(lab[around], axis=0) if around.any() else np.zeros(3)
    # light falls off over a photograph: a plane through the skin's lightness
    rows, columns = np.mgrid[: lab.shape[0], : lab.shape[1]]
    near = around & (np.abs(lab - skin).sum(axis=2) < 25)
    flat = np.stack([columns[near] / side, rows[near] / side, np.ones(near.sum())], axis=1)
    if len(flat) > 50:
        plane, *_ = np.linalg.lstsq(flat, lab[near], rcond=None)
        everywhere = np.stack([columns / side, rows / side, np.ones(lab.shape[:2])], axis=2)
        skin = everywhere @ plane
    return lab - skin


def _distance(step: np.ndarray) -> np.ndarray:
    """Of a step, how much of a lesion there is in it: what is only brighter or paler than the skin has none."""
    darker, redder = np.minimum(step[..., 0], 0), np.maximum(step[..., 1], 0)
    return np.sqrt(darker**2 + (1.5 * redder) ** 2 + step[..., 2] ** 2)


def _standing_out(step: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """1 where a pixel is farther from the skin than Otsu's threshold, else 0; never where a pen has drawn."""
    distance, looked = _distance(step), inside & (step[..., 2] > PEN)
    if not looked.any():
        return np.zeros(inside.shape, np.uint8)
    values = distance[looked].clip(0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(values[None], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return ((distance > max(threshold, CONTRAST * 0.6)) & looked).astype(np.uint8)


def _noise(small: np.ndarray) -> float:
    """Median step of a pixel from those around it, in levels of lightness out of 100: noise can look like a region."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.median(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 2)))) / 2.55


def _field(small: np.ndarray) -> np.ndarray:
    """Where there is a picture: without the dark surroundings of a dermatoscope's round field."""
    dark = (small.max(axis=2) < 45).astype(np.uint8)
    _, labels = cv2.connectedComponents(dark)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    outside = np.isin(labels, border[border > 0]).astype(np.uint8)
    return cv2.dilate(outside, np.ones((9, 9), np.uint8)) == 0


def _box(region: tuple[int, int, int, int], scale: tuple[float, float], width: int, height: int) -> Box:
    """The region with a margin, in pixels of the photograph."""
    middles, sides = [], []
    for axis, whole in enumerate((width, height)):
        start, length = region[axis] * scale[axis], region[axis + 2] * scale[axis]
        side = min(whole, max(LEAST_SIDE, min(MOST_SIDE, length * (1 + 2 * MARGIN))))
        middles.append(start + length / 2)
        sides.append(round(side))
    x, y = (round(min(max(0, middle - side / 2), whole - side))
            for middle, side, whole in zip(middles, sides, (width, height), strict=True))  # fmt: skip
    return Box(x, y, *sides)


def _overlap(a: Box, b: Box) -> bool:
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    tall = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return wide > 0 and tall > 0
