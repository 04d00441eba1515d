"""Calibrate the error map (`cf_esrt.fidelity.trust`): one command makes `cf_esrt/fidelity/trust.json` anew.

    python -m training.analyses.trust_calibration --keep runs/trust                  # every network, its own kind
    python -m training.analyses.trust_calibration --keep runs/trust --models live    # one of them: the others stay

Photographs that trained nothing (`training.analyses.trust_sources`): most of ``isic_cc0/val``, and every second of
``ham10000/train_q75``, shrunk; for photographs as a camera stores them every second clinical one of MILK10k too, taken
without a dermatoscope. Without those that are unlike the networks' training inputs, for which the mask is off. Others
fit guesses of a block's error (``--fit``: `Head`s, for each kind of photograph, on the network that shows most texture;
else they stay as they are), and others again choose each network's score (`training.analyses.trust_choice`).

What was measured stays in ``--keep``: a stopped run goes on, and networks whose weights have not changed cost seconds.
What code with other pictures made is refused. Each part of the file holds what its network and score give for one
committed photograph (`training.analyses.trust_fingerprint`), which a test compares.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from cf_esrt import models
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity.notices import ThresholdsError
from cf_esrt.fidelity.trust.calibrated import TRUST, Promise, finite, head_json, head_of
from cf_esrt.fidelity.trust.control import LEVELS, threshold
from cf_esrt.fidelity.trust.scores import FEATURES, LOCAL, WHOLE, BlockScore, Head
from cf_esrt.files import save
from cf_esrt.models import Degradation
from training.analyses.trust_choice import GUESSES, SMALL, areas, candidates, chosen
from training.analyses.trust_choice import LEVELS as LEVELS_COMPARED
from training.analyses.trust_fingerprint import Fingerprint, check_kept, fingerprint
from training.analyses.trust_losses import DELTA, SHARE, Score, loss_of, with_head
from training.analyses.trust_measurements import DETAILS, Measured, Network, measurements
from training.analyses.trust_network import fit_network
from training.analyses.trust_sources import COUNT, sources
from training.arguments import add_engine
from training.config import ConfigError

ASKED: dict[Promise, tuple[float, ...]] = {
    "area": (4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0),
    "largest": (8.0, 10.0, 12.0, 16.0, 20.0),
    "lines": (5.0, 10.0, 20.0),
    "dots": (10.0, 20.0, 30.0),
}
QUANTILE = 0.95
"""Of a block's error, that `Head` guesses."""
SHRINKAGE = 1e-3
FITTED_ON: dict[Degradation, str] = {"bicubic": "cf-esrt", "camera": "cf-esrt-camera"}
SOFTEST = 0.95
"""Share of the choosing photographs up to whose effective resolution there is a promise; softer ones are left out."""
FINENESS = WHOLE.index("resolution")


def calibrate(several: Sequence[Measured], setting: int, promise: Promise, score: Score) -> list[float]:
    """The threshold at each level that is asked for."""
    scores = [score(one, setting) for one in several]
    found = []
    for level in ASKED[promise]:
        losses = [loss_of(promise, level, one, setting, each) for one, each in zip(several, scores, strict=True)]
        found.append(threshold(losses, level, LEVELS) if promise == "largest" else threshold(losses, DELTA))
    return found


def strictest(sets: dict[str, list[Measured]], setting: int, promise: Promise, score: Score) -> list[float]:
    """The thresholds that keep a promise in every calibrating set by itself, so in any mixture of them; an expected
    largest error is one over all of them."""
    if promise == "largest":  # its finite-sample correction is 255 levels over the photographs
        return calibrate([one for own in sets.values() for one in own], setting, promise, score)
    return np.min([calibrate(own, setting, promise, score) for own in sets.values()], axis=0).tolist()


