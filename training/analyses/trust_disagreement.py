"""Scores of the error map that need further networks' pictures: are they worth their time?

    python -m training.analyses.trust_disagreement --keep runs/trust --limit 24 -o assets/results/trust-disagreement.md

Beside the scores that cost nothing (`training.analyses.trust_calibration`): how far a two-stage network's picture lies
from the network of one stage's for the same photographs, and how far its pictures of the photograph's eight flips and
turns lie apart. Both as means over 16×16 pixels, on the first photographs of the calibrating sets.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from cf_esrt.engine.ensemble import POSES
from cf_esrt.enhance import EnhanceError, Enhancer
from cf_esrt.fidelity.trust.calibrated import TRUST, read
from cf_esrt.fidelity.trust.scores import AROUND, block_means, luma
from cf_esrt.files import save
from training.analyses.trust_calibration import FITTED_ON, Score, candidates, comparison, sources
from training.analyses.trust_measurements import Network, Source, measurements
from training.config import ConfigError
from training.evaluation.kept import Kept
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS

BESIDE = {"cf-esrt": "esrt", "cf-esrt-camera": "esrt-camera"}
Pictures = Callable[[np.ndarray], list[np.ndarray]]
"""From an input to luma pictures that may disagree."""


def spread(pictures: list[np.ndarray]) -> np.ndarray:
    """Mean over a block and the pixels about it of the standard deviation of pictures; of two, half their distance."""
    side = 2 * AROUND + 1
    return block_means(cv2.blur(np.stack(pictures).std(axis=0), (side, side), borderType=cv2.BORDER_REFLECT_101))


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


def score_of(pictures: Pictures, several: list[Source], words: str) -> Score:
    """A score that is looked up by the photograph's name."""
    found: dict[str, np.ndarray] = {}
    for source in several:
        for path in tqdm(source.files, desc=f"{words}, {source.name}", unit="photo", mininterval=5, disable=None):
            truth = load_truth(path, PROTOCOLS[source.protocol])
            if truth is not None:
                found[path.stem] = spread(pictures(truth.low))
    return lambda one, setting: found[one.name]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.trust_disagreement", description="Scores that need more than one picture."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--limit", type=int, default=24, metavar="N", help="photographs of each set, at most")
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was made")
    parser.add_argument("--engine", default="auto", help="what runs the networks (default: %(default)s)")
    parser.add_argument("--flips", action="store_true", help="eight flips and turns too, in eight times the time")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    kept = Kept(options.keep)
    words = " ".join(sys.argv[1:] if arguments is None else arguments)
    parts = [f"Scores that need more than one picture. `python -m training.analyses.trust_disagreement {words}`\n"]
    try:
        heads = read(TRUST).heads
        for degradation, name in FITTED_ON.items():
            network, other = Network(name, options.engine), Network(BESIDE[name], options.engine)
            detail = network.descriptor.opening_detail
            calibrating, _ = sources(options.data, degradation, options.limit)
            several = [one for source in calibrating for one in measurements(network, source, options.keep)]
            several = [one for one in several if not one.noticed]
            scores = candidates(heads[degradation])
            beside = two_networks(network.enhancer, other.enhancer, detail, kept)
            scores[f"distance from {other.descriptor.title}"] = score_of(beside, calibrating, BESIDE[name])
            if options.flips:
                flipped = eight_poses(network.enhancer, detail, kept)
                scores["spread over eight flips and turns"] = score_of(flipped, calibrating, "eight poses")
            parts.append(comparison(f"{name}@{detail:g}, {degradation}", several, detail, scores))
            print(parts[-1], flush=True)
            save(options.output, "\n".join(parts).encode())
    except (ConfigError, ValueError, OSError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
