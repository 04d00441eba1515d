"""Where to believe a result: masks, sentences, and why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as functional

from cf_esrt import models
from cf_esrt.fidelity import Notice, Range, ThresholdsError
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown, believe, calibrations, four_digits, percent, veiled
from cf_esrt.fidelity.trust.calibrated import TRUST, Calibration, Calibrations, Promise, head_json, head_of, read
from cf_esrt.fidelity.trust.scores import (
    FEATURES,
    LOCAL,
    WHOLE,
    Cells,
    Head,
    SmallNetwork,
    block_errors,
    block_means,
    local_measures,
)
from cf_esrt.pixels import enlarge_bicubic
from training.analyses.trust_calibration import kinds
from training.analyses.trust_fingerprint import differences, fingerprint
from training.analyses.trust_measurements import Network

WEIGHTS = "ab" * 32
LEVELS = {"area": (4.0, 8.0)}


def calibrations_for(at: tuple[float, float], *, blur: float = 16.0) -> Calibrations:
    """One network; its score is the gradient of a block, plus the head's offset."""
    rows = {"area": ((0.0, 0.0), at)}
    score = Head.single("gradient")
    one = Calibration("esrt", WEIGHTS, "bicubic", {"set": 50}, (0.0, 1.0), blur, LEVELS, rows, score)  # type: ignore[arg-type]
    return Calibrations(0.1, 0.05, (one,))


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    """Half smooth, half rough; coloured like skin."""
    random = np.random.default_rng(0)
    rough = np.zeros((64, 66, 1))
    rough[:, 33:] = random.normal(0, 12, (64, 33, 1))
    ramp = np.linspace(0, 20, 66)[None, :, None]
    return np.clip(np.array([190, 140, 120]) + ramp + rough, 0, 255).astype(np.uint8)


class Noticed(InputMeasures):
    """With these notices, whatever the pixels are."""

    def __init__(self, pixels: np.ndarray, *found: Notice) -> None:
        super().__init__(pixels)
        self._found = found

    def notices(self, degradation: str) -> tuple[Notice, ...]:
        return self._found


def judge(crop: np.ndarray, known: Calibrations, **changed: object) -> Belief | Unknown:
    given = {
        "model": "esrt",
        "title": "ESRT",
        "sha256": WEIGHTS,
        "detail": None,
        "degradation": "bicubic",
        "measured": Noticed(crop),
    }
    return believe(enlarge_bicubic(crop), crop, known=known, **{**given, **changed})  # type: ignore[arg-type]


def test_the_smooth_half_is_believed(crop: np.ndarray) -> None:
    belief = judge(crop, calibrations_for((0.5, 2.0)))
    assert isinstance(belief, Belief)
    mask = belief.mask(8.0)
    assert mask.shape == (256, 264)
    assert mask[:, :112].all()
    assert not mask[:, 160:].any()
    assert belief.share(4.0) <= belief.share(8.0) == pytest.approx(mask.mean(), abs=0.01)
    assert belief.sentence() == (
        "In 9 of 10 photographs like yours, 95% of the unveiled part is right to within 8 grey levels."
    )
    record = json.loads(json.dumps(belief.as_json()))
    assert (record["unveiled"]["8"], record["level"]) == (round(belief.share(8.0), 4), 8.0)
    stricter = belief.as_json(4.0)
    assert (stricter["level"], stricter["sentence"]) == (4.0, belief.sentence(4.0))
    assert stricter["unveiled"] == belief.as_json()["unveiled"]


@pytest.mark.parametrize(
    ("share", "words", "recorded"),
    [
        (0.0, "0%", 0.0),
        (1e-6, "under 1%", 0.0001),
        (0.01, "1%", 0.01),
        (0.984, "98%", 0.984),
        (0.9949, "99%", 0.9949),
        (0.995, "over 99%", 0.995),
        (1 - 1e-6, "over 99%", 0.9999),
        (1.0, "100%", 1.0),
    ],
)
def test_only_all_is_said_to_be_all_and_none_to_be_none(share: float, words: str, recorded: float) -> None:
    assert percent(share) == words
    assert four_digits(share) == recorded
    assert percent(recorded) == words


