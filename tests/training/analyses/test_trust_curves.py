"""The committed curves of the error map: over random splits of the calibrating photographs the promise is kept."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from cf_esrt.fidelity.trust.calibrated import TRUST, read
from training.analyses.trust_coverage import markdown, parts_before, run, simulate

COVERAGE = Path(__file__).parents[3] / "assets" / "results" / "trust.json"
DOCUMENT = json.loads(COVERAGE.read_text("utf-8"))
HELD = {name: held for part in DOCUMENT["networks"].values() for name, held in part["curves"].items()}


@pytest.mark.parametrize("name", sorted(HELD))
def test_over_a_thousand_random_splits_the_promise_is_kept(name: str) -> None:
    held, delta = HELD[name], DOCUMENT["delta"]
    rate, area, half = simulate(held, splits=1000)
    assert rate >= 1 - delta - 0.005  # the simulation's own error
    never = sum(at is None for at in held["breaking"]) / len(held["breaking"])
    stated = 1 - math.floor(delta * (half + 1)) / (half + 1)  # of so few photographs
    assert rate <= max(stated, never) + 0.02  # not by veiling more than is needed; thresholds are steps
    assert area > 0.05
    if never < 0.8:  # where many photographs break the promise unveiled, something has to be veiled
        assert area < 0.99


def test_the_table_is_that_of_the_file_and_of_the_weights_that_are_calibrated() -> None:
    parts = parts_before(COVERAGE)
    assert COVERAGE.with_suffix(".md").read_text("utf-8") == markdown(parts)
    calibrated = {one.model: one.sha256 for one in read(TRUST).entries}
    assert {name: part.weights for name, part in parts.items()} == {name: calibrated[name] for name in parts}


def asked(tmp_path: Path, earlier: Mapping[str, object]) -> argparse.Namespace:
    """Options that keep all of an earlier run; the network that is named has no calibration."""
    file = tmp_path / "earlier.json"
    file.write_text(json.dumps(earlier))
    return argparse.Namespace(update=file, models=["none"], calibration=TRUST)


def test_what_an_earlier_run_found_is_kept_while_the_weights_are_the_same(tmp_path: Path) -> None:
    kept = run(asked(tmp_path, DOCUMENT))
    assert kept == parts_before(COVERAGE)
    name = next(iter(kept))
    other = {"networks": {name: {**DOCUMENT["networks"][name], "weights": "0" * 64}}}
    with pytest.raises(ValueError, match=f"{name} with other weights: name it in --models too"):
        run(asked(tmp_path, other))


@pytest.mark.parametrize("earlier", [{}, {"networks": []}, {"networks": {"live": {"table": "…"}}}])
def test_another_file_than_an_earlier_run_is_one_sentence(tmp_path: Path, earlier: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match="is no JSON of an earlier run"):
        run(asked(tmp_path, earlier))
