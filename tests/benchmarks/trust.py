"""What the error map adds to a picture's time, on idle cores: at most 15% is wanted.

    python -m tests.benchmarks.trust [--models cf-esrt cf-esrt-camera …] [--side 256] [--rounds 15]

For each model the middle of a synthetic lesion, enhanced, then judged and masked, in turn; medians of the rounds. The
map's time is that of `Enhancer.believe` and the mask, with everything that it measures of the input.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import numpy as np

from cf_esrt import models
from cf_esrt.enhance import Enhancer
from cf_esrt.fidelity.trust import Belief
from cf_esrt.photo import read
from tests.benchmarks.photograph import EXAMPLE


def measure(enhancer: Enhancer, image: np.ndarray, rounds: int) -> tuple[float, float, str]:
    """Median seconds of the picture and of its error map, and what the map says."""
    detail = enhancer.descriptor.opening_detail
    pictures, maps, said = [], [], ""
    for number in range(rounds + 1):
        began = time.perf_counter()
        result = enhancer(image, detail=detail)
        made = time.perf_counter()
        belief = enhancer.believe(result, image, detail=detail)
        if isinstance(belief, Belief):
            belief.mask()
            said = f"{belief.share():.0%} unveiled"
        else:
            said = f"off: {belief.sentence}"
        if number:  # the first round warms up
            pictures.append(made - began)
            maps.append(time.perf_counter() - made)
    return statistics.median(pictures), statistics.median(maps), said


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.trust")
    parser.add_argument("--models", nargs="+", default=[name for name in models.names() if name != "bicubic"])
    parser.add_argument("--side", type=int, default=256, help="of the input, at most 360")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    whole = read(EXAMPLE).pixels
    top, left = ((length - options.side) // 2 for length in whole.shape[:2])
    image = np.ascontiguousarray(whole[top : top + options.side, left : left + options.side])
    for name in options.models:
        enhancer = Enhancer.load(name, "cpu", engine=options.engine)
        picture, belief, said = measure(enhancer, image, options.rounds)
        times = f"{1000 * picture:.0f} ms, error map {1000 * belief:.0f} ms, {belief / picture:.1%} more ({said})"
        print(f"{name} ({enhancer.engine}, {enhancer.precision}), input {image.shape[0]} px: {times}", flush=True)
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