def test_where_too_little_is_left_all_is_veiled(crop: np.ndarray) -> None:
    belief = judge(crop, calibrations_for((0.0, 0.21)))
    assert isinstance(belief, Belief)
    assert not belief.blocks(8.0).any()
    assert "all of it is veiled" in belief.sentence(8.0)


@pytest.mark.parametrize("promise", get_args(Promise))
def test_every_promise_has_its_sentences(promise: Promise) -> None:
    def said(threshold: float) -> str:
        levels: dict[Promise, tuple[float, ...]] = {promise: (20.0,)}
        rows: dict[Promise, tuple[tuple[float, ...], ...]] = {promise: ((threshold,),)}
        one = Calibration("esrt", None, "bicubic", {}, (1.0,), 16.0, levels, rows, Head.single("added"))
        return Belief(np.ones((2, 2), np.float32), one, 1.0, 0.1, 0.05, (16, 16), "ESRT").sentence(20.0, promise)

    assert "photographs like yours" in said(2.0)
    assert "20" in said(2.0)
    assert "all of it is veiled" in said(0.5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": "live"}, "not calibrated"),
        ({"degradation": "camera"}, "as a camera stores them"),
        ({"sha256": "cd" * 32}, "weights have changed"),
        ({"altered": "back-projection"}, "without back-projection"),
        ({"measured": None}, "unlike those"),  # nothing this noisy was learned from
    ],
)
def test_it_is_off_with_one_sentence(crop: np.ndarray, changed: dict[str, object], words: str) -> None:
    found = judge(crop, calibrations_for((0.5, 2.0)), **changed)
    assert isinstance(found, Unknown)
    assert words in found.sentence
    assert found.as_json() == {"off": found.sentence}


def test_a_larger_crop_has_more_blocks_not_other_ones(crop: np.ndarray) -> None:
    larger = Notice("size", "high", 320.0, Range(64.0, 256.0), "This crop is larger.")
    assert isinstance(judge(crop, calibrations_for((0.5, 2.0)), measured=Noticed(crop, larger)), Belief)
    smaller = Notice("size", "low", 20.0, Range(64.0, 256.0), "This crop is smaller.")
    assert isinstance(judge(crop, calibrations_for((0.5, 2.0)), measured=Noticed(crop, larger, smaller)), Unknown)


def test_it_is_off_where_the_photograph_holds_too_little(crop: np.ndarray) -> None:
    found = judge(crop, calibrations_for((0.5, 2.0), blur=0.5))
    assert isinstance(found, Unknown)
    assert "pixels wide" in found.sentence


def test_the_coarse_network_is_the_other_at_detail_0(crop: np.ndarray) -> None:
    known = calibrations_for((0.5, 2.0))
    belief = judge(crop, known, model="esrt-coarse")
    assert isinstance(belief, Belief)
    assert belief.share(8.0) == 0  # what this calibration has at detail 0


def test_between_two_settings_thresholds_are_interpolated() -> None:
    one = calibrations_for((0.5, 2.0)).entries[0]
    assert one.threshold("area", 8.0, 0.25) == pytest.approx(0.5)
    assert one.threshold("area", 8.0, 1.0) == 2.0
    with pytest.raises(ValueError, match="No promise of 7"):
        one.threshold("area", 7.0, 1.0)


