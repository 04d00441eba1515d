"""Measure what the networks learned from: the range of each property over the inputs made of training photographs.

    python -m training.analyses.thresholds --data ../shared/data/isic_cc0/train -o cf_esrt/fidelity/thresholds.json
    python -m training.analyses.thresholds --count ../shared/data/isic_cc0/val ../shared/data/pad_ufes_20

Each photograph gives the two kinds of input that training sees: the whole photograph shrunk to 256×256 and by 4
(64×64), and the original's patches of 256×256, side by side, shrunk by 4. A threshold is the 0.5th or 99.5th
percentile over the inputs of a kind, of the kind where it lies further out. ``--degradation camera`` measures what the
networks for photographs from a camera learn from: the same ground truths through `training.degradation.clinical`, each
with a seed of its own, into ``thresholds-camera.json``. ``--count`` tells how many pictures of
other folders the committed thresholds notice, shrunk as in training and as they are.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from cf_esrt.fidelity import Properties, Range, ThresholdsError, measure, shrink
from cf_esrt.fidelity.notices import FILES, SENTENCES, notices_of, read_thresholds
from cf_esrt.fidelity.strips import SCALE
from training.arguments import set_name
from training.config import ConfigError
from training.data import WHOLE, decode, list_images, shrink_whole
from training.data.images import to_image, to_tensor
from training.degradation import shrink_clinical

PERCENTILES = (0.5, 99.5)
NAMES = tuple(field.name for field in fields(Properties))
MakeInput = Callable[[np.ndarray], np.ndarray]
"""RGB uint8 4H×4W×3 → H×W×3."""


def camera_inputs() -> MakeInput:
    """Inputs as training makes them for the camera degradation, the first with seed 0, the next with 1."""
    seeds = itertools.count()

    def make(truth: np.ndarray) -> np.ndarray:
        return to_image(shrink_clinical(to_tensor(truth), [next(seeds)]))

    return make


def whole_input(image: np.ndarray, make: MakeInput = shrink) -> Iterator[Properties]:
    """The whole photograph as phase 1 shrinks it."""
    yield measure(make(shrink_whole(image)))


def patch_inputs(image: np.ndarray, make: MakeInput = shrink) -> Iterator[Properties]:
    """All patches side by side, in the middle of the photograph; none where it is smaller than one.

    Their ``size`` is the whole photograph's at that magnification: a patch is a window of it.
    """
    height, width = image.shape[:2]
    size = max(height, width) / SCALE
    for top in range(height % WHOLE // 2, height - WHOLE + 1, WHOLE):
        for left in range(width % WHOLE // 2, width - WHOLE + 1, WHOLE):
            yield replace(measure(make(image[top : top + WHOLE, left : left + WHOLE])), size=size)


def central(side: int) -> Callable[[np.ndarray], Iterator[Properties]]:
    """The central side×side pixels as they are: what a user cuts out."""

    def cut(image: np.ndarray) -> Iterator[Properties]:
        top, left = (max(0, length - side) // 2 for length in image.shape[:2])
        yield measure(image[top : top + side, left : left + side])

    return cut


TRAINING = {"whole": whole_input, "patch": patch_inputs}
"""The kinds of input that thresholds are measured on."""
COUNTED: dict[str, Callable[[np.ndarray], Iterator[Properties]]] = {
    "whole, shrunk as in training": whole_input,
    "patches, shrunk as in training": patch_inputs,
    "central 128×128, as it is": central(128),
    "central 256×256, as it is": central(256),
    "whole, as it is": lambda image: iter([measure(image)]),
}


def thresholds(files: list[Path], command: str, make: MakeInput = shrink) -> dict[str, Any]:
    """The document of ``thresholds.json``, of inputs that ``make`` makes.

    ConfigError where no photograph gives an input of some kind."""
    found: dict[str, list[Properties]] = {kind: [] for kind in TRAINING}
    photographs = 0
    for path in tqdm(files, unit="photo", mininterval=5, disable=None):
        image = decode(path)
        if image is None:
            continue
        photographs += 1
        for kind, inputs in TRAINING.items():
            found[kind] += inputs(image, make)
    for kind, inputs in found.items():
        if not inputs:
            raise ConfigError(f"None of the {len(files)} photographs gives an input of the kind {kind!r}.")
    return {
        "command": command,
        "photographs": photographs,
        "inputs": {kind: len(inputs) for kind, inputs in found.items()},
        "percentiles": list(PERCENTILES),
        "properties": [{"property": name} | asdict(range_of(name, list(found.values()))) for name in NAMES],
    }


def range_of(name: str, kinds: list[list[Properties]]) -> Range:
    low, high = [], []
    for inputs in kinds:
        values = [value for value in (getattr(one, name) for one in inputs) if value is not None]
        if not values:
            raise ConfigError(f"None of the inputs shows its {name}: the photographs are flat.")
        below, above = np.percentile(values, PERCENTILES)
        low.append(float(below))
        high.append(float(above))
    # four digits: further ones depend on the machine's arithmetic
    return Range(
        float(f"{min(low):.4g}") if (name, "low") in SENTENCES else None,
        float(f"{max(high):.4g}") if (name, "high") in SENTENCES else None,
    )


def count(files: list[Path], ranges: dict[str, Range], title: str) -> str:
    """A Markdown table: for each way to make an input, the share noticed at all and for each property."""
    noticed: dict[str, list[set[str]]] = {kind: [] for kind in COUNTED}
    for path in tqdm(files, unit="photo", mininterval=5, disable=None):
        image = decode(path)
        if image is not None:
            for kind, inputs in COUNTED.items():
                noticed[kind] += [{notice.property for notice in notices_of(one, ranges)} for one in inputs(image)]
    lines = [
        f"**{title}**, share noticed",
        "",
        "| input | n | any | " + " | ".join(NAMES) + " |",
        "|---" * (len(NAMES) + 3) + "|",
    ]
    for kind, sets in noticed.items():
        if sets:
            shares = [sum(name in one for one in sets) for name in NAMES]
            cells = [f"{100 * share / len(sets):.1f}%" for share in (sum(map(bool, sets)), *shares)]
            lines.append(f"| {kind} | {len(sets)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.thresholds", description="Measure training inputs."
    )
    parser.add_argument("--data", nargs="+", type=Path, help="folders of training photographs")
    parser.add_argument(
        "--degradation", choices=list(FILES), default="bicubic", help="of inputs (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", type=Path, help="default: the degradation's committed file")
    parser.add_argument("--count", nargs="+", type=Path, default=[], help="folders to count notices in")
    options = parser.parse_args(arguments)
    options.output = options.output or FILES[options.degradation]
    if not options.data and not options.count:
        parser.error("give --data, --count or both")
    try:
        if options.data:
            folders = " ".join(map(os.path.relpath, options.data))  # relative: the file names no machine
            degradation = "" if options.degradation == "bicubic" else f" --degradation {options.degradation}"
            target = os.path.relpath(options.output)
            command = f"python -m training.analyses.thresholds --data {folders}{degradation} -o {target}"
            make = shrink if options.degradation == "bicubic" else camera_inputs()
            document = thresholds(list_images(options.data), command, make)
            options.output.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        ranges = read_thresholds(options.output)
        for folder in options.count:
            print(count(list_images([folder]), ranges, set_name(folder)), end="\n\n", flush=True)
    except (ConfigError, ThresholdsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
