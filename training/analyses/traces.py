"""Measure which traces distinguish a camera's photograph from a shrunk one (`cf_esrt.fidelity.degradation`).

    python -m training.analyses.traces --data ../shared/data/isic_cc0/train --limit 120 \\
        --camera ../shared/data/ham10000/test ../shared/data/pad_ufes_20 -o cf_esrt/fidelity/traces.json

The photographs of ``--data``, shrunk as in the paper (``whole256``, ``patch256``), are stored as JPEG of each quality:
the least quality is the first from which on not more than `SHARE` of them show blocks beyond the committed range of
shrunk photographs. Then the rule is counted: on the shrunk photographs, on the same ones through a camera
(``camera256``, both ways), which it sees as pixels alone and with their file's quality, and on the photographs of
``--camera`` as they are, whole files and the middle 256 × 256 pixels of them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from cf_esrt.fidelity import Properties, Range, ThresholdsError, measure
from cf_esrt.fidelity.degradation import TRACES, suggest
from cf_esrt.fidelity.notices import thresholds
from cf_esrt.photo.formats.jpeg import estimated_quality
from training.arguments import set_name
from training.config import ConfigError
from training.data import decode, list_images
from training.evaluation.protocols import PROTOCOLS, central_patch

QUALITIES = range(70, 101)
SHARE = 0.02
"""Of shrunk photographs; the committed ranges leave out half a per cent on either side."""
SHRUNK = ("whole256", "patch256")
CAMERA = ("camera256", "camera256-patch")


def stored(image: np.ndarray, quality: int) -> np.ndarray:
    """RGB uint8 through a JPEG of that quality with halved chroma, as most programs store it."""
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", quality=quality, subsampling=2)
    return np.array(Image.open(io.BytesIO(data.getvalue())))


def inputs(files: Sequence[Path], protocol: str) -> list[np.ndarray]:
    """A protocol's inputs of the photographs that are whole and large enough."""
    low = []
    for path in files:
        image = decode(path)
        if image is not None and min(image.shape[:2]) >= PROTOCOLS[protocol].smallest:
            truth = np.ascontiguousarray(PROTOCOLS[protocol].truth(image))
            low.append(PROTOCOLS[protocol].make_input(truth, path.stem))
    return low


def quality_without_blocks(shrunk: Sequence[np.ndarray], limit: float) -> tuple[int, dict[str, float]]:
    """The first quality from which on blocks are as rare as in `SHARE`, and the share at each quality."""
    shares = {}
    for quality in tqdm(QUALITIES, unit="quality", mininterval=5, disable=None):
        found = [measure(stored(image, quality)).blockiness for image in shrunk]
        shares[str(quality)] = round(float(np.mean([value is not None and value > limit for value in found])), 4)
    showing = [quality for quality in QUALITIES if shares[str(quality)] > SHARE]
    return (max(showing) + 1 if showing else QUALITIES[0]), shares


def quality_of(path: Path) -> int | None:
    """The JPEG quality that a file's tables speak of; None where it is no JPEG."""
    with Image.open(path) as image:
        table = getattr(image, "quantization", {}).get(0)
    return None if table is None else estimated_quality(table)


def count(
    found: Sequence[tuple[Properties, int | None]], ranges: dict[str, Range], least_quality: int
) -> dict[str, Any]:
    """How often the rule says that a photograph is a camera's, and by which trace."""
    suggestions = [suggest(properties, ranges, least_quality, quality=quality) for properties, quality in found]
    traces = Counter(one.trace for one in suggestions)
    camera = sum(one.degradation == "camera" for one in suggestions)
    return {
        "photographs": len(suggestions),
        "camera": round(camera / len(suggestions), 4),
        "traces": dict(sorted(traces.items())),
    }


def traces(files: list[Path], camera: Sequence[Path], command: str) -> dict[str, Any]:
    """The document of ``traces.json``; ConfigError where no photograph gives an input."""
    ranges = thresholds()
    blocks = ranges["blockiness"].high
    assert blocks is not None  # `read_thresholds` sees to it
    shrunk = {protocol: inputs(files, protocol) for protocol in SHRUNK}
    every = [image for images in shrunk.values() for image in images]
    if not every:
        raise ConfigError(f"None of the {len(files)} photographs gives an input.")
    least, shares = quality_without_blocks(every, blocks)
    counted = {f"{name}, shrunk": count([(measure(i), None) for i in images], ranges, least)
               for name, images in shrunk.items()}  # fmt: skip
    for protocol in CAMERA:
        pixels = [(measure(image), None) for image in inputs(files, protocol)]
        counted[f"{protocol}, by its pixels"] = count(pixels, ranges, least)
    for folder in camera:
        whole, middle = [], []
        for path in list_images([folder]):
            image = decode(path)
            if image is not None:
                whole.append((measure(image), quality_of(path)))
                middle.append((measure(np.ascontiguousarray(central_patch(image))), None))
        counted[f"{set_name(folder)}, files as they are"] = count(whole, ranges, least)
        counted[f"{set_name(folder)}, middle 256 × 256 by its pixels"] = count(middle, ranges, least)
    return {
        "command": command,
        "photographs": len(files),
        "least_quality": least,
        "blocks_shown": shares,
        "counted": counted,
    }


def markdown(document: dict[str, Any]) -> str:
    """The counts as a table."""
    lines = [f"JPEG quality from which blocks do not show: {document['least_quality']}", ""]
    lines += ["| photographs | n | taken for a camera's | by which trace |", "|---|---|---|---|"]
    for name, one in document["counted"].items():
        by = ", ".join(f"{trace} {number}" for trace, number in one["traces"].items())
        lines.append(f"| {name} | {one['photographs']} | {one['camera']:.1%} | {by} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.traces", description="Measure camera traces.")
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="folders of training photographs")
    parser.add_argument("--limit", type=int, metavar="N", help="evenly spread, so many of them")
    parser.add_argument(
        "--camera", nargs="*", type=Path, default=[], help="folders of photographs to count as they are"
    )
    parser.add_argument("-o", "--output", type=Path, default=TRACES, help="default: the committed file")
    options = parser.parse_args(arguments)
    try:
        files = list_images(options.data)
        if options.limit is not None:
            files = [files[i] for i in np.linspace(0, len(files) - 1, min(options.limit, len(files))).astype(int)]
        given = " ".join(map(os.path.relpath, options.data))  # relative: the file names no machine
        limit = "" if options.limit is None else f" --limit {options.limit}"
        seen = f" --camera {' '.join(map(os.path.relpath, options.camera))}" if options.camera else ""
        command = f"python -m training.analyses.traces --data {given}{limit}{seen} -o {os.path.relpath(options.output)}"
        document = traces(files, options.camera, command)
        options.output.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except (ConfigError, ThresholdsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(markdown(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
