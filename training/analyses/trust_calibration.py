"""Calibrate the error map (`cf_esrt.fidelity.trust`): one command makes `cf_esrt/fidelity/trust.json` anew.

    python -m training.analyses.trust_calibration --keep runs/trust                  # every network, its own kind
    python -m training.analyses.trust_calibration --keep runs/trust --models live    # one of them: the others stay

Photographs that trained nothing: ``isic_cc0/val``, and every second of ``ham10000/train_q75``, shrunk; for photographs
as a camera stores them every second clinical one of MILK10k too, taken without a dermatoscope. Without those that are
unlike the networks' training inputs, for which the mask is off. The others of ``ham10000/train_q75`` fit the guess of a
block's error (``--fit``: `Head`, one for each kind of photograph, on the network that shows most texture); it stays as
it is where it is not fitted anew, since calibration alone keeps the promise. What was measured stays in ``--keep``: a
stopped run goes on, and networks whose weights have not changed cost seconds.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from cf_esrt import models
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity.notices import ThresholdsError
from cf_esrt.fidelity.trust import calibrated
from cf_esrt.fidelity.trust.calibrated import TRUST, Promise, finite
from cf_esrt.fidelity.trust.control import LEAST_AREA, LEVELS, Loss, largest_loss, share_loss, threshold
from cf_esrt.fidelity.trust.scores import LOCAL, WHOLE, Head
from cf_esrt.files import save
from cf_esrt.models import Degradation
from training.analyses.trust_measurements import DETAILS, PROTOCOL_OF, Measured, Network, Source, measurements
from training.config import ConfigError
from training.data import list_images

DELTA, SHARE = 0.1, 0.05
ASKED: dict[Promise, tuple[float, ...]] = {
    "area": (4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0),
    "largest": (8.0, 10.0, 12.0, 16.0, 20.0),
    "lines": (5.0, 10.0, 20.0),
    "dots": (10.0, 20.0, 30.0),
}
STRUCTURES: dict[Promise, tuple[int, int]] = {"lines": (0, 1), "dots": (2, 3)}
"""Where `Measured.structures` has what is drawn, and what of it is false."""
QUANTILE = 0.95
"""Of a block's error, that `Head` guesses."""
SHRINKAGE = 1e-3
FITTED_ON: dict[Degradation, str] = {"bicubic": "cf-esrt", "camera": "cf-esrt-camera"}
SOFTEST = 0.95
"""Share of the calibrating photographs up to whose effective resolution there is a promise; the rest are left out."""
COUNT = 50
"""Photographs of each set."""
FITTING = 30
"""Of those that fit the guess."""
Score = Callable[[Measured, int], np.ndarray]
"""Of a photograph at a setting: rows × columns."""


def sources(data: Path, degradation: Degradation, count: int) -> tuple[list[Source], Source]:
    """What is calibrated on, and what the guess is fitted on. ConfigError where a folder is missing."""
    full, shrunk = PROTOCOL_OF[degradation]
    second = list_images([data / "ham10000/train_q75"])
    calibrating = [
        Source("isic_cc0/val", full, tuple(list_images([data / "isic_cc0/val"])[:count])),
        Source("ham10000/train_q75", shrunk, tuple(second[1::2][:count])),
    ]
    if degradation == "camera":  # dermatoscopes' photographs alone promised too much of phones'
        calibrating.append(
            Source("milk10k/clinical", shrunk, tuple(list_images([data / "milk10k/clinical"])[1::2][:count]))
        )
    return calibrating, Source("ham10000/train_q75", shrunk, tuple(second[0::2][: min(count, FITTING)]))


def with_head(head: Head) -> Score:
    return lambda one, setting: head(one.local[setting], one.whole)


def loss_of(promise: Promise, level: float, one: Measured, setting: int, scores: np.ndarray) -> Loss:
    """Of one photograph (see `cf_esrt.fidelity.trust.control`)."""
    flat, errors = scores.ravel(), one.errors[setting].ravel()
    if promise == "largest":
        return largest_loss(flat, errors)
    if promise in STRUCTURES:
        drawn, false = (one.structures[setting][kind].ravel() for kind in STRUCTURES[promise])
        return share_loss(flat, false, drawn, level / 100)
    return share_loss(flat, errors > level, None, SHARE)


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


