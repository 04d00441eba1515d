"""Notices: shown where a value is out of range, none inside; the committed thresholds are complete."""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cf_esrt.fidelity import Properties, Range, ThresholdsError, notices, shrink
from cf_esrt.fidelity.notices import FILES, SENTENCES, THRESHOLDS, notices_of, read_thresholds, thresholds

NAMES = [field.name for field in fields(Properties)]
RANGES = {
    name: Range(*(limit if (name, side) in SENTENCES else None for side, limit in (("low", 0.2), ("high", 0.8))))
    for name in NAMES
}
INSIDE = Properties(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)


def test_silent_inside_and_on_the_border():
    assert notices_of(INSIDE, RANGES) == ()
    assert notices_of(Properties(*[0.8] * 7), RANGES) == ()
    assert notices_of(Properties(*[0.2] * 7), RANGES) == ()
    assert notices_of(Properties(None, None, None, 0.5, 0.5, 0.5, 0.5), RANGES) == ()


@pytest.mark.parametrize(("name", "side"), list(SENTENCES))
def test_one_notice_a_property_and_side(name: str, side: str):
    value = 0.1 if side == "low" else 0.9
    (notice,) = notices_of(replace(INSIDE, **{name: value}), RANGES)
    assert (notice.property, notice.side, notice.value, notice.range) == (name, side, value, RANGES[name])
    assert notice.sentence.endswith(".")
    assert notice.sentence.startswith(("This ", "More of this "))
    assert "{" not in notice.sentence


def test_too_little_of_a_fault_is_no_fault():
    assert notices_of(replace(INSIDE, blockiness=0.0, noise=0.0, white=0.0, black=0.0), RANGES) == ()


def test_the_committed_file_is_whole():
    document = json.loads(THRESHOLDS.read_text("utf-8"))
    assert document["photographs"] > 500
    assert document["command"].startswith("python -m training.thresholds --data ../shared/data/isic_cc0/train ")
    assert set(document) == {"command", "photographs", "inputs", "percentiles", "properties"}  # no date, no machine
    ranges = thresholds()
    assert list(ranges) == NAMES
    assert all(r.low is None or r.high is None or r.low < r.high for r in ranges.values())


def test_each_degradation_has_its_own_ranges():
    """What learned from a camera's photographs knows stronger blocks than what learned from shrunk ones."""
    clean, camera = thresholds(), thresholds("camera")
    assert list(camera) == NAMES
    assert (camera["blockiness"].high or 0) > 2 * (clean["blockiness"].high or 0)
    assert (camera["noise"].high or 0) > (clean["noise"].high or 0)
    assert "--degradation camera" in json.loads(FILES["camera"].read_text("utf-8"))["command"]


def _changed(document: dict[str, Any], index: int, **values: object) -> dict[str, Any]:
    listed = [dict(entry) for entry in document["properties"]]
    listed[index] |= values
    return document | {"properties": listed}


def test_files_that_are_no_thresholds(tmp_path: Path):
    good = json.loads(THRESHOLDS.read_text("utf-8"))
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(good))
    assert read_thresholds(path) == thresholds()
    for bad in (
        "",
        "[]",
        "{}",
        json.dumps(good | {"properties": good["properties"][1:]}),
        json.dumps(_changed(good, 0, low=None)),
        json.dumps(_changed(good, 1, low=0.1)),  # a side that has no sentence
        json.dumps(_changed(good, 2, high="much")),
    ):
        path.write_text(bad)
        with pytest.raises(ThresholdsError, match=r"^mine\.json .*\.$"):
            read_thresholds(path)
    with pytest.raises(ThresholdsError, match=r"^none\.json"):
        read_thresholds(tmp_path / "none.json")


def _noticed(image: np.ndarray) -> set[tuple[str, str]]:
    return {(notice.property, notice.side) for notice in notices(image)}


def _lows(shared_data: Path) -> list[np.ndarray]:
    """Validation photographs as the networks see them: shrunk by four, 128×128 pixels."""
    lows = []
    for path in sorted((shared_data / "isic_cc0" / "val").iterdir())[:10]:
        with Image.open(path) as photograph:
            image = np.array(photograph.convert("RGB"))
        top, left = ((side - 512) // 2 for side in image.shape[:2])
        lows.append(shrink(image[top : top + 512, left : left + 512]))
    return lows


def test_photographs_shrunk_as_in_training_are_hardly_noticed(shared_data: Path):
    assert sum(bool(_noticed(low)) for low in _lows(shared_data)) <= 1


def test_what_was_done_to_a_photograph_is_noticed(shared_data: Path):
    found = []
    for low in _lows(shared_data)[::2]:
        file = io.BytesIO()
        Image.fromarray(low).save(file, "JPEG", quality=40)
        grey = np.asarray(Image.fromarray(low).convert("L").convert("RGB"))
        noise = np.random.default_rng(1).normal(0, 9, low.shape[:2])[..., None]
        exposed = np.where(np.arange(128)[:, None, None] < 26, 255, low).astype(np.uint8)
        dark = np.where(np.arange(128)[:, None, None] < 90, 0, low).astype(np.uint8)
        large = np.asarray(Image.fromarray(low).resize((600, 600), Image.Resampling.BICUBIC))
        found.append(
            [
                ("blockiness", "high") in _noticed(np.asarray(Image.open(file))),
                ("saturation", "low") in _noticed(grey),
                ("noise", "high") in _noticed(np.clip(low + noise, 0, 255).astype(np.uint8)),
                ("white", "high") in _noticed(exposed),
                ("black", "high") in _noticed(dark),
                ("size", "high") in _noticed(large),
                ("sharpness", "low") in _noticed(large),
                ("size", "low") in _noticed(low[:40, :40]),
            ]
        )
    assert np.all(np.mean(found, axis=0) >= 0.8), np.mean(found, axis=0)
