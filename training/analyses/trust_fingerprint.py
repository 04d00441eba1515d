"""What a network and its score give for one committed photograph, so that changed code is noticed too.

The digest of its weights tells nothing of the code that runs them, makes inputs and measures. So the calibration holds
a few quantiles of the scores and errors of one synthetic photograph's blocks, as they were when it was made; a test
compares them with what the code gives now, and the calibration itself with what its kept measurements were made by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cf_esrt.assets_folder import ASSETS
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust.scores import BlockScore, Head, block_errors, local_measures, whole_measures
from cf_esrt.files import save
from cf_esrt.models import Degradation
from training.analyses.trust_measurements import Network
from training.analyses.trust_sources import FULL_AND_SHRUNK
from training.config import ConfigError
from training.evaluation.methods import load_truth
from training.evaluation.protocols import PROTOCOLS

PHOTOGRAPH = ASSETS / "examples" / "synthetic-1.png"
QUANTILES = (0.1, 0.5, 0.9)
RELATIVE, ABSOLUTE = 0.02, 0.03
"""By which a number may differ: another processor or engine moves single pixels by a grey level, so that means over
blocks move by hundredths of one."""
Fingerprint = Mapping[str, list[float]]
"""``errors`` in grey levels, and ``scores``: `QUANTILES` of each at every detail setting that was looked at."""


def fingerprint(network: Network, degradation: Degradation, score: BlockScore) -> Fingerprint:
    """At the settings 0, opening and 1; of a network of one stage, of its only picture."""
    truth = load_truth(PHOTOGRAPH, PROTOCOLS[FULL_AND_SHRUNK[degradation][1]])
    if truth is None:
        raise ConfigError(f"{PHOTOGRAPH.name} is damaged: the fingerprint of a calibration is of this photograph.")
    model, measured = network.descriptor, InputMeasures(truth.low)
    settings = (0.0, model.opening_detail, 1.0) if model.stage == "both" else (1.0,)
    stages = network.enhancer.reconstruct(truth.low)
    whole = whole_measures(measured.properties, measured.resolution)
    found: dict[str, list[float]] = {"errors": [], "scores": []}
    for setting in settings:
        result = stages.blend(setting)
        found["errors"] += _quantiles(block_errors(result, truth.image))
        found["scores"] += _quantiles(score(local_measures(result, truth.low, score.local), whole))
    return found


def differences(now: Fingerprint, then: Fingerprint) -> list[str]:
    """In which of its parts one differs from another by more than processors do; empty where they agree."""
    return [
        f"{name}: {now.get(name)} in place of {then.get(name)}"
        for name in sorted({*now, *then})
        if len(now.get(name, [])) != len(then.get(name, []))
        or not np.allclose(now.get(name, []), then.get(name, []), rtol=RELATIVE, atol=ABSOLUTE)
    ]


def check_kept(folder: Path, network: Network, degradation: Degradation) -> None:
    """ConfigError where measurements that are kept were made by code that gives other pictures; else says in a file
    there what they are made by."""
    file = folder / "made-by" / f"{network.descriptor.name}-{str(network.descriptor.sha256)[:16]}-{degradation}.json"
    now = fingerprint(network, degradation, Head.single("added"))
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        save(file, json.dumps(now).encode())
    elif differences(now, json.loads(file.read_text("utf-8"))):
        name = network.descriptor.name
        raise ConfigError(f"What {folder} holds of {name} was made by other code: delete the folder and start anew.")


def _quantiles(blocks: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in np.quantile(blocks, QUANTILES)]
