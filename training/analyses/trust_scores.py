"""Which score leaves most of a result unveiled under the same promise, and is a dear one worth its time?

    python -m training.analyses.trust_scores --keep runs/trust --flips -o assets/results/trust-scores.md

First what each network's score was chosen by (`training.analyses.trust_choice`), from `cf_esrt/fidelity/trust.json`.
Then, on the calibrating photographs, scores from cheap to dear: each measure of
`cf_esrt.fidelity.trust.scores.LOCAL` alone; guesses from several of them (`Head`); how far a two-stage network's
picture lies from the network of one stage's for the same photograph; how far its own pictures of the photograph's eight
flips and turns lie apart (``--flips``). The last two are means over 16×16 pixels. On random halves of every set, the
threshold that keeps the promise in each of them; tested on the other halves.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from cf_esrt.engine.ensemble import POSES
from cf_esrt.enhance import EnhanceError, Enhancer
from cf_esrt.fidelity.trust import LEVEL
from cf_esrt.fidelity.trust.calibrated import TRUST
from cf_esrt.fidelity.trust.control import LEAST_AREA, threshold
from cf_esrt.fidelity.trust.scores import block_means, luma
from cf_esrt.files import save
from training.analyses.trust_calibration import FITTED_ON, guesses_of, inside
from training.analyses.trust_choice import CLOSE, LEVELS, Sets, candidates, chosen
from training.analyses.trust_losses import DELTA, Score, area_losses, with_head
from training.analyses.trust_measurements import Network, Source, measurements
from training.analyses.trust_sources import COUNT, sources
from training.arguments import add_engine
from training.config import ConfigError
from training.evaluation.kept import Kept
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.texts import table_header, table_row

BESIDE = {"cf-esrt": "esrt", "cf-esrt-camera": "esrt-camera"}
SPLITS = 200
Pictures = Callable[[np.ndarray], list[np.ndarray]]
"""From an input to luma pictures that may disagree."""


def spread(pictures: list[np.ndarray]) -> np.ndarray:
    """Mean over a block and the pixels about it of the standard deviation of pictures; of two, half their distance."""
    return block_means(cv2.blur(np.stack(pictures).std(axis=0), (9, 9), borderType=cv2.BORDER_REFLECT_101))


def two_networks(first: Enhancer, second: Enhancer, detail: float, kept: Kept) -> Pictures:
    def pictures(low: np.ndarray) -> list[np.ndarray]:
        return [luma(kept.reconstruct(first, low).blend(detail)), luma(kept.reconstruct(second, low).refined)]

    return pictures


def eight_poses(network: Enhancer, detail: float, kept: Kept) -> Pictures:
    def pictures(low: np.ndarray) -> list[np.ndarray]:
        turned = (np.ascontiguousarray(pose.of(low)) for pose in POSES)
        made = (kept.reconstruct(network, one).blend(detail) for one in turned)
        return [luma(np.ascontiguousarray(pose.undo(one))) for pose, one in zip(POSES, made, strict=True)]

    return pictures


def score_of(pictures: Pictures, several: Sequence[Source], words: str) -> Score:
    """A score that is looked up by the photograph's name."""
    found: dict[str, np.ndarray] = {}
    for source in several:
        for path in tqdm(source.files, desc=f"{words}, {source.name}", unit="photo", mininterval=5, disable=None):
            truth = load_truth(path, PROTOCOLS[source.protocol])
            if truth is not None:
                found[path.stem] = spread(pictures(truth.low))
    return lambda one, setting: found[one.name]


@dataclass(frozen=True)
class Split:
    """What a score gives at one level, on average over random halves."""

    kept: float
    """Share of the tested photographs in which the promise is kept."""
    unveiled: float
    """Share of their area; 0 where it is too little for a promise."""


