"""How much a study of the paper's size can tell: 10 images, 15 raters, 5 methods, the MOS column of its Table 1.

    python -m assets.survey.paper_size [-o assets/survey] [--studies 1000]

writes ``paper-size.png`` and ``paper-size.json``. Studies are simulated whose votes have the means and standard
deviations that the paper prints. The paper does not say what makes its votes vary. If it were noise alone, every vote
would be independent evidence; in studies of this kind raters and images differ, and like methods differently. Both
are simulated: the truth lies between them or beyond.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from cf_esrt.survey.statistics.comparison import signed_rank_p
from cf_esrt.survey.statistics.mixed import balanced_limits
from cf_esrt.survey.statistics.simulation import Population, latent_of, simulate

TABLE = {
    "Bicubic": (2.84, 1.44),
    "SRCNN": (3.11, 1.35),
    "SRGAN": (3.75, 1.07),
    "ESRT": (3.52, 1.26),
    "CF-ESRT": (4.08, 1.09),
}
"""MOS ± SD as printed"""
METHODS = list(TABLE)
FIRST, SECOND = METHODS.index("CF-ESRT"), METHODS.index("SRGAN")
RATERS, IMAGES = 15, 10
PAIRS = list(combinations(range(len(METHODS)), 2))
SHARES = {
    "votes independent": (0.0, 0.0, 0.0, 0.0),
    "raters and images differ": (0.20, 0.10, 0.10, 0.10),
}
"""rater, image, rater × method, image × method: shares of the least spread method's variance; an assumption"""
SIZES = (15, 25, 35, 50, 75, 100)
NUMBERS = (10, 20, 40)
COLOURS = {"votes": "#9aa5b1", "raters": "#b4540a", "mixed": "#0b63b0"}
NAMES = {"votes": "t, 150 votes", "raters": "Wilcoxon, 15 raters", "mixed": "mixed model"}


def population(shares: tuple[float, float, float, float], same: bool = False) -> Population:
    """The paper's table as a population; ``same``: SRGAN is as good as CF-ESRT in truth."""
    latent = [latent_of(*TABLE[name]) for name in METHODS]
    if same:
        latent[SECOND] = latent[FIRST]
    least = min(spread for _, spread in latent) ** 2
    effects = [(share * least) ** 0.5 for share in shares]
    noise = tuple(((spread**2 - sum(shares) * least) ** 0.5,) for _, spread in latent)
    return Population(tuple(centre for centre, _ in latent), noise, *effects)


def verdicts(votes: np.ndarray, level: float) -> dict[str, bool]:
    """Which analyses call CF-ESRT and SRGAN different in one study (raters × images × methods)."""
    alpha = 1 - level
    first, second = votes[..., FIRST], votes[..., SECOND]
    _, p_votes = stats.ttest_ind(first.ravel(), second.ravel(), equal_var=False)
    by_votes = float(p_votes)  # pyright: ignore[reportArgumentType]
    differences = np.round(first.mean(1) - second.mean(1), 9)
    nonzero = differences[differences != 0]
    by_raters = signed_rank_p(nonzero) if nonzero.size else 1.0
    low, high = balanced_limits(votes, level)[2][PAIRS.index((SECOND, FIRST))]
    return {
        "votes": by_votes < alpha,
        "raters": by_raters < alpha,
        "mixed": bool(low > 0 or high < 0),
    }