def test_measures_do_not_depend_on_strips(crop: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    result = enlarge_bicubic(crop)[::-1].copy()
    whole = local_measures(result, crop)
    monkeypatch.setattr("cf_esrt.fidelity.strips.strips.__defaults__", (1, 1))
    in_strips = local_measures(result, crop)
    assert whole.shape == (len(LOCAL), 32, 33)
    np.testing.assert_allclose(in_strips, whole, rtol=1e-3, atol=1e-3)


def test_measures_by_hand() -> None:
    """A ramp across, two levels a pixel of the result: slopes of the photograph are of its own pixels."""
    across = np.arange(0, 240, 2, dtype=np.uint8)
    result = np.repeat(np.tile(across, (40, 1))[..., None], 3, axis=2)
    photograph = np.ascontiguousarray(result[::4, ::4]) + np.uint8(3)  # the mean of its four pixels
    found = dict(zip(LOCAL, local_measures(result, photograph)[:, 2, 3:12], strict=True))
    assert found["gradient"] == pytest.approx(2.0)
    assert found["gradient_wide"] == pytest.approx(2.0, rel=0.1)  # wide enough for the last column
    assert found["gradient_input"] == pytest.approx(8.0)
    assert found["deviation"] == pytest.approx(2 * np.sqrt((16**2 - 1) / 12), rel=1e-3)
    assert found["added"] == pytest.approx(0.0, abs=0.3)
    brighter = local_measures(np.minimum(result, 200) + np.uint8(9), np.minimum(photograph, 200), ("added",))
    assert brighter[0, 2, 3:11] == pytest.approx(9.0, abs=0.4)


def test_only_what_is_asked_for_is_measured(crop: np.ndarray) -> None:
    result = enlarge_bicubic(crop)
    whole = local_measures(result, crop)
    for place, name in enumerate(LOCAL):
        np.testing.assert_allclose(
            local_measures(result, crop, (name,))[0], whole[place], rtol=1e-5, atol=1e-5, err_msg=name
        )
        assert Head.single(name).local == (name,)
    cells = Cells(result, crop)
    assert cells.added.shape == crop.shape[:2]
    assert "steps" not in vars(cells)
    with pytest.raises(ValueError, match="not 4 times"):
        Cells(result[:-1], crop)


def test_a_score_is_written_and_read_again() -> None:
    head = Head(tuple(0.5 if name in ("added", "noise") else 0.0 for name in FEATURES), 1.5, (0.7,) * len(WHOLE))
    again = head_of(json.loads(json.dumps(head_json(head))))
    local, whole = np.full((1, 2, 2), 3.0, np.float32), np.array([np.nan, 1.0, 2.0, 3.0])
    assert (again(local, whole) == head(local, whole)).all()
    assert head_of(head_json(Head.single("deviation"))) == Head.single("deviation")
    with pytest.raises(ValueError, match="other measures"):
        head_of({"weights": {"guesswork": 1.0}, "bias": 0.0, "usual": {}})
    with pytest.raises(ValueError, match="other measures"):
        head_of({"weights": {"noise": 1.0}, "bias": 0.0, "usual": {}})


def small_network(width: int = 3) -> SmallNetwork:
    random = np.random.default_rng(width)
    parts = (random.normal(0, 0.3, shape).astype(np.float32) for shape in SmallNetwork.shapes(width))
    return SmallNetwork(tuple(parts), (1.0, 2.0, 3.0, 4.0))


def test_a_small_network_is_torchs() -> None:
    """Convolutions over blocks, whose edges go on as they are."""
    one = small_network()
    first, first_bias, second, second_bias, last, last_bias = (torch.from_numpy(part) for part in one.weights)
    random = np.random.default_rng(0)
    local = random.gamma(2.0, 2.0, (len(one.local), 5, 7)).astype(np.float32)
    whole = np.array([np.nan, 1.0, 0.2, 3.0])
    planes = np.broadcast_to(np.array([1.0, 1.0, 0.2, 3.0])[:, None, None], (4, 5, 7))
    x = torch.from_numpy(np.log(np.concatenate([local, planes]) + SmallNetwork.OFFSET).astype(np.float32))[None]
    x = torch.relu(functional.conv2d(x, first[..., None, None], first_bias))
    x = torch.relu(functional.conv2d(functional.pad(x, [1] * 4, mode="replicate"), second, second_bias))
    x = functional.conv2d(x, last[None, :, None, None], last_bias)
    assert one(local, whole) == pytest.approx(x.exp().numpy()[0, 0], rel=1e-4)
    assert one(local[:, :1, :1], whole).shape == (1, 1)


def test_a_small_network_is_written_and_read_again() -> None:
    one = small_network()
    again = head_of(json.loads(json.dumps(head_json(one))))
    assert isinstance(again, SmallNetwork)
    assert again.usual == one.usual
    assert all((a == b).all() for a, b in zip(again.weights, one.weights, strict=True))
    cut = SmallNetwork(one.weights[1:], one.usual).packed()
    with pytest.raises(ValueError, match="another network"):
        SmallNetwork.unpacked(cut, one.usual)
    with pytest.raises(ValueError, match="base64"):
        SmallNetwork.unpacked("no weights!", one.usual)


def test_blocks_at_the_edge_are_means_of_what_is_there() -> None:
    values = np.arange(12 * 20, dtype=np.float32).reshape(12, 20)
    means = block_means(values)
    assert means.shape == (2, 3)
    assert means[1, 2] == values[8:, 16:].mean()
    picture = np.full((12, 20, 3), 100, np.uint8)
    assert block_errors(picture, picture + np.uint8(7)) == pytest.approx(np.full((2, 3), 7.0), abs=1e-3)


def test_the_veil_hides_only_what_is_not_believed(crop: np.ndarray) -> None:
    believed = np.zeros(crop.shape[:2], bool)
    believed[:, :20] = True
    shown = veiled(crop, believed)
    assert (shown[:, :20] == crop[:, :20]).all()
    hidden = shown[:, 20:]
    assert (hidden == hidden[..., :1]).all()  # grey: no eye needs colour to tell
    assert hidden.max() - hidden.min() > 100
    with pytest.raises(ValueError, match="one size"):
        veiled(crop, believed[:-1])


def test_another_file_is_no_calibration(tmp_path: Path) -> None:
    with pytest.raises(ThresholdsError, match=r"trust\.json"):
        read(tmp_path / "trust.json")


@pytest.mark.parametrize("one", calibrations().entries, ids=lambda one: f"{one.model}-{one.degradation}")
def test_the_error_map_was_calibrated_with_these_weights(one: Calibration) -> None:
    """A wrong promise is worse than none. Networks that are not calibrated at all promise nothing, and say so."""
    again = f"run python -m training.analyses.trust_calibration --models {one.model}"
    assert one.sha256 == models.describe(one.model).sha256, again
    assert one.degradation in kinds(one.model)


@pytest.mark.parametrize(
    "held", json.loads(TRUST.read_text("utf-8"))["entries"], ids=lambda one: f"{one['model']}-{one['degradation']}"
)
def test_the_error_map_was_calibrated_with_this_code(held: dict[str, Any]) -> None:
    """Code that gives other pictures, inputs or scores breaks promises as other weights do, whose digest it leaves."""
    now = fingerprint(Network(held["model"], "torch"), held["degradation"], head_of(held["score"]))
    again = f"delete runs/trust, and run python -m training.analyses.trust_calibration --models {held['model']}"
    assert not differences(now, held["fingerprint"]), again


@pytest.mark.parametrize("one", calibrations().entries, ids=lambda one: f"{one.model}-{one.degradation}")
def test_stricter_levels_never_unveil_more(one: Calibration) -> None:
    for promise, rows in one.thresholds.items():
        for row in rows:
            assert list(row) == sorted(row), (promise, row)
    assert one.levels["area"]
    assert sum(one.photographs.values()) >= 40, "too few photographs for 9 in 10"


def test_the_committed_file_says_what_it_was_made_from() -> None:
    held = json.loads(TRUST.read_text("utf-8"))
    assert 0 < held["delta"] < 1
    assert 0 < held["share"] < 1
    for one in held["entries"]:
        assert one["n"] == sum(one["photographs"].values())
