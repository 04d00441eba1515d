"""The sharpening control: masks do what they say, and the curve is read at the model's recall."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.helpers import picture
from training.evaluation.bootstrap import Scores
from training.evaluation.sharpening import MASKS, Mask, control, masked_label, masked_rows, plain_rows


def test_a_mask_raises_contrast_and_leaves_flat_pictures() -> None:
    flat = np.full((32, 32, 3), 120, np.uint8)
    np.testing.assert_array_equal(Mask(1.5, 2)(flat), flat)
    noisy = picture(48, 40)
    weak, strong = (Mask(1.5, amount)(noisy).astype(float).std() for amount in (0.5, 1.0))
    assert noisy.std() < weak < strong
    assert str(Mask(1.5, 0.5)) == "σ 1.5 × 0.5"


def test_masks_are_rows_of_the_picture_below() -> None:
    labels = ["bicubic", "esrt", masked_label("esrt", MASKS[0]), masked_label("esrt", MASKS[1])]
    assert plain_rows(labels) == labels[:2]
    assert masked_rows(labels) == {"esrt": labels[2:]}


def scores(*points: tuple[float, float], spread: float = 0.0) -> dict[str, Scores]:
    """Rows ``model``, ``esrt`` and masks of one σ, at (recall, precision) each."""
    labels = ["model", "esrt", *(masked_label("esrt", mask) for mask in MASKS[: len(points) - 2])]
    return {
        label: {"dot_recall": [r - spread, r + spread], "dot_precision": [p + spread, p - spread]}
        for label, (r, p) in zip(labels, points, strict=True)
    }


@pytest.mark.parametrize(
    ("model", "beyond", "finds"),
    [
        ((0.45, 0.80), 0.05, "as many"),
        ((0.45, 0.70), -0.05, "as many"),
        ((0.40, 0.80), 0.0, "as many"),
        ((0.20, 0.95), 0.05, "fewer"),
        ((0.60, 0.70), 0.0, "more"),
    ],
)
def test_precision_is_compared_at_the_models_recall(model: tuple[float, float], beyond: float, finds: str) -> None:
    """The curve runs from (0.3, 0.9) over (0.4, 0.8) to (0.5, 0.7)."""
    rows = scores(model, (0.3, 0.9), (0.4, 0.8), (0.5, 0.7))
    found = control(rows, "model", "esrt", list(rows)[2:], "dot")
    assert found.beyond.value == pytest.approx(beyond)
    assert (found.beyond.low, found.beyond.high) == pytest.approx((beyond, beyond))
    assert found.finds == finds


def test_the_highest_curve_counts_and_photographs_give_the_interval() -> None:
    rows = scores((0.4, 0.80), (0.3, 0.9), (0.5, 0.7), spread=0.02)
    better = masked_label("esrt", Mask(2.5, 1))
    rows[better] = {"dot_recall": [0.5, 0.5], "dot_precision": [0.8, 0.8]}
    found = control(rows, "model", "esrt", list(rows)[2:], "dot").beyond
    assert found.value == pytest.approx(0.80 - 0.85)
    assert found.low < found.value < found.high
