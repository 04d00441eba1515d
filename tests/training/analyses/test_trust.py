"""Calibrating the error map: what is measured, fitted and promised."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cf_esrt.fidelity.trust.scores import FEATURES, LOCAL, WHOLE, Head
from cf_esrt.models import Degradation
from training.analyses.trust_calibration import ASKED, calibrate, choose, entry, fit, softest
from training.analyses.trust_choice import GUESSES, chosen
from training.analyses.trust_coverage import wilson, words_of
from training.analyses.trust_losses import Score, kept, unveiled, with_head
from training.analyses.trust_measurements import Measured, Network, Source, measurements
from training.analyses.trust_network import fit_network
from training.analyses.trust_scores import splits
from training.analyses.trust_sources import sources

SIDE = 16


def single(name: str) -> Score:
    return with_head(Head.single(name))


@pytest.fixture(scope="module")
def photographs() -> list[Measured]:
    """Whose errors grow with their gradient, and with a noise that differs from photograph to photograph."""
    random = np.random.default_rng(3)
    made = []
    for number in range(60):
        local = random.gamma(2.0, 2.0, (1, len(LOCAL), SIDE, SIDE)).astype(np.float32)
        whole = np.exp(random.normal(0, 0.5, len(WHOLE)))
        errors = 0.6 * local[:, LOCAL.index("gradient")] * whole[0] * np.abs(random.standard_normal((1, SIDE, SIDE)))
        lines = np.full((1, 1, SIDE, SIDE), 4.0)
        wrong = errors[:, None]
        structures = np.concatenate([lines, lines * (wrong > 8), lines, lines * (wrong > 5)], axis=1)
        made.append(Measured(str(number), (1.0,), local, whole, errors, structures))
    return made


def test_the_fit_finds_what_errors_grow_with(photographs: list[Measured]) -> None:
    weights = dict(zip(FEATURES, fit(photographs, (1.0,)).weights, strict=True))
    for found in ("gradient", "noise"):
        assert weights[found] > 0.5
    assert max(abs(weights[name]) for name in FEATURES if name not in ("gradient", "noise")) < 0.15


def test_a_better_score_leaves_more_unveiled(photographs: list[Measured]) -> None:
    head = with_head(fit(photographs[:30], (1.0,)))
    place = ASKED["area"].index(8.0)
    shares = {}
    for name, score in {"head": head, "gradient": single("gradient"), "deviation": single("deviation")}.items():
        at = calibrate(photographs[30:], 0, "area", score)[place]
        shares[name] = unveiled(photographs[30:], 0, score, at).mean()
        assert kept(photographs[30:], 0, score, at, "area", 8.0).mean() >= 0.9
    assert shares["head"] > shares["gradient"] > shares["deviation"]


def test_false_structures_stay_under_the_veil(photographs: list[Measured]) -> None:
    score, shares = single("gradient"), []
    for promise in ("lines", "dots"):  # more dots than lines are false here
        at = calibrate(photographs, 0, promise, score)[ASKED[promise].index(10.0)]
        assert kept(photographs, 0, score, at, promise, 10.0).mean() >= 0.9
        shares.append(unveiled(photographs, 0, score, at).mean())
    assert 0 < shares[1] < shares[0] < 1


def test_over_random_halves_the_promise_is_kept_in_every_set(photographs: list[Measured]) -> None:
    louder = [replace(one, errors=one.errors * 1.5) for one in photographs[:20]]
    quiet, loud = (splits([own], 0, single("gradient"), 8.0) for own in (photographs[20:], louder))
    both = splits([photographs[20:], louder], 0, single("gradient"), 8.0)
    assert min(quiet.kept, loud.kept, both.kept) >= 0.88
    assert both.unveiled < quiet.unveiled  # the stricter threshold counts


def test_a_small_network_sees_the_blocks_about_one(photographs: list[Measured]) -> None:
    """Errors that grow with what was added to the blocks beside, which no guess from a block's own measures knows."""
    place = LOCAL.index("added")
    added = [one.local[:, place] for one in photographs]
    errors = [0.4 * (np.roll(one, 1, axis=2) + np.roll(one, -1, axis=2)) for one in added]
    beside = [replace(one, errors=own) for one, own in zip(photographs, errors, strict=True)]
    network = fit_network(beside[:30], (1.0,))
    first, again = (fit_network(beside[:30], (1.0,), steps=20) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first.weights, again.weights, strict=True))
    level = ASKED["area"].index(6.0)
    shares = []
    for score in (with_head(network), with_head(fit(beside[:30], (1.0,)))):
        at = calibrate(beside[30:], 0, "area", score)[level]
        shares.append(unveiled(beside[30:], 0, score, at).mean())
        assert kept(beside[30:], 0, score, at, "area", 6.0).mean() >= 0.9
    assert shares[0] > shares[1] + 0.1
    assert words_of(network) == "a small network on 6 measures"


