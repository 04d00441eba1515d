"""Random clickers are screened out with a reason, honest raters stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cf_esrt.survey.gold import CLICKERS_OUT, FEWEST, HONEST_OUT
from cf_esrt.survey.statistics import RatingsError, Votes, gold_of, opinions, screen
from cf_esrt.survey.statistics.screening import Gold
from cf_esrt.survey.statistics.simulation import CLICKS, Population, clicks, simulate, table_of, with_clickers

RATERS, EXPECTED = 15, np.array([1.0, 5.0, 1.0, 5.0])
POPULATIONS = {
    "far apart": Population((1.8, 2.8, 3.4, 4.0, 4.7)),
    "as printed": Population((2.84, 3.1, 3.5, 3.75, 4.1)),
    "inconsistent": Population((2.84, 3.1, 3.5, 3.75, 4.1), noise=(0.5, 0.9, 1.4)),
    "hardly different": Population((3.2, 3.3, 3.4, 3.5, 3.6), noise=(1.0,), image=0.2),
}


def study_with_clickers(votes: Votes, generator: np.random.Generator) -> tuple[Votes, Gold]:
    """15 honest raters and one clicker of each kind; two images have replicates, and there are four gold items."""
    votes = with_clickers(votes, CLICKS, generator)
    votes.scores[:, 2:, :, 1] = np.nan
    honest = np.clip(np.round(EXPECTED + generator.normal(0, 0.9, (RATERS, len(EXPECTED)))), 1, 5)
    others = np.concatenate([clicks(kind, (1, len(EXPECTED)), generator) for kind in CLICKS])
    others[CLICKS.index("constant")] = votes.scores[RATERS + CLICKS.index("constant"), 0, 0, 0]
    return votes, Gold(np.concatenate([honest, others]), EXPECTED)


def shares_out(name: str, studies: int, rule: str = "looking") -> tuple[float, float]:
    """Which share of clickers and of honest raters leave."""
    generator = np.random.default_rng(3)
    drawn = simulate(POPULATIONS[name], studies=studies, raters=RATERS, images=10, replicates=2, generator=generator)
    out = []
    for k in range(studies):
        votes, gold = study_with_clickers(drawn.study(k), generator)
        out.append([not one.kept for one in screen(votes, gold, rule).raters])  # pyright: ignore[reportArgumentType]
    left = np.array(out)
    return float(left[:, RATERS:].mean()), float(left[:, :RATERS].mean())


def test_clickers_leave_and_honest_raters_stay():
    clickers, honest = shares_out("inconsistent", 40)
    assert clickers >= 0.95
    assert honest <= 0.05


def test_bt500_alone_keeps_clickers():
    clickers, honest = shares_out("as printed", 20, "bt500")
    assert clickers < 0.5  # why the rule is another
    assert honest <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
def test_of_a_thousand_studies(name: str):
    clickers, honest = shares_out(name, 1000)
    assert clickers >= 0.95
    assert honest <= 0.05


def one_study(seed: int = 4) -> tuple[Votes, Gold]:
    generator = np.random.default_rng(seed)
    drawn = simulate(POPULATIONS["as printed"], studies=1, raters=RATERS, images=10, replicates=2, generator=generator)
    return study_with_clickers(drawn.study(0), generator)


def test_the_reason_is_given():
    votes, gold = one_study()
    found = screen(votes, gold)
    assert {one.rater for one in found.left_out} >= set(votes.raters[RATERS:])
    assert all(one.reason for one in found.left_out)
    assert not any(one.reason for one in found.raters if one.kept)
    assert found.remark == ""


def test_a_taste_of_one_s_own_is_no_reason_to_leave():
    votes, _ = one_study()
    votes = votes.of_raters(votes.raters[:RATERS])
    taste = np.random.default_rng(0).integers(1, 6, (10, 5)).astype(float)
    scores = np.concatenate([votes.scores, votes.scores[:, :, :, 1:]], 3)[:, :, :, :2]
    scores[0] = taste[:, :, None]  # the same again on every replicate, unlike anybody else's
    found = screen(replace(votes, scores=scores))
    assert found.raters[0].agreement_p > 0.02
    assert found.raters[0].kept


def test_who_reads_the_scale_upside_down_leaves_by_gold():
    votes, gold = one_study()
    scores, golden = votes.scores.copy(), gold.scores.copy()
    scores[0], golden[0] = 6 - scores[0], [5, 1, 5, 1]
    found = screen(replace(votes, scores=scores), Gold(golden, EXPECTED))
    assert not found.raters[0].kept
    assert found.raters[0].reason == "0 of 4 gold items within 1 of the expected vote."


def test_without_gold_a_study_without_differences_is_in_doubt():
    drawn = simulate(
        POPULATIONS["hardly different"], studies=1, raters=RATERS, images=10, generator=np.random.default_rng(1)
    )
    found = screen(drawn.study(0))
    assert len(found.left_out) > 4
    assert "cannot be told from careless ones" in found.remark
    assert screen(drawn.study(0), rule="none").left_out == []


def test_where_nobody_is_left_to_compare_with_nobody_leaves_for_that():
    """Three raters, one of whom clicks: without him the other two have one another alone."""
    drawn = simulate(POPULATIONS["far apart"], studies=1, raters=2, images=10, generator=np.random.default_rng(2))
    votes = with_clickers(drawn.study(0), ["uniform"], np.random.default_rng(2))
    found = screen(votes)
    assert [one.kept for one in found.raters] == [True, True, False]
    assert found.unchecked == 2
    assert found.remark.startswith("Raters who stay unchecked: 2 of 3. A comparison needs 2 others")
    alone = screen(votes.of_raters(votes.raters[:1]))
    assert (alone.kept, alone.unchecked) == ([votes.raters[0]], 1)


def test_who_gives_every_picture_the_same_vote_leaves_even_alone():
    drawn = simulate(POPULATIONS["far apart"], studies=1, raters=1, images=10, generator=np.random.default_rng(2))
    votes = with_clickers(drawn.study(0), ["constant"], np.random.default_rng(2))
    assert [one.kept for one in screen(votes).raters] == [True, False]


def test_five_gold_items_check_who_is_alone():
    drawn = simulate(POPULATIONS["far apart"], studies=1, raters=2, images=10, generator=np.random.default_rng(2))
    gold = Gold(np.array([[1, 5, 1, 5, 2.0], [3, 2, 4, 3, 3]]), np.array([1, 5, 1, 5, 1.0]))
    found = screen(drawn.study(0), gold)
    assert found.unchecked == 0
    assert not found.raters[1].kept


@pytest.mark.slow
@pytest.mark.parametrize("items", [4, 5])
def test_how_much_gold_is_needed_where_methods_hardly_differ(items: int):
    """No picture comes twice. What `cf_esrt.survey.gold` warns of: four gold items turn honest raters away."""
    generator = np.random.default_rng(3)
    kinds = np.array([1.0, 5.0] * 3)[:items]
    drawn = simulate(POPULATIONS["hardly different"], studies=400, raters=RATERS, images=10, generator=generator)
    out = []
    for k in range(400):
        votes = with_clickers(drawn.study(k), CLICKS, generator)
        honest = np.clip(np.round(kinds + generator.normal(0, 0.9, (RATERS, items))), 1, 5)
        others = np.concatenate([clicks(kind, (1, items), generator) for kind in CLICKS])
        others[CLICKS.index("constant")] = votes.scores[RATERS + CLICKS.index("constant"), 0, 0, 0]
        gold = Gold(np.concatenate([honest, others]), np.where(kinds == 1, 1.5, 4.5))  # [1, 2] and [4, 5]
        out.append([not one.kept for one in screen(votes, gold).raters])
    left = np.array(out)
    assert left[:, RATERS:].mean() >= CLICKERS_OUT
    assert (left[:, :RATERS].mean() <= HONEST_OUT) == (items >= FEWEST)


def test_an_unknown_rule_is_refused():
    with pytest.raises(RatingsError, match="rule 'strict' is unknown"):
        screen(one_study()[0], rule="strict")  # pyright: ignore[reportArgumentType]


def test_gold_votes_are_read_from_the_table():
    votes, gold = one_study()
    rows = [
        {
            "rater": rater,
            "image": f"gold {k}",
            "method": "m",
            "replicate": 1,
            "question": "realism",
            "kind": "gold",
            "score": int(gold.scores[place, k]),
            "expected": EXPECTED[k],
        }
        for place, rater in enumerate(votes.raters)
        for k in range(4)
    ]
    table = pd.concat([table_of(votes), pd.DataFrame(rows)])
    read = gold_of(table, "realism", votes.raters)
    assert read is not None
    assert read.scores.tolist() == gold.scores.tolist()
    assert read.expected.tolist() == EXPECTED.tolist()
    guessed = gold_of(table.drop(columns="expected"), "realism", votes.raters)
    assert guessed is not None
    assert np.abs(guessed.expected - EXPECTED).max() <= 1  # the raters' median
    assert gold_of(table_of(votes), "realism", votes.raters) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
def test_intervals_cover_honest_raters_mos_although_clickers_took_part(name: str):
    generator = np.random.default_rng(9)
    drawn = simulate(POPULATIONS[name], studies=1000, raters=RATERS, images=10, replicates=2, generator=generator)
    covered = []
    for k in range(1000):
        votes, gold = study_with_clickers(drawn.study(k), generator)
        found = opinions(votes.of_raters(screen(votes, gold).kept))
        truth = drawn.mos[k].tolist()
        covered.append([one.student.low <= mos <= one.student.high for one, mos in zip(found, truth, strict=True)])
    assert 0.93 <= np.mean(covered) <= 0.97
