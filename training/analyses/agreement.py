"""Measure how well good results of one degradation's networks agree with their input (`cf_esrt.fidelity.agreement`).

    python -m training.analyses.agreement --degradation bicubic --models esrt cf-esrt-coarse cf-esrt \\
        --data ../shared/data/isic_cc0/val -o cf_esrt/fidelity/agreement.json
    python -m training.analyses.agreement --degradation camera \\
        --models esrt-camera cf-esrt-camera-coarse cf-esrt-camera \\
        --data ../shared/data/isic_cc0/val -o cf_esrt/fidelity/agreement.json

A result is good where its PSNR to the ground truth is above bicubic interpolation's of the same input. The limit is the
0.5th percentile of the good results' low-resolution consistency, over all models and both protocols of the degradation:
``whole256`` and ``patch256`` for shrunk photographs, ``camera256`` and ``camera256-patch`` for a camera's. The other
degradation's entry in the file stays.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.fidelity.agreement import AGREEMENT, SHARE
from cf_esrt.fidelity.consistency import decibels
from cf_esrt.files import save
from training.config import ConfigError
from training.evaluation.methods import Method, Photographs, check_sizes, load_methods, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS

PROTOCOLS_OF = {"bicubic": ("whole256", "patch256"), "camera": ("camera256", "camera256-patch")}
BASE = "bicubic"


def consistencies(
    methods: Sequence[Method], photographs: Photographs, protocol: str
) -> dict[str, list[tuple[bool, float]]]:
    """label → for each photograph, whether the result is good, and its consistency in dB. One method is bicubic."""
    found: dict[str, list[tuple[bool, float]]] = {method.label: [] for method in methods if method.label != BASE}
    for path in tqdm(photographs.files, desc=protocol, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, PROTOCOLS[protocol])
        if truth is None:
            continue
        results = dict(pictures(methods, truth.low))
        error = {label: decibels(result.astype(np.int16) - truth.image) for label, result in results.items()}
        for label, values in found.items():
            values.append((error[label] > error[BASE], low_resolution_consistency(results[label], truth.low)))
    return found


def limit_of(consistencies: Sequence[tuple[bool, float]]) -> float:
    """dB, two digits; ConfigError where no result is good."""
    good = [value for better, value in consistencies if better and np.isfinite(value)]
    if not good:
        raise ConfigError("No result is better than bicubic interpolation, so that none says what good ones have.")
    return round(float(np.percentile(good, 100 * SHARE)), 2)


def entry(methods: Sequence[Method], sets: Sequence[Photographs], degradation: str, command: str) -> dict[str, Any]:
    """A degradation's entry of ``agreement.json``; ConfigError where no result is good."""
    by_label: dict[str, list[tuple[bool, float]]] = {}
    for one in sets:
        for protocol in PROTOCOLS_OF[degradation]:
            for label, values in consistencies(methods, one, protocol).items():
                by_label.setdefault(label, []).extend(values)
    every = [value for values in by_label.values() for value in values]
    return {
        "command": command,
        "least_db": limit_of(every),
        "good": sum(better for better, _ in every),
        "results": sum(map(len, by_label.values())),
        "models": {
            method.label: {
                "sha256": method.enhancer.descriptor.sha256,
                "median_db": round(float(np.median([value for _, value in by_label[method.label]])), 2),
            }
            for method in methods
            if method.label != BASE
        },
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.agreement", description="Measure agreement.")
    parser.add_argument("--degradation", choices=list(PROTOCOLS_OF), required=True)
    parser.add_argument("--models", nargs="+", required=True, metavar="[LABEL=]MODEL")
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("-o", "--output", type=Path, default=AGREEMENT, help="default: the committed file")
    options = parser.parse_args(arguments)
    try:
        methods = load_methods([BASE, *options.models], options.device)
        sets = [Photographs.of(source, options.limit) for source in options.data]
        for one in sets:
            check_sizes(one.files, PROTOCOLS[PROTOCOLS_OF[options.degradation][0]].smallest, one.name)
        before = json.loads(options.output.read_text("utf-8")) if options.output.is_file() else {}
        models = " ".join(os.path.basename(model) for model in options.models)  # no folder of this machine
        limit = "" if options.limit is None else f" --limit {options.limit}"
        command = (
            f"python -m training.analyses.agreement --degradation {options.degradation} --models {models} "
            f"--data {' '.join(map(os.path.relpath, options.data))}{limit} -o {os.path.relpath(options.output)}"
        )
        before[options.degradation] = entry(methods, sets, options.degradation, command)
        save(options.output, (json.dumps(before, indent=1) + "\n").encode())
    except (ValueError, OSError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    limits = before[options.degradation]
    print(f"{options.degradation}: {limits['least_db']} dB, from {limits['good']} good of {limits['results']} results")
    return 0


if __name__ == "__main__":
    sys.exit(main())
