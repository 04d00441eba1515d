"""What the page says that an enhancement takes, and what it took, on this machine.

    python -m tests.benchmarks.estimates [--boxes 64x64 128x128 256x192 …] [--panes esrt cf-esrt …] [--camera]

First the networks are loaded and measured as the page does it before anybody presses Enhance (`Preloader`); then each
box is enhanced once, as a press would, after the page's estimate of it was read. The last column says whether the
estimate was within a third. Meant for idle cores: beside other work neither number says anything.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from cf_esrt.engine.allocator import keep_freed_memory
from cf_esrt.enhance import Enhancer
from cf_esrt.interface.common.time_estimate import MIN_PIXELS, TimeEstimate
from cf_esrt.interface.preview.inference import ModelCache, ModelFinished, make_inference
from cf_esrt.interface.preview.panes import BASE, MODELS, available_panes, first_models
from cf_esrt.interface.preview.preloading import Preloader
from cf_esrt.models import describe, names

BOXES = ("64x64", "96x96", "128x128", "200x150", "256x256", "400x300")
NEAR = 1 / 3
"""Of what it took, by which an estimate may be off."""


def size(text: str) -> tuple[int, int]:
    """Width and height of a box."""
    wide, tall = (int(side) for side in text.split("x"))
    return wide, tall


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.estimates", description=__doc__)
    parser.add_argument("--boxes", nargs="+", type=size, default=[size(one) for one in BOXES], metavar="WxH")
    parser.add_argument("--panes", nargs="+", default=MODELS, help="what is compared (the page's three)")
    parser.add_argument("--camera", action="store_true", help="of a photograph from a camera")
    given = parser.parse_args(arguments)
    keep_freed_memory()
    panes, _ = available_panes(describe, names())
    degradation = "camera" if given.camera else "bicubic"
    chosen = [pane.model_for(degradation) for pane in panes if pane.name in given.panes]
    models = tuple(dict.fromkeys([BASE, *filter(None, chosen)]))
    cache, estimate = ModelCache(Enhancer.load), TimeEstimate()
    preloader = Preloader(cache, (*first_models(panes), *models), lambda: False, estimate.begin)
    preloader.begin()
    preloader.join()
    inference, generator, near = make_inference(cache), np.random.default_rng(0), 0
    print(f"models: {', '.join(models)}")
    print("| box | estimate, s | took, s | ratio | within a third |\n|---|---|---|---|---|")
    for wide, tall in given.boxes:
        said = (estimate.seconds_per_pixel(models) or 0.0) * max(wide * tall, MIN_PIXELS)
        pixels = generator.integers(0, 256, (tall, wide, 3), np.uint8)
        began = time.perf_counter()
        finished = {one.name: one.seconds for one in inference(pixels, models) if isinstance(one, ModelFinished)}
        took = time.perf_counter() - began
        estimate.update(finished, wide * tall)
        good = abs(said - took) <= NEAR * took
        near += good
        row = (f"{wide}×{tall}", f"{said:.2f}", f"{took:.2f}", f"{said / took:.2f}", "yes" if good else "no")
        print("|", " | ".join(row), "|", flush=True)
    print(f"{near} of {len(given.boxes)} within a third")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