def test_the_cheapest_score_that_is_as_good_is_chosen() -> None:
    assert chosen({"cheap": [0.5, 0.9], "dear": [0.59, 0.91], "dearest": [0.6, 0.92]}) == ("dear", ["dear", "dearest"])
    assert chosen({"cheap": [0.5, 0.9], "dear": [0.6, 0.85]}) == ("dear", [])


def test_each_network_goes_by_what_leaves_most(photographs: list[Measured]) -> None:
    guesses = {name: fit(photographs[:20], (1.0,), names) for name, names in GUESSES.items()}
    cheap, whole = guesses
    assert choose([photographs[20:]], 0, "bicubic", guesses)["name"] == whole  # the cheap one knows no gradient
    by_gradient = [replace(one, errors=one.local[:, LOCAL.index("gradient")] * 1.5) for one in photographs[20:]]
    found = choose([by_gradient], 0, "bicubic", guesses)
    assert found["name"] == "gradient"
    assert found["weights"] == {"gradient": 1.0}
    assert set(found["unveiled"]) == {*LOCAL, cheap, whole}


def test_the_file_has_a_threshold_for_every_level_and_setting(photographs: list[Measured]) -> None:
    blur = softest(photographs)
    score = choose([photographs[:20]], 0, "bicubic", {"all": fit(photographs, (1.0,))})
    held = entry("esrt", "ab" * 32, "bicubic", {"set": photographs}, score, blur, {"errors": [1.0]})
    assert held["fingerprint"] == {"errors": [1.0]}
    assert held["n"] == 57  # without the softest twentieth
    assert held["details"] == [1.0]
    assert math.isfinite(held["blur"])
    for promise, levels in ASKED.items():
        rows = held["promises"][promise]["thresholds"]
        assert np.shape(rows) == (1, len(levels))
        assert rows[0] == sorted(rows[0])


@pytest.mark.parametrize("degradation", ["bicubic", "camera"])
def test_what_sets_thresholds_chooses_and_fits_nothing(shared_data: Path, degradation: Degradation) -> None:
    """The promise rests on it."""
    used = sources(shared_data, degradation)
    parts = [{file for one in part for file in one.files} for part in (used.calibrating, used.choosing, used.fitting)]
    assert all(len(part) >= 30 for part in parts)
    assert len(set.union(*parts)) == sum(map(len, parts))


def test_a_missing_measure_counts_as_usual() -> None:
    weights = tuple(1.0 if name in ("added", "noise") else 0.0 for name in FEATURES)
    head = Head(weights, 0.0, (2.0, 1.0, 1.0, 1.0))
    local = np.ones((1, 2, 2), np.float32)
    usual = head(local, np.array([2.0, 1.0, 1.0, 1.0]))
    assert head(local, np.array([np.nan, 1.0, np.nan, 1.0])) == pytest.approx(usual)


def test_measurements_are_kept_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[3] / "assets" / "examples" / "synthetic-1.png"
    source = Source("examples", "whole256", (example,))
    (first,) = measurements(Network("bicubic", "torch"), source, tmp_path)
    monkeypatch.setattr(Network, "enhancer", None)  # a second time, nothing is run
    (again,) = measurements(Network("bicubic", "torch"), source, tmp_path)
    assert again.errors == pytest.approx(first.errors, rel=1e-2, abs=1e-2)
    assert (again.structures == first.structures).all()
    assert first.local.shape == (1, len(LOCAL), 32, 32)


def test_wilsons_interval() -> None:
    low, high = wilson(18, 20)
    assert (low, high) == pytest.approx((0.699, 0.972), abs=1e-3)
