"""Do adaptive pairs bias the scale? Simulated studies, all pairs in turn beside pairs chosen by what they tell.

    python -m assets.survey.adaptive_pairs --studies 400

prints a table. Raters differ in taste; each answers so many pairs, and the study is analysed as the report does it:
Bradley–Terry by maximum likelihood with intervals over raters.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cf_esrt.survey.design import adaptive
from cf_esrt.survey.design.chance import Chance
from cf_esrt.survey.statistics.preference import Choices, scale

WORTHS = np.array([0.0, 0.15, 1.0, 2.2, 2.5])
"""In logits: two close pairs far apart, and one between them."""
CENTRED = WORTHS - WORTHS.mean()
TASTE = 0.4
"""Standard deviation over raters of a method's worth."""
RATERS, ITEMS, IMAGES = 20, 10, 10
METHODS = tuple("abcde")
PAIRS = tuple("|".join(pair) for pair in combinations(METHODS, 2))
ENDS = np.array(list(combinations(range(len(METHODS)), 2)))


@dataclass(frozen=True)
class Drawn:
    """What came of one way of choosing pairs."""

    estimates: np.ndarray
    """studies × methods"""
    covered: np.ndarray
    """studies × pairs of methods: whether the interval of the difference holds the truth"""
    widths: np.ndarray
    """studies × pairs of methods: half widths"""


def study(way: str, raters: int, generator: np.random.Generator, seed: int) -> Choices:
    """One study's answers; ``way``: "in full", where every rater answers every pair, or "adaptive"."""
    tally = {pair: (0, 0, 0) for pair in PAIRS}
    rows: list[tuple[int, int, int, int, int]] = []
    for rater in range(raters):
        own = WORTHS + TASTE * generator.standard_normal(len(WORTHS))
        pairs = list(PAIRS) if way == "in full" else adaptive.choose(PAIRS, tally, ITEMS, Chance(seed, rater))
        counts = {pair: list(answers) for pair, answers in tally.items()}
        for pair in pairs:
            a, b = ENDS[PAIRS.index(pair)]
            first = bool(own[a] - own[b] + generator.logistic() > 0)
            counts[pair][0 if first else 1] += 1
            left, right = (a, b) if generator.random() < 0.5 else (b, a)
            rows.append((rater, int(generator.integers(IMAGES)), left, right, 1 if first == (left == a) else -1))
        tally = {pair: (one, two, ties) for pair, (one, two, ties) in counts.items()}
    columns = np.array(rows).T
    names = tuple(f"R{rater:03d}" for rater in range(raters)), tuple(f"p{image}" for image in range(IMAGES))
    return Choices(METHODS, *names, *columns)


def target() -> np.ndarray:
    """What the scale of all raters tends to, whose tastes differ: logits of the pairs' chances, as worths.

    The logistic of a normal taste is flatter; the factor is that of Zeger, Liang and Albert (1988).
    """
    return CENTRED / (1 + 0.346 * 2 * TASTE**2) ** 0.5


def measured(studies: int, raters: int = RATERS, seed: int = 0) -> dict[str, Drawn]:
    """Way → its studies."""
    truth = target()
    differences = truth[ENDS[:, 0]] - truth[ENDS[:, 1]]
    found = {}
    for way in ("in full", "adaptive"):
        generator = np.random.default_rng(seed)
        fits = [scale(study(way, raters, generator, seed + number)) for number in range(studies)]
        intervals = [[one.difference for one in fit.preferences] for fit in fits]
        limits = np.array([[(one.low, one.high) for one in row] for row in intervals])
        covered = (limits[..., 0] <= differences) & (differences <= limits[..., 1])
        estimates = np.array([[worth.value for _, worth in fit.worths] for fit in fits])
        found[way] = Drawn(estimates, covered, (limits[..., 1] - limits[..., 0]) / 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    close = [PAIRS.index("a|b"), PAIRS.index("d|e")]
    print(f"{RATERS} raters × {ITEMS} pairs, {options.studies} studies\n")
    print("| pairs are chosen | largest bias of a worth | intervals that hold the truth | ± of the two close pairs |")
    print("|---|---|---|---|")
    for way, drawn in measured(options.studies, seed=options.seed).items():
        bias = drawn.estimates.mean(0) - target()
        error = drawn.estimates.std(0, ddof=1) / options.studies**0.5
        worst = int(np.argmax(np.abs(bias)))
        print(
            f"| {way} | {bias[worst]:+.3f} ± {1.96 * error[worst]:.3f} | {drawn.covered.mean():.1%} | "
            f"{np.median(drawn.widths[:, close]):.2f} |"
        )


if __name__ == "__main__":
    main()
