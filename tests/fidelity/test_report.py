"""The report gathers what the parts say."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cf_esrt.fidelity import (
    added_levels,
    assess,
    colour_difference,
    low_resolution_consistency,
    notices,
)


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(11)
    result, bicubic = random.integers(0, 256, (2, 48, 64, 3), dtype=np.uint8)
    return result, random.integers(0, 256, (12, 16, 3), dtype=np.uint8), bicubic


def test_each_part_is_its_modules_own(pictures: tuple[np.ndarray, np.ndarray, np.ndarray]):
    result, original, bicubic = pictures
    report = assess(result, original, bicubic)
    assert report.consistency == low_resolution_consistency(result, original)
    assert report.colour == colour_difference(result, original)
    assert report.added == added_levels(result, bicubic)
    assert report.notices == notices(original)
    assert report.notices  # 12×16 pixels of noise: too small, at least


def test_known_notices_are_not_measured_again(
    pictures: tuple[np.ndarray, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
):
    measured = notices(pictures[1])
    monkeypatch.setattr("cf_esrt.fidelity.report.notices", lambda image: pytest.fail("measured again"))
    assert assess(*pictures, known=measured).notices is measured
    assert assess(*pictures, known=()).notices == ()


def test_json_holds_numbers_and_sentences_alone(pictures: tuple[np.ndarray, np.ndarray, np.ndarray]):
    report = assess(*pictures)
    read = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert read["consistency_db"] == report.consistency
    assert read["ciede2000"]["percentile95"] == report.colour.percentile95
    assert read["beyond_bicubic"]["maximum"] == report.added.maximum
    assert [notice["sentence"] for notice in read["notices"]] == [notice.sentence for notice in report.notices]
    assert set(read["notices"][0]) == {"property", "side", "value", "range", "sentence"}


def test_perfect_agreement_is_still_json():
    flat = np.full((64, 64, 3), (190, 140, 120), np.uint8)
    report = assess(flat, flat[:16, :16], flat)
    assert report.consistency == math.inf
    assert (report.colour.maximum, report.added.maximum) == (0, 0)
    assert json.loads(json.dumps(report.as_json(), allow_nan=False))["consistency_db"] is None


def test_sizes_that_do_not_match(pictures: tuple[np.ndarray, np.ndarray, np.ndarray]):
    result, original, bicubic = pictures
    with pytest.raises(ValueError, match="not 4 times"):
        assess(result[:44], original, bicubic[:44])
    with pytest.raises(ValueError, match="one size"):
        assess(result, original, bicubic[:44])
