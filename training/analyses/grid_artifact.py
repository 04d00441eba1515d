"""How strong each method's grid artifact is, an error alike on all its pictures, as Markdown.

    python -m training.analyses.grid_artifact --models bicubic esrt cf-esrt \\
        --data ../shared/data/isic_cc0/val

Losses on VGG16's features, whose poolings lie on the input's grid, reward such an artifact, and so do LPIPS, DISTS and
the Fréchet distance. It is the same on every lesion, and even skin shows it. Models are those of
`training.evaluation.evaluate`: names, checkpoints, training states, folders. "Added in all": root mean square of what
is added to the coarse picture (``--smooth``), to compare the artifact with.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from training.arguments import add_engine
from training.evaluation.evaluate import check_inputs
from training.evaluation.methods import Photographs, Row, load_rows, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.texts import table_header, table_row
from training.metrics.grid_artifact import grid_artifact, strength


def measure(
    methods: Sequence[Row], photographs: Photographs, protocol: Protocol, smooth: str
) -> dict[str, tuple[float, float]]:
    """label → (strength of the grid artifact, of all that is added to the picture of ``smooth``), in grey levels.
    ValueError where no photograph is whole."""
    errors: dict[str, list[np.ndarray]] = {method.label: [] for method in methods}
    added: dict[str, list[float]] = {method.label: [] for method in methods}
    title = f"{photographs.name} {protocol.name}"
    for path in tqdm(photographs.files, desc=title, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, protocol)
        if truth is None:
            continue
        made = {label: picture.astype(np.float32) for label, picture in pictures(methods, truth.low, path.stem)}
        for label, picture in made.items():
            errors[label].append(picture - truth.image)
            added[label].append(float(np.mean((picture - made[smooth]) ** 2)))
    return {label: (strength(grid_artifact(errors[label])), float(np.sqrt(np.mean(added[label])))) for label in errors}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.grid_artifact", description="Measure grid artifacts."
    )
    parser.add_argument("--models", nargs="+", default=["bicubic", "cf-esrt-coarse", "cf-esrt"], metavar="MODEL")
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--smooth", default="cf-esrt-coarse", metavar="MODEL", help="the picture without texture")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["patch256"])
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_engine(parser)
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        written = list(dict.fromkeys([options.smooth, *options.models]))
        methods = load_rows(written, options.device, engine=options.engine)
        smooth = methods[0].label
        sets = [Photographs.of(source, options.limit) for source in options.data]
        check_inputs(methods, sets, options.protocol, [])
        lines = table_header(["photographs", "method", "grid artifact (grey levels)", "added in all (grey levels)"])
        for photographs in sets:
            for name in options.protocol:
                found = measure(methods, photographs, PROTOCOLS[name], smooth)
                for label, (artifact, added) in found.items():
                    lines.append(table_row([f"{photographs.name}, {name}", label, f"{artifact:.2f}", f"{added:.2f}"]))
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