def splits(sets: Sets, setting: int, score: Score, level: float, count: int = SPLITS) -> Split:
    """Calibrated on a random half of every set, with the strictest threshold, and tested on the other halves."""
    random = np.random.default_rng(0)
    found = area_losses(sets, setting, score, level)
    rates, areas = [], []
    for _ in range(count):
        orders = [random.permutation(len(own)) for own in found]
        at = min(
            threshold([own[k][0] for k in order[: len(order) // 2]], DELTA)
            for own, order in zip(found, orders, strict=True)
        )
        for own, order in zip(found, orders, strict=True):
            for loss, scores in (own[k] for k in order[len(order) // 2 :]):
                share = np.searchsorted(scores, at) / len(scores)
                rates.append(share < LEAST_AREA or loss(at) == 0)
                areas.append(share if share >= LEAST_AREA else 0.0)
    return Split(float(np.mean(rates)), float(np.mean(areas)))


def comparison(title: str, sets: Sets, detail: float, scores: dict[str, Score], levels: Sequence[float]) -> str:
    """A Markdown table: what each score leaves unveiled under the same promise; and which to choose."""
    setting = sets[0][0].at(detail)
    counts = " + ".join(str(len(own)) for own in sets)
    lines = [f"**{title}**, {counts} photographs, {SPLITS} random halves of each set", ""]
    lines += table_header(["score", *(f"unveiled within {level:g} levels (kept)" for level in levels)])
    areas = {}
    for name, score in scores.items():
        found = [splits(sets, setting, score, level) for level in levels]
        areas[name] = [one.unveiled for one in found]
        lines.append(table_row([name, *(f"{one.unveiled:.0%} ({one.kept:.0%})" for one in found)]))
    first, close = chosen(areas)
    points = f"{100 * CLOSE:g} points of the best at every level"
    if close:
        said = f"Within {points}: {', '.join(close)}. The cheapest of them: {first}."
    else:
        said = f"None is within {points}; {first} falls least behind."
    return "\n".join([*lines, "", said]) + "\n"


def choices(held: dict[str, Any]) -> str:
    """A Markdown table from the calibration's file: what each score left unveiled, for each network."""
    lines = []
    for degradation, levels in LEVELS.items():
        entries = [one for one in held["entries"] if one["degradation"] == degradation]
        if not entries:
            continue
        words = "/".join(f"{level:g}" for level in levels)
        counts = " + ".join(str(count) for count in entries[0]["score"]["photographs"])
        lines += [f"**{degradation}**, {counts} photographs, unveiled within {words} levels, in %", ""]
        names = list(dict.fromkeys(name for one in entries for name in one["score"]["unveiled"]))
        lines += table_header(["network", "chosen", *names])
        for one in entries:
            score = one["score"]
            areas = ["/".join(f"{100 * area:.0f}" for area in score["unveiled"].get(name, ())) or "–" for name in names]
            lines.append(table_row([one["model"], score["name"], *areas]))
        lines.append("")
    return "\n".join(lines)


def run(options: argparse.Namespace) -> str:
    """The report; written after every network, so that a stopped run loses nothing."""
    kept, held = Kept(options.keep), json.loads(TRUST.read_text("utf-8"))
    text = f"# Which score leaves most unveiled\n\n`python -m training.analyses.{' '.join(options.command)}`\n"
    text += f"\n## What each network's score was chosen by\n\n{choices(held)}\n## Dearer scores\n"
    for degradation, name in FITTED_ON.items():
        network, other = Network(name, options.engine), Network(BESIDE[name], options.engine)
        detail = network.descriptor.opening_detail
        calibrating = sources(options.data, degradation, options.limit).calibrating
        sets = [inside(measurements(network, source, options.keep)) for source in calibrating]
        heads = candidates(guesses_of(held, degradation))
        scores = {each: with_head(head) for each, head in heads.items()}
        beside = two_networks(network.enhancer, other.enhancer, detail, kept)
        scores[f"distance from {other.descriptor.title}"] = score_of(beside, calibrating, BESIDE[name])
        if options.flips:
            flipped = eight_poses(network.enhancer, detail, kept)
            scores["spread over eight flips and turns"] = score_of(flipped, calibrating, "eight poses")
        title = f"{name}@{detail:g}, {degradation}, opens within {LEVEL[degradation]:g} levels"
        text += "\n" + comparison(title, sets, detail, scores, LEVELS[degradation])
        save(options.out, text.encode())
    return text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.trust_scores", description="Compare scores of the error map."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--limit", type=int, default=COUNT, metavar="N", help="photographs of each set, at most")
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was made")
    add_engine(parser, default="auto")
    parser.add_argument("--flips", action="store_true", help="eight flips and turns too, in eight times the time")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    options.command = ["trust_scores", *(sys.argv[1:] if arguments is None else arguments)]
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        text = run(options)
    except (ConfigError, ValueError, OSError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
