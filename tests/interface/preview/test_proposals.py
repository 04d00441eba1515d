"""Boxes proposed on lesions: on what differs from the skin, and nowhere where nothing does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cf_esrt import photo
from cf_esrt.interface.preview.proposals import LEAST_SIDE, MOST_SIDE, propose

SKIN, MOLE = (205, 160, 140), (95, 60, 50)


def skin(width: int, height: int, *moles: tuple[int, int, int], colour: tuple[int, int, int] = MOLE) -> np.ndarray:
    """A photograph of skin with moles at x, y of a radius."""
    rng = np.random.default_rng(1)
    image = np.full((height, width, 3), SKIN, np.uint8)
    for x, y, radius in moles:
        cv2.circle(image, (x, y), radius, colour, -1)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 2) + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def test_a_mole_gets_a_box_around_it() -> None:
    (box,) = propose(skin(600, 450, (400, 150, 40)))
    assert box.x < 360 < 440 < box.x + box.width
    assert box.y < 110 < 190 < box.y + box.height
    assert box.width < 260


def test_several_lesions_get_several_boxes() -> None:
    boxes = propose(skin(900, 700, (200, 200, 45), (650, 500, 40)))
    assert len(boxes) == 2


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000)])
def test_in_a_large_photograph_the_box_can_be_enhanced(size: tuple[int, int]) -> None:
    width, height = size
    (box,) = propose(skin(width, height, (width // 3, height // 2, 300)))
    assert LEAST_SIDE <= box.width <= MOST_SIDE
    assert abs(box.x + box.width / 2 - width / 3) < 60


def test_a_large_pale_lesion_is_not_taken_for_skin() -> None:
    """It makes up a quarter of the photograph, whose edges are darker than its middle."""
    image = skin(600, 450, (300, 225, 140), colour=(165, 115, 95)).astype(float)
    rows, columns = np.mgrid[:450, :600]
    shade = 1 - 0.1 * (((columns - 300) / 300) ** 2 + ((rows - 225) / 225) ** 2)
    (box,) = propose((image * shade[..., None]).astype(np.uint8))
    assert abs(box.x + box.width / 2 - 300) < 60
    assert abs(box.y + box.height / 2 - 225) < 60


def test_a_reflex_beside_a_faint_lesion_is_none() -> None:
    image = skin(600, 450, (300, 225, 60), colour=(185, 130, 110))
    cv2.ellipse(image, (520, 100), (50, 70), 0, 0, 360, (245, 235, 230), -1)
    (box,) = propose(image)
    assert abs(box.x + box.width / 2 - 300) < 20


@pytest.mark.parametrize("size", [(600, 450), (64, 48), (9, 8)])
def test_bare_skin_gets_none(size: tuple[int, int]) -> None:
    assert propose(skin(*size)) == []


def test_real_lesions_are_found_where_a_person_sees_them(shared_data: Path) -> None:
    """HAM10000's lesions lie in the middle: most are found there, and what is found is seldom elsewhere."""
    files = sorted((shared_data / "ham10000" / "test").iterdir())[:25]
    around = 0
    found = 0
    for path in files:
        pixels = photo.read(path).pixels
        boxes = propose(pixels)
        found += bool(boxes)
        if boxes:
            x, y = boxes[0].x + boxes[0].width / 2, boxes[0].y + boxes[0].height / 2
            around += abs(x / pixels.shape[1] - 0.5) < 0.25 and abs(y / pixels.shape[0] - 0.5) < 0.25
    assert found >= 22
    assert around >= 0.95 * found
