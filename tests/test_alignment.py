"""Aligning two photographs of one lesion: right where they show the same, refused where they do not."""

from __future__ import annotations

import io
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cf_esrt.alignment import Alignment, AlignmentError, by_features, by_points
from cf_esrt.provenance import Box

TURNED = Alignment(1.2, math.radians(17), (-40.0, 25.0), "points")


def later(photograph: np.ndarray, how: Alignment, seed: int = 0) -> np.ndarray:
    """The same skin on another day: turned, nearer, another light, noise, a JPEG."""
    moved = how.matrix.copy()
    moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5
    size = (photograph.shape[1], photograph.shape[0])
    other = cv2.warpAffine(photograph, moved, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    noise = np.random.default_rng(seed).normal(0, 4, other.shape)
    lit = np.clip(other * np.array([1.08, 0.95, 0.9]) + 8 + noise, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(lit).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


def furthest(found: Alignment, true: Alignment, photograph: np.ndarray) -> float:
    """Pixels by which they differ in the middle of the photograph, at most."""
    height, width = photograph.shape[:2]
    at = np.array([[width * i, height * j] for i in (0.3, 0.7) for j in (0.3, 0.7)])
    places = [at @ one.matrix[:, :2].T + one.matrix[:, 2] for one in (found, true)]
    return float(np.linalg.norm(places[0] - places[1], axis=1).max())


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(path)) for path in sorted((shared_data / "isic_cc0" / "val").iterdir())[:3]]


def test_features_find_the_turn_the_scale_and_the_shift(photographs: list[np.ndarray]) -> None:
    for photograph in photographs:
        found = by_features(photograph, later(photograph, TURNED))
        assert furthest(found, TURNED, photograph) < 1
        assert found.residual is not None
        assert found.residual < 1.5
        assert found.points >= 14


def test_other_skin_is_not_aligned(photographs: list[np.ndarray]) -> None:
    for one, other in ((0, 1), (1, 2), (2, 0)):
        with pytest.raises(AlignmentError):
            by_features(photographs[one], photographs[other])
    with pytest.raises(AlignmentError):
        by_features(np.full((200, 300, 3), 180, np.uint8), photographs[0])


def test_two_points_fit_exactly_and_a_held_scale_leaves_growth(photographs: list[np.ndarray]) -> None:
    start = [(100.0, 80.0), (220.0, 160.0)]
    end = [tuple(np.array(at) @ TURNED.matrix[:, :2].T + TURNED.matrix[:, 2]) for at in start]
    found = by_points(start, end)
    assert furthest(found, TURNED, photographs[0]) < 1e-6
    assert found.residual is None
    held = by_points(start, end, scale=1.0)  # what lies further apart has grown
    assert held.scale == 1
    assert held.calibrated
    grown = math.dist(*end) - math.dist(*start)
    assert held.residual == pytest.approx(grown / 2)
    for points in (
        ([(5, 5), (5, 5)], end),
        (start, [(0, 0), (1e6, 1e6)]),
        (start, end[:1]),
        (start, [(0, math.nan)] * 2),
    ):
        with pytest.raises(AlignmentError):
            by_points(*points)  # type: ignore[arg-type]


def test_a_box_is_covered_and_brought_back_over_the_first(photographs: list[np.ndarray]) -> None:
    photograph = cv2.GaussianBlur(photographs[0], (0, 0), 2)  # so that interpolating twice costs little
    size = (photograph.shape[1], photograph.shape[0])
    moved = TURNED.matrix.copy()
    moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5
    second = cv2.warpAffine(photograph, moved, size, flags=cv2.INTER_CUBIC)
    box = Box(150, 130, 90, 70)
    place = TURNED.box(box, size)
    assert place is not None
    back = TURNED.bring(place.crop_from(second), place, box, 1)
    assert np.abs(back[3:-3, 3:-3].astype(int) - box.crop_from(photograph)[3:-3, 3:-3]).max() <= 6
    enlarged = place.crop_from(second).repeat(4, 0).repeat(4, 1)
    large = TURNED.bring(enlarged, place, box, 4)
    assert large.shape == (280, 360, 3)
    shrunk = cv2.resize(large, (90, 70), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk[3:-3, 3:-3].astype(int) - back[3:-3, 3:-3]).mean() < 1
    assert TURNED.box(Box(5000, 5000, 10, 10), size) is None


def test_a_resized_first_photograph_keeps_its_alignment() -> None:
    half = TURNED.of_resized(0.5)
    at = np.array([120.0, 90.0])
    whole = at @ TURNED.matrix[:, :2].T + TURNED.matrix[:, 2]
    np.testing.assert_allclose((at / 2) @ half.matrix[:, :2].T + half.matrix[:, 2], whole)