def fit(several: Sequence[Measured], settings: Sequence[float]) -> Head:
    """Quantile regression of log error on the log measures: the pinball loss, smoothed, with a small ridge."""
    whole = np.array([one.whole for one in several], float)
    usual = np.nanmedian(whole, axis=0)
    rows, targets = [], []
    for one, own in zip(several, np.where(np.isnan(whole), usual, whole), strict=True):
        for setting in map(one.at, settings):
            local = one.local[setting].reshape(len(LOCAL), -1)
            fixed = np.repeat(np.log(own + Head.OFFSET)[:, None], local.shape[1], 1)
            rows.append(np.concatenate([np.log(local + Head.OFFSET), fixed]).T)
            targets.append(np.log(one.errors[setting].ravel() + Head.OFFSET))
    measures, target = np.concatenate(rows).astype(float), np.concatenate(targets).astype(float)
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
    four = [float(f"{weight:.4g}") for weight in weights]  # further digits depend on the machine
    return Head(tuple(four), round(bias, 4), tuple(float(f"{value:.4g}") for value in usual))


def head_json(head: Head, made_from: str) -> dict[str, Any]:
    names = (*LOCAL, *WHOLE)
    return {
        "fitted_on": made_from,
        "weights": dict(zip(names, head.weights, strict=True)),
        "bias": head.bias,
        "usual": dict(zip(WHOLE, head.usual, strict=True)),
    }


def entry(
    name: str, digest: str | None, degradation: Degradation, sets: dict[str, list[Measured]], head: Head
) -> dict[str, Any]:
    """A network's part of the file."""
    fineness = WHOLE.index("resolution")
    blur = float(np.nanquantile([one.whole[fineness] for own in sets.values() for one in own], SOFTEST))
    sets = {key: [one for one in own if not one.whole[fineness] > blur] for key, own in sets.items()}
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
        "blur": float(f"{blur:.4g}"),
        "promises": promises,
    }


def unveiled(several: Sequence[Measured], setting: int, score: Score, at: float) -> np.ndarray:
    """Of each photograph, the share of its area below the threshold; 0 where that is too little for a promise."""
    shares = np.array([float((score(one, setting) < at).mean()) for one in several])
    return np.where(shares < LEAST_AREA, 0.0, shares)


def kept(
    several: Sequence[Measured], setting: int, score: Score, at: float, promise: Promise, level: float
) -> np.ndarray:
    """Of each photograph, whether the promise is kept with that threshold; for ``largest`` the largest error itself."""
    found = []
    for one in several:
        scores = score(one, setting)
        seen = scores < at
        if seen.mean() < LEAST_AREA:
            found.append(0.0 if promise == "largest" else 1.0)
        elif promise == "largest":
            found.append(float(one.errors[setting][seen].max()))
        elif promise in STRUCTURES:
            drawn, false = (float(one.structures[setting][kind][seen].sum()) for kind in STRUCTURES[promise])
            found.append(float(false <= level / 100 * drawn))
        else:
            found.append(float((one.errors[setting][seen] > level).mean() <= SHARE))
    return np.array(found)


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
        descriptor = network.descriptor
        for degradation in kinds(name):
            calibrating, fitting = sources(options.data, degradation, options.count)
            if name == FITTED_ON[degradation] and (options.fit or degradation not in document["heads"]):
                seen = list(measurements(network, fitting, options.keep))
                head = fit(seen, (0.0, descriptor.opening_detail, 1.0))
                weights = str(descriptor.sha256)[:12]
                words = f"{name} {weights}, {fitting.name} {fitting.protocol}, {len(seen)} photographs"
                document["heads"][degradation] = head_json(head, words)
            if degradation not in document["heads"]:
                raise ConfigError(
                    f"The guess for {degradation} photographs is fitted on {FITTED_ON[degradation]}: name it first."
                )
            head = calibrated.head_of(document["heads"][degradation])
            sets = {
                f"{one.name}, {one.protocol}": [
                    each for each in measurements(network, one, options.keep) if not each.noticed
                ]
                for one in calibrating
            }
            made = entry(name, descriptor.sha256, degradation, sets, head)
            others = [one for one in document["entries"] if (one["model"], one["degradation"]) != (name, degradation)]
            document["entries"] = sorted([*others, made], key=lambda one: (one["degradation"], one["model"]))
            save(options.output, (json.dumps(document, indent=1) + "\n").encode())
            print(f"{name}, {degradation}: {made['n']} photographs", flush=True)
    return document


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.trust_calibration", description="Calibrate the error map."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME", help="only these; the others' parts stay")
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="photographs of each set, at most")
    parser.add_argument("--fit", action="store_true", help="fit the guess of a block's error anew")
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was measured")
    parser.add_argument("--engine", default="auto", help="what runs the networks (default: %(default)s)")
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