def share_of(found: list[dict[str, bool]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in NAMES}


def measure(studies: int) -> dict[str, Any]:
    """Every number of the figure."""
    document: dict[str, Any] = {"studies": studies, "table": TABLE, "shares of variance": SHARES, "cases": {}}
    printed = np.argsort([TABLE[name][0] for name in METHODS])
    strict = 1 - 0.05 / len(PAIRS)
    for case, shares in SHARES.items():
        drawn = {
            same: simulate(
                population(shares, same),
                studies=studies,
                raters=RATERS,
                images=IMAGES,
                generator=np.random.default_rng(7),
            ).votes[..., 0]
            for same in (False, True)
        }
        means = drawn[False].mean((1, 2))
        limits = np.array([balanced_limits(votes)[0] for votes in drawn[False]])
        apart = drawn[True].mean((1, 2))
        gap = TABLE["CF-ESRT"][0] - TABLE["SRGAN"][0]
        document["cases"][case] = {
            "half width": dict(zip(METHODS, ((limits[..., 1] - limits[..., 0]) / 2).mean(0).tolist(), strict=True)),
            "found as printed, 0.05/10": share_of([verdicts(votes, strict) for votes in drawn[False]]),
            "found where there is nothing, 0.05": share_of([verdicts(votes, 0.95) for votes in drawn[True]]),
            "CF-ESRT first": float((means.argmax(1) == FIRST).mean()),
            "printed order whole": float((np.argsort(means, 1) == printed).all(1).mean()),
            "gap as printed where there is none": float((np.abs(apart[:, FIRST] - apart[:, SECOND]) >= gap).mean()),
        }
    truth = population(SHARES["raters and images differ"])
    document["power"] = {}
    for images in NUMBERS:
        row = []
        for raters in SIZES:
            votes = simulate(
                replace(truth),
                studies=studies,
                raters=raters,
                images=images,
                generator=np.random.default_rng(raters * 100 + images),
            ).votes[..., 0]
            limits = np.array([balanced_limits(one, strict)[2][PAIRS.index((SECOND, FIRST))] for one in votes])
            row.append(float(((limits[:, 0] > 0) | (limits[:, 1] < 0)).mean()))
        document["power"][str(images)] = dict(zip(map(str, SIZES), row, strict=True))
    return document


def draw(document: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(10.5, 7.6), layout="constrained", dpi=110)
    axes = figure.subplots(2, 2)
    _table(axes[0, 0], document)
    _verdicts(axes[0, 1], document)
    _rankings(axes[1, 0], document)
    _power(axes[1, 1], document)
    for one in axes.flat:
        one.spines[["top", "right"]].set_visible(False)
    return figure


def _table(axes: Axes, document: dict[str, Any]) -> None:
    wide = document["cases"]["raters and images differ"]["half width"]
    for k, (name, (mos, sd)) in enumerate(TABLE.items()):
        naive = 1.96 * sd / (RATERS * IMAGES) ** 0.5
        labels = ("95%, other raters and images", "95%, as if 150 independent votes") if k == 0 else (None, None)
        axes.plot(
            [mos - wide[name], mos + wide[name]],
            [k, k],
            color=COLOURS["mixed"],
            linewidth=2,
            label=labels[0],
        )
        axes.plot(
            [mos - naive, mos + naive],
            [k, k],
            color=COLOURS["votes"],
            linewidth=6,
            label=labels[1],
            solid_capstyle="butt",
        )
        axes.plot(mos, k, "o", color="#1f2933", markersize=5, zorder=3)
    axes.set_yticks(range(len(METHODS)), METHODS)
    axes.set(xlim=(1.9, 5), ylim=(len(METHODS) - 0.5, -1.5), xlabel="MOS as printed")
    axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=1)
    axes.set_title("What the printed means leave open", fontsize=10, loc="left")


def _verdicts(axes: Axes, document: dict[str, Any]) -> None:
    groups = [
        (case, key) for key in ("found as printed, 0.05/10", "found where there is nothing, 0.05") for case in SHARES
    ]
    for k, (case, key) in enumerate(groups):
        for j, name in enumerate(NAMES):
            value = document["cases"][case][key][name]
            axes.bar(k + (j - 1) * 0.26, value, width=0.24, color=COLOURS[name], label=NAMES[name] if k == 0 else None)
            axes.text(k + (j - 1) * 0.26, value + 0.01, f"{100 * value:.0f}", ha="center", fontsize=8)
    short = {"votes independent": "votes\nindependent", "raters and images differ": "raters and\nimages differ"}
    axes.set_xticks(range(len(groups)), [short[case] for case, _ in groups], fontsize=8)
    axes.axvline(1.5, color="#d9dee4")
    axes.text(0.5, 0.93, "truth as printed\n(found at 0.05/10)", ha="center", va="top", fontsize=8)
    axes.text(2.5, 0.93, "no difference\n(false alarms at 0.05)", ha="center", va="top", fontsize=8)
    axes.set(ylim=(0, 1), ylabel="share of studies")
    axes.legend(frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(1, 0.6))
    axes.set_title("CF-ESRT against SRGAN: a difference found, %", fontsize=10, loc="left")


def _rankings(axes: Axes, document: dict[str, Any]) -> None:
    keys = {
        "CF-ESRT first": "CF-ESRT comes first",
        "printed order whole": "all five in the printed order",
        "gap as printed where there is none": "gap of 0.33 or more to SRGAN\nwhere there is none in truth",
    }
    colours = ("#c5ccd3", "#5c87ad")
    for k, key in enumerate(keys):
        for j, case in enumerate(SHARES):
            value = document["cases"][case][key]
            axes.barh(k + (j - 0.5) * 0.38, value, height=0.35, color=colours[j], label=case if k == 0 else None)
            axes.text(value + 0.01, k + (j - 0.5) * 0.38, f"{100 * value:.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(keys)), list(keys.values()), fontsize=9)
    axes.set(xlim=(0, 1.08), ylim=(len(keys) - 0.5, -0.9), xlabel="share of studies, %", xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels(["0", "25", "50", "75", "100"])
    axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    axes.set_title("Does such a study rank as the truth does?", fontsize=10, loc="left")


def _power(axes: Axes, document: dict[str, Any]) -> None:
    for images, colour in zip(NUMBERS, ("#9cc3e6", "#4b93d1", "#0b4a80"), strict=True):
        row = document["power"][str(images)]
        axes.plot(list(SIZES), list(row.values()), "o-", color=colour, markersize=4, label=f"{images} images")
    axes.axhline(0.8, color="#9aa5b1", linewidth=0.8, linestyle="--")
    axes.set(ylim=(0, 1), xlim=(0, 105), xlabel="raters", ylabel="power, mixed model at 0.05/10")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    axes.set_title("What it takes, where raters and images differ", fontsize=10, loc="left")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Simulate studies of the paper's size.")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent)
    parser.add_argument("--studies", type=int, default=1000)
    options = parser.parse_args(arguments)
    document = measure(options.studies)
    (options.output / "paper-size.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    draw(document).savefig(options.output / "paper-size.png", metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
