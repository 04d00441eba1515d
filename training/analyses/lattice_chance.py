"""What the measure of a lattice gives where there is none: of the ground truth, and of bicubic interpolation and noise.

``python -m training.analyses.lattice_chance --data ../shared/data/ham10000/test --protocol camera256-patch --limit 24``
prints the mean and the median over the photographs. White noise has no lattice; that its strongest of seven grid
frequencies stands out all the same is chance, the level that a network's lattice is to be held against.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

import numpy as np

from cf_esrt.pixels import enlarge_bicubic
from training.evaluation.methods import Photographs, Truth, load_truth
from training.evaluation.noise import add_noise
from training.evaluation.protocols import PROTOCOLS
from training.metrics.lattice import lattice

NOISE = 3.0
"""Standard deviation of the white noise, grey levels."""
PICTURES: dict[str, Callable[[Truth], np.ndarray]] = {
    "ground truth": lambda truth: truth.image,
    f"bicubic and white noise of {NOISE:g} levels": lambda truth: add_noise(enlarge_bicubic(truth.low), NOISE, seed=0),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="What the measure of a lattice gives where there is none.")
    parser.add_argument("--data", required=True, nargs="+", help="folders of photographs")
    parser.add_argument("--protocol", nargs="+", choices=PROTOCOLS, default=["whole256"])
    parser.add_argument("--limit", type=int, help="only the first so many photographs of each folder")
    options = parser.parse_args(arguments)
    rows = []
    for photographs in (Photographs.of(source, options.limit) for source in options.data):
        for protocol in options.protocol:
            truths = [load_truth(file, PROTOCOLS[protocol]) for file in photographs.files]
            for name, picture in PICTURES.items():
                found = [lattice(picture(truth), truth.low) for truth in truths if truth is not None]
                values = [value for value in found if value is not None]
                rows.append(
                    f"| {photographs.name}, {protocol} | {name} | {np.mean(values):.1f} | {np.median(values):.1f} |"
                )
    sys.stdout.write("| photographs | picture | lattice, mean (times) | median |\n|---|---|---|---|\n")
    sys.stdout.write("\n".join(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
