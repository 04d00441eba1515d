"""The risk-control step keeps its promise over random splits, at the stated rate, and is not trivial."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cf_esrt.fidelity.trust.control import LEVELS, Loss, largest_loss, share_loss, threshold

SPLITS = 1000
CALIBRATING = 60
BLOCKS = 128


@pytest.fixture(scope="module")
def photographs() -> list[tuple[np.ndarray, np.ndarray]]:
    """Scores and errors of 240 photographs, of which some are much worse than their scores say."""
    random = np.random.default_rng(5)
    made = []
    for _ in range(240):
        true_scale = random.gamma(2.0, 2.0, BLOCKS)
        own = np.exp(random.normal(0, 0.5))
        errors = own * true_scale * np.abs(random.standard_normal(BLOCKS))
        made.append((true_scale * np.exp(random.normal(0, 0.2, BLOCKS)), errors))
    return made


def test_the_share_promise_is_kept_at_the_stated_rate(photographs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    delta, random = 0.1, np.random.default_rng(0)
    losses = [share_loss(scores, errors > 6, None, 0.05) for scores, errors in photographs]
    broken, areas = [], []
    for _ in range(SPLITS):
        order = random.permutation(len(losses))
        at = threshold([losses[k] for k in order[:CALIBRATING]], delta)
        broken.append(np.mean([losses[k](at) for k in order[CALIBRATING:]]))
        areas.append(np.mean([(photographs[k][0] < at).mean() for k in order[CALIBRATING:][:20]]))
    assert delta - 2 / (CALIBRATING + 1) < np.mean(broken) <= delta  # not by veiling more than is needed
    assert 0.05 < np.mean(areas) < 0.95


def test_a_kept_loss_is_a_kept_promise(photographs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for scores, errors in photographs[:80]:
        loss = share_loss(scores, errors > 6, None, 0.05)
        for at in np.quantile(scores, (0.1, 0.3, 0.5, 0.8)):
            if loss(float(at)) == 0:
                assert (errors[scores < at] > 6).mean() <= 0.05


def test_the_largest_error_is_below_its_level_on_average(photographs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    level, random = 20.0, np.random.default_rng(1)
    losses = [largest_loss(scores, errors) for scores, errors in photographs]
    largest, areas = [], []
    for _ in range(SPLITS):
        order = random.permutation(len(losses))
        at = threshold([losses[k] for k in order[:CALIBRATING]], level, LEVELS)
        largest.append(np.mean([losses[k](at) for k in order[CALIBRATING:]]))
        areas.append(np.mean([(photographs[k][0] < at).mean() for k in order[CALIBRATING:][:20]]))
    assert level - 2 * LEVELS / (CALIBRATING + 1) < np.mean(largest) <= level
    assert 0.05 < np.mean(areas) < 0.95


def test_without_the_correction_the_promise_would_be_broken() -> None:
    random = np.random.default_rng(2)
    breaking = random.uniform(size=(4000, 15))  # of 15 photographs each: the correction matters where they are few
    losses = [[Loss(np.array([at]), np.ones(1)) for at in row] for row in breaking]
    corrected = [threshold(row[:-1], 0.15) for row in losses]
    plain = [float(np.quantile(row[:-1], 0.15, method="higher")) for row in breaking]
    assert np.mean([row[-1](at) for row, at in zip(losses, corrected, strict=True)]) <= 0.15
    assert np.mean([row[-1](at) for row, at in zip(losses, plain, strict=True)]) > 0.15


def test_too_few_photographs_promise_nothing_and_faultless_ones_everything() -> None:
    loss = Loss(np.array([3.0]), np.ones(1))
    assert threshold([loss] * 8, 0.1) == -math.inf
    assert threshold([], 0.1) == -math.inf
    assert threshold([Loss(np.empty(0), np.empty(0))] * 20, 0.1) == math.inf


def test_the_first_blocks_count_against_the_least_area() -> None:
    scores, wrong = np.arange(1000.0), np.zeros(1000)
    wrong[:2] = 1  # two of the first fifty are 4%, although they are all of the first two
    assert share_loss(scores, wrong, None, 0.05)(500.0) == 0
    wrong[:3] = 1
    loss = share_loss(scores, wrong, None, 0.05)
    assert loss(2.0) == 0
    assert loss(2.5) == 1


def test_weights_count_what_is_in_a_block() -> None:
    scores = np.arange(10.0)
    lines, false = np.full(10, 20.0), np.array([0, 0, 0, 20, 0, 0, 0, 0, 0, 0.0])
    assert share_loss(scores, false, lines, 0.3)(9.0) == 0
    assert share_loss(scores, false, lines, 0.2)(3.0) == 0
    assert share_loss(scores, false, lines, 0.2)(3.5) == 1