def fit(several: Sequence[Measured], settings: Sequence[float], names: Sequence[str] = FEATURES) -> Head:
    """Quantile regression of log error on the log measures of those names: the pinball loss, smoothed, with a small
    ridge."""
    whole = np.array([one.whole for one in several], float)
    usual = np.nanmedian(whole, axis=0)
    rows, targets = [], []
    for one, own in zip(several, np.where(np.isnan(whole), usual, whole), strict=True):
        for setting in map(one.at, settings):
            local = one.local[setting].reshape(len(LOCAL), -1)
            fixed = np.repeat(np.log(own + Head.OFFSET)[:, None], local.shape[1], 1)
            rows.append(np.concatenate([np.log(local + Head.OFFSET), fixed]).T)
            targets.append(np.log(one.errors[setting].ravel() + Head.OFFSET))
    taken = [FEATURES.index(name) for name in names]
    measures, target = np.concatenate(rows)[:, taken].astype(float), np.concatenate(targets).astype(float)
    mean, spread = measures.mean(0), measures.std(0) + 1e-6
    scaled, soft = (measures - mean) / spread, 0.05

    def pinball(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        rest = target - scaled @ parameters[:-1] - parameters[-1]
        slope = QUANTILE - 1 / (1 + np.exp(np.clip(rest / soft, -50, 50)))
        value = QUANTILE * rest + soft * np.logaddexp(0, -rest / soft)
        gradient = -np.append(slope @ scaled, slope.sum()) / len(rest)
        gradient[:-1] += 2 * SHRINKAGE * parameters[:-1]
        return float(value.mean() + SHRINKAGE * (parameters[:-1] ** 2).sum()), gradient

    start = np.append(np.zeros(scaled.shape[1]), np.quantile(target, QUANTILE))
    found = minimize(pinball, start, jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spread
    bias = float(found[-1] - weights @ mean)
    four = dict(zip(names, [float(f"{weight:.4g}") for weight in weights], strict=True))  # further digits vary
    every = tuple(four.get(name, 0.0) for name in FEATURES)
    return Head(every, round(bias, 4), tuple(float(f"{value:.4g}") for value in usual))


def softest(several: Sequence[Measured]) -> float:
    """Pixels of the finest detail that `SOFTEST` of the photographs hold; rounded up, since measurements that were kept
    are rounded too, and many photographs share the value of one ring of the spectrum."""
    return math.ceil(100 * float(np.nanquantile([one.whole[FINENESS] for one in several], SOFTEST)) - 1e-6) / 100


def choose(
    sets: Sequence[Sequence[Measured]], setting: int, degradation: Degradation, guesses: Mapping[str, BlockScore]
) -> dict[str, Any]:
    """A network's score, and the areas that it was chosen by."""
    heads, levels = candidates(guesses), LEVELS_COMPARED[degradation]
    found = areas(sets, setting, heads, levels)
    name, _ = chosen(found)
    counts = [len(own) for own in sets]
    rounded = {each: [round(area, 3) for area in several] for each, several in found.items()}
    return {"name": name, **head_json(heads[name]), "photographs": counts, "levels": list(levels), "unveiled": rounded}


def entry(
    name: str,
    digest: str | None,
    degradation: Degradation,
    sets: dict[str, list[Measured]],
    score: dict[str, Any],
    blur: float,
    made_by: Fingerprint,
) -> dict[str, Any]:
    """A network's part of the file; ``score`` as `choose` gives it, ``made_by`` as `fingerprint`."""
    head = head_of(score)
    sets = {key: [one for one in own if not one.whole[FINENESS] > blur] for key, own in sets.items()}
    several = [one for own in sets.values() for one in own]
    details = [detail for detail in DETAILS if detail in several[0].details]
    promises: dict[Promise, Any] = {}
    for promise, levels in ASKED.items():
        rows = [strictest(sets, several[0].at(one), promise, with_head(head)) for one in details]
        written = [[float(f"{finite(value):.5g}") for value in row] for row in rows]
        promises[promise] = {"levels": list(levels), "thresholds": written}
    return {
        "model": name,
        "sha256": digest,
        "degradation": degradation,
        "photographs": {key: len(own) for key, own in sets.items()},
        "n": len(several),
        "details": details,
        "blur": blur,
        "score": score,
        "fingerprint": made_by,
        "promises": promises,
    }


def kinds(name: str) -> tuple[Degradation, ...]:
    """For which photographs a network is calibrated: its own, interpolation for both."""
    degradation = models.describe(name).degradation
    return ("bicubic", "camera") if degradation is None else (degradation,)


def calibrated_names() -> list[str]:
    """Every model but the coarse networks, which are their two-stage ones at detail 0."""
    return [name for name in models.names() if models.describe(name).stage != "coarse"]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """The file's new content; written after every network, so that a stopped run loses nothing."""
    document: dict[str, Any] = {"delta": DELTA, "share": SHARE, "heads": {}, "entries": []}
    if options.output.is_file():
        document = json.loads(options.output.read_text("utf-8"))
    document["command"] = "python -m training.analyses.trust_calibration --keep runs/trust"
    for name in options.models or calibrated_names():
        network = Network(name, options.engine)
        model = network.descriptor
        for degradation in kinds(name):
            check_kept(options.keep, network, degradation)
            used = sources(options.data, degradation, options.count)
            settings = (0.0, model.opening_detail, 1.0)
            held = document["heads"].get(degradation, {}).get("guesses", {})
            if name == FITTED_ON[degradation] and (options.fit or not {*GUESSES, SMALL} <= set(held)):
                seen = [one for source in used.fitting for one in measurements(network, source, options.keep, settings)]
                photographs = ", ".join(f"{len(one.files)} of {one.name}, {one.protocol}" for one in used.fitting)
                words = f"{name} {str(model.sha256)[:12]}: {photographs}"
                fitted = {guess: head_json(fit(seen, settings, names)) for guess, names in GUESSES.items()}
                fitted[SMALL] = head_json(fit_network(seen, settings))
                document["heads"][degradation] = {"fitted_on": words, "guesses": fitted}
            if degradation not in document["heads"]:
                raise ConfigError(
                    f"The guess for {degradation} photographs is fitted on {FITTED_ON[degradation]}: name it first."
                )
            choosing = [inside(measurements(network, one, options.keep, settings)) for one in used.choosing]
            blur = softest([one for own in choosing for one in own])
            setting = choosing[0][0].at(model.opening_detail)
            score = choose(choosing, setting, degradation, guesses_of(document, degradation))
            sets = {
                f"{one.name}, {one.protocol}": inside(measurements(network, one, options.keep))
                for one in used.calibrating
            }
            made_by = fingerprint(network, degradation, head_of(score))
            made = entry(name, model.sha256, degradation, sets, score, blur, made_by)
            others = [one for one in document["entries"] if (one["model"], one["degradation"]) != (name, degradation)]
            document["entries"] = sorted([*others, made], key=lambda one: (one["degradation"], one["model"]))
            save(options.output, (json.dumps(document, indent=1) + "\n").encode())
            print(f"{name}, {degradation}: {made['n']} photographs, by {score['name']}", flush=True)
    return document


def guesses_of(document: dict[str, Any], degradation: Degradation) -> dict[str, BlockScore]:
    """The fitted ones of the file, from cheap to dear."""
    return {name: head_of(one) for name, one in document["heads"][degradation]["guesses"].items()}


def inside(several: Iterable[Measured]) -> list[Measured]:
    """Without those that are unlike the networks' training inputs."""
    return [one for one in several if not one.noticed]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.trust_calibration", description="Calibrate the error map."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME", help="only these; the others' parts stay")
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="photographs of each set, at most")
    parser.add_argument("--fit", action="store_true", help="fit the guess of a block's error anew")
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was measured")
    add_engine(parser, default="auto")
    parser.add_argument("-o", "--output", type=Path, default=TRUST, help="default: the committed file")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        document = run(options)
    except (ValueError, OSError, EnhanceError, ThresholdsError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.output}: {len(document['entries'])} calibrations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
