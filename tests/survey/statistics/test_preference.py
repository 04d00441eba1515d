"""Bradley–Terry and Thurstone: against statsmodels where it has them, and in simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from cf_esrt.survey.statistics.preference import Choices, choices_of, left_share, scale
from cf_esrt.survey.statistics.ratings import RatingsError

METHODS = ("a", "b", "c", "d")


def drawn(worths: list[float], *, raters: int, images: int, side: float = 0.0, band: float = 0.0, seed: int = 0,
          taste: float = 0.0) -> Choices:  # fmt: skip
    generator = np.random.default_rng(seed)
    rows = []
    for rater in range(raters):
        own = np.array(worths) + taste * generator.standard_normal(len(worths))
        for image in range(images):
            for a, b in combinations(range(len(worths)), 2):
                left, right = (a, b) if generator.random() < 0.5 else (b, a)
                latent = own[left] - own[right] + side + generator.logistic()
                answer = 0 if abs(latent) <= band else int(np.sign(latent))
                rows.append((f"R{rater:03d}", f"p{image}", METHODS[left], METHODS[right], answer))
    return choices_of(rows, METHODS[: len(worths)])


@pytest.mark.parametrize(("noise", "link"), [("bradley-terry", families.links.Logit()),
                                            ("thurstone", families.links.Probit())])  # fmt: skip
def test_worths_are_those_of_a_binomial_regression(noise, link):
    choices = drawn([0.0, 0.5, 1.0, 0.2], raters=12, images=8, side=0.3)
    design = np.zeros((len(choices.answer), 4))
    rows = np.arange(len(design))
    design[rows, choices.left] += 1
    design[rows, choices.right] -= 1
    design[:, 0] = 1.0  # the side; the first method is the zero
    fit = GLM(choices.answer > 0, design, family=families.Binomial(link)).fit(
        cov_type="cluster", cov_kwds={"groups": choices.rater, "use_correction": True}
    )
    found = scale(choices, noise)
    worths = np.array([one.value for _, one in found.worths])
    assert worths - worths[0] == pytest.approx([0, *fit.params[1:]], abs=2e-3)
    assert found.left.value == pytest.approx(fit.params[0], abs=2e-3)
    pair = found.preferences[0]  # a against b
    assert pair.difference.half_width / 2.200985 == pytest.approx(fit.bse[1], rel=0.01)  # Student's t, 11 degrees
    assert (pair.wins + pair.losses, pair.ties) == (96, 0)


def test_ties_are_a_band_and_their_width_is_found():
    found = scale(drawn([0.0, 1.0, 2.0], raters=150, images=10, band=0.7, side=-0.2))
    worths = [one.value for _, one in found.worths]
    assert np.diff(worths) == pytest.approx([1, 1], abs=0.15)
    assert found.tie == pytest.approx(0.7, abs=0.06)
    assert found.left.value == pytest.approx(-0.2, abs=0.1)
    assert all(one.ties > 0 for one in found.preferences)


def test_intervals_hold_for_other_raters():
    """Raters of different taste: intervals of single answers would be too narrow."""
    inside = []
    for seed in range(60):
        pair = scale(drawn([0.0, 0.6], raters=20, images=10, seed=seed, taste=0.5)).preferences[0]
        # the logistic with normal tastes, seen by all raters together, is flatter
        inside.append(pair.difference.low <= -0.56 <= pair.difference.high)
    assert np.mean(inside) > 0.85


def test_the_left_side_is_told():
    choices = drawn([0.0, 0.0], raters=40, images=10, side=1.0)
    share = left_share(choices)
    assert share.low > 0.6
    assert scale(choices).left.low > 0


def test_what_cannot_be_scaled_is_told():
    with pytest.raises(RatingsError, match="two raters"):
        scale(drawn([0.0, 1.0], raters=1, images=3))
    rows = [(f"R{k}", "p", *pair, 1) for k in range(3) for pair in (("a", "b"), ("c", "d"))]
    with pytest.raises(RatingsError, match="never compared"):
        scale(choices_of(rows, METHODS))


def test_a_method_that_always_wins_has_a_finite_worth():
    rows = [(f"R{k}", f"p{n}", "a", "b", 1) for k in range(4) for n in range(5)]
    found = scale(choices_of(rows, METHODS[:2]))
    assert np.isfinite(found.worths[0][1].value)
    assert found.worths[0][1].value > 1
    assert found.preferences[0].share.value == 1
