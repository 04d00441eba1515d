"""Prints the tables of assets/survey/README.md: how often intervals cover the truth, and whom screening leaves out.

python -m tests.survey.statistics.measure
"""

from __future__ import annotations

import numpy as np

from cf_esrt.survey.statistics.intervals import sos_limits, student_limits
from cf_esrt.survey.statistics.mixed import balanced_limits
from cf_esrt.survey.statistics.simulation import simulate
from tests.survey.statistics import test_opinion, test_screening

STUDIES = 1000


def coverage(name: str, raters: int, images: int) -> tuple[float, float, float]:
    """Student's and the binomial interval of a MOS, and the mixed model's of a difference."""
    population = test_opinion.POPULATIONS[name]
    drawn = simulate(population, studies=STUDIES, raters=raters, images=images, generator=np.random.default_rng(1))
    means = drawn.votes.mean((2, 4)).swapaxes(0, 1)
    limits = student_limits(means), sos_limits(means, images)
    shares = [float(((low <= drawn.mos) & (drawn.mos <= high)).mean()) for low, high in limits]
    methods = len(population.methods)
    truth = [drawn.everywhere[a] - drawn.everywhere[b] for a in range(methods) for b in range(a + 1, methods)]
    pairs = np.array([balanced_limits(votes)[2] for votes in drawn.votes[..., 0]])
    return shares[0], shares[1], float(((pairs[..., 0] <= truth) & (truth <= pairs[..., 1])).mean())


def main() -> None:
    print(
        "| raters are | raters × images | Student | binomial (SOS) | difference, mixed model |\n|---|---|---|---|---|"
    )
    for name in test_opinion.POPULATIONS:
        for raters, images in ((15, 10), (24, 10), (35, 20)):
            cells = " | ".join(f"{100 * share:.1f}%" for share in coverage(name, raters, images))
            print(f"| {name} | {raters} × {images} | {cells} |", flush=True)
    print("\n| methods are | clickers out | honest out | BT.500: clickers out | honest out |\n|---|---|---|---|---|")
    for name in test_screening.POPULATIONS:
        shares = test_screening.shares_out(name, STUDIES) + test_screening.shares_out(name, STUDIES, "bt500")
        print(f"| {name} | " + " | ".join(f"{100 * share:.1f}%" for share in shares) + " |", flush=True)


if __name__ == "__main__":
    main()
