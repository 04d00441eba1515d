"""How many raters are needed: against a study drawn of that size, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cf_esrt.survey.statistics import RatingsError, opinions, raters_needed, subgroups
from cf_esrt.survey.statistics.power import detectable, detectable_difference, power_of, raters_for
from cf_esrt.survey.statistics.simulation import Population, simulate
from cf_esrt.survey.statistics.subgroups import NOT_STATED
from tests.survey.statistics.studies import votes_from


@pytest.mark.parametrize(("sd", "aim"), [(0.5, 0.25), (1.0, 0.1), (0.3, 0.5)])
def test_the_smallest_number_of_raters(sd: float, aim: float):
    def half(count: int) -> float:
        return float(stats.t.ppf(0.975, count - 1)) * sd / count**0.5

    count = raters_for(sd, aim)
    assert half(count) <= aim
    assert count == 2 or half(count - 1) > aim


def test_a_study_of_the_size_asked_for_is_as_narrow_as_asked_for():
    generator = np.random.default_rng(1)
    population = Population((2.5, 3.5), rater=0.6)
    estimate = raters_needed(simulate(population, studies=1, raters=40, images=8, generator=generator).study(0), 0.2)
    assert estimate is not None
    assert estimate.still == estimate.needed - 40
    assert estimate.cautious >= estimate.needed
    after = simulate(population, studies=1, raters=estimate.needed, images=8, generator=generator).study(0)
    assert max(one.student.half_width for one in opinions(after)) == pytest.approx(0.2, abs=0.06)


def test_one_rater_tells_no_spread():
    one = votes_from(np.full((1, 4, 2), 3.0))
    assert raters_needed(one, 0.25) is None
    assert detectable(one) is None


def test_power_is_that_of_simulated_studies():
    generator = np.random.default_rng(2)
    drawn = 0.4 + 0.7 * generator.standard_normal((15, 4000))
    found = np.asarray(stats.ttest_1samp(drawn, 0.0)[1]) < 0.05
    assert power_of(0.4, 0.7, 15) == pytest.approx(found.mean(), abs=0.025)
    assert power_of(0.0, 0.7, 15) == pytest.approx(0.05)
    assert power_of(detectable_difference(0.7, 15), 0.7, 15) == pytest.approx(0.8)
    assert detectable_difference(0.7, 15, alpha=0.005) > detectable_difference(0.7, 15)


def groups_of(sizes: dict[str | None, int], fewest: int = 5):
    count = sum(sizes.values())
    votes = votes_from(np.random.default_rng(0).integers(1, 6, (count, 3, 2)))
    named = [name for name, size in sizes.items() for _ in range(size)]
    table = pd.DataFrame({"rater": votes.raters, "profession": named})
    return votes, table, subgroups(votes, table, ["profession"], fewest)


def test_a_large_group_has_its_own_means():
    votes, _, found = groups_of({"doctor": 6, "layperson": 7})
    assert [one.raters for one in found] == [6, 7]
    assert list(found[0].opinions) == opinions(votes.of_raters(votes.raters[:6]))


def test_small_groups_are_suppressed_and_cannot_be_worked_out():
    _, _, found = groups_of({"doctor": 9, "layperson": 6, "nurse": 2})
    # the nurses' votes are the whole less the others': the next smallest group goes with them
    assert {one.group for one in found if one.suppressed} == {"nurse", "layperson"}
    assert all(one.opinions == () for one in found if one.suppressed)
    _, _, found = groups_of({"doctor": 9, "layperson": 3, "nurse": 2})
    assert {one.group for one in found if one.suppressed} == {"nurse", "layperson"}


def test_who_says_nothing_is_a_group():
    _, _, found = groups_of({"doctor": 6, None: 5})
    assert [one.group for one in found] == ["doctor", NOT_STATED]


def test_a_table_of_raters_that_does_not_fit():
    votes, table, _ = groups_of({"doctor": 6})
    with pytest.raises(RatingsError, match="lacks the column 'age'"):
        subgroups(votes, table, ["age"])
    with pytest.raises(RatingsError, match="has two rows"):
        subgroups(votes, pd.concat([table, table]), ["profession"])
