"""How many raters a difference like CF-ESRT's needs, by scores, by pairs and by a reader study: simulated.

    python -m assets.survey.raters_needed --studies 1000

prints two tables and writes raters-needed.json. Scores and pairs come from one opinion: votes of the means
and standard deviations that the paper prints (CF-ESRT 4.08 ± 1.09, SRGAN 3.75 ± 1.07), raters and images that vary as
in paper_size.py's second case. Readings follow Roe and Metz's model, areas of 0.80 and 0.85 under the curve, with the
variances in `ROE_METZ`, which are assumed.
"""

from __future__ import annotations

import argparse
import json
from itertools import product
from pathlib import Path

import numpy as np
from scipy import stats

from cf_esrt.survey.statistics.comparison import signed_rank_p
from cf_esrt.survey.statistics.mixed import balanced_limits
from cf_esrt.survey.statistics.reader import Readings, obuchowski_rockette

MEANS, SPREAD = (4.08, 3.75), (1.09, 1.07)
RATER_METHOD = IMAGE_METHOD = 0.1**0.5
"""Of a vote's standard deviation: a tenth of its variance each."""
IMAGES = 20
RATERS = (5, 10, 20, 40, 80)
READERS, CASES = (5, 10, 20), (60, 120, 240)
LEVEL = 0.05
AREAS = (0.80, 0.85)
ROE_METZ = {"reader": 0.011, "reader_method": 0.03, "case": 0.3, "case_method": 0.3, "error": 0.4}
"""Variances: of readers, readers × methods, cases, cases × methods, and the rest."""


def opinions(studies: int, raters: int, images: int, generator: np.random.Generator) -> np.ndarray:
    """Latent opinions, studies × raters × images × 2."""
    normal = generator.standard_normal
    sd = float(np.mean(SPREAD))
    noise = (1 - 2 * 0.1) ** 0.5
    return np.array(MEANS) + sd * (
        RATER_METHOD * normal((studies, raters, 1, 2))
        + IMAGE_METHOD * normal((studies, 1, images, 2))
        + noise * normal((studies, raters, images, 2))
    )


def scores_find(latent: np.ndarray) -> float:
    """The share of studies that Wilcoxon's test over raters' means of votes finds a difference in."""
    votes = np.clip(np.round(latent), 1, 5)
    differences = np.round((votes[..., 0] - votes[..., 1]).mean(2), 9)
    found = [one[one != 0] for one in differences]
    return float(np.mean([one.size > 0 and signed_rank_p(one) < LEVEL for one in found]))


def model_finds(latent: np.ndarray) -> float:
    """The same by the mixed model, which answers for other images, too."""
    votes = np.clip(np.round(latent), 1, 5)
    limits = np.array([balanced_limits(one)[2][0] for one in votes])
    return float(((limits[:, 0] > 0) | (limits[:, 1] < 0)).mean())


def pairs_find(latent: np.ndarray) -> float:
    """The same where raters' shares of choices differ from one half: Student's t over raters."""
    shares = (latent[..., 0] > latent[..., 1]).mean(2)
    p = np.asarray(stats.ttest_1samp(shares, 0.5, axis=1)[1])
    return float((p < LEVEL).mean())


def readings(readers: int, cases: int, generator: np.random.Generator) -> Readings:
    """Roe and Metz (1997): half of the cases diseased."""
    normal = generator.standard_normal
    truth = np.arange(cases) % 2 == 1
    total = sum(ROE_METZ[name] for name in ("case", "case_method", "error"))
    shift = stats.norm.ppf(AREAS) * (2 * total) ** 0.5
    shape = (2, readers, cases)
    scores = np.zeros(shape)
    for kind in (truth, ~truth):  # reader effects are drawn for each kind of case
        drawn = ROE_METZ["reader"] ** 0.5 * normal((1, readers, 1)) + ROE_METZ["reader_method"] ** 0.5 * normal(
            (2, readers, 1)
        )
        scores += drawn * kind
    scores += ROE_METZ["case"] ** 0.5 * normal((1, 1, cases)) + ROE_METZ["case_method"] ** 0.5 * normal((2, 1, cases))
    scores += ROE_METZ["error"] ** 0.5 * normal(shape) + shift[:, None, None] * truth
    names = (tuple(f"reader {k}" for k in range(readers)), tuple(f"case {k}" for k in range(cases)))
    return Readings(*names, ("first", "second"), scores, truth)


def measured(studies: int, seed: int) -> dict[str, dict[str, float]]:
    """Kind → size → share of studies that find the difference."""
    generator = np.random.default_rng(seed)
    found: dict[str, dict[str, float]] = {"scores": {}, "model": {}, "pairs": {}, "readers": {}}
    for raters in RATERS:
        drawn = opinions(studies, raters, IMAGES, generator)
        for kind, find in (("scores", scores_find), ("model", model_finds), ("pairs", pairs_find)):
            found[kind][f"{raters}"] = find(drawn)
    for readers, cases in product(READERS, CASES):
        p = [obuchowski_rockette(readings(readers, cases, generator)).p for _ in range(studies)]
        found["readers"][f"{readers} × {cases}"] = float(np.mean(np.array(p) < LEVEL))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = measured(options.studies, options.seed)
    print(f"| raters, {IMAGES} images | scores, these images | scores, other images too | pairs, these images |")
    print("|---|---|---|---|")
    for raters in map(str, RATERS):
        shares = [f"{found[kind][raters]:.0%}" for kind in ("scores", "model", "pairs")]
        print(f"| {raters} | {' | '.join(shares)} |")
    print("\n| readers × cases | areas |\n|---|---|")
    for size, share in found["readers"].items():
        print(f"| {size} | {share:.0%} |")
    document = {"studies": options.studies, "seed": options.seed, "found": found}
    Path(__file__).with_name("raters-needed.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
