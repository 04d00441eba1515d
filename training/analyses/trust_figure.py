"""Real photographs under the error map's veil, for a person to look at: would one doubt what is veiled?

    python -m training.analyses.trust_figure PHOTOGRAPH … --shrunk PHOTOGRAPH … -o runs/trust-photographs

The middle of each photograph as it is, or shrunk to a quarter first (``--shrunk``), enhanced by the network that its
traces suggest at its opening setting, and beside it the same under the veil at the level that the page opens with, with
the share that is unveiled or why the mask is off.
"""

from __future__ import annotations

import argparse
import logging
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from cf_esrt import photo
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity import shrink
from cf_esrt.fidelity.measured import InputMeasures
from cf_esrt.fidelity.trust import Belief, Unknown, percent, veiled
from cf_esrt.remarks import suggested_degradation
from training.analyses.drawing import write_figure
from training.analyses.trust_calibration import FITTED_ON
from training.analyses.trust_measurements import Network
from training.arguments import add_engine
from training.evaluation.evaluate import stem_of
from training.evaluation.kept import Kept
from training.evaluation.protocols import central_patch

COLUMNS = 4
"""Pairs of pictures in a row."""


def judged(
    file: Path, shrunk: bool, side: int, networks: dict[str, Network], kept: Kept
) -> tuple[np.ndarray, Belief | Unknown, str]:
    """A photograph's result, where to believe it, and by which network. PhotoError."""
    opened = photo.read(file)
    whole, metadata = opened.pixels, opened.metadata
    if shrunk:  # nothing is left of how the file was compressed
        height, width = (length // 4 * 4 for length in whole.shape[:2])
        whole, metadata = shrink(whole[:height, :width]), replace(metadata, format="PNG", jpeg_quality=None)
    crop = np.ascontiguousarray(central_patch(whole, min(side, *whole.shape[:2])))
    measured = InputMeasures(crop)
    degradation = suggested_degradation(measured, metadata).degradation
    name = FITTED_ON[degradation]
    enhancer = networks[name].enhancer
    detail = enhancer.descriptor.opening_detail
    result = kept.reconstruct(enhancer, crop).blend(detail)
    belief = enhancer.believe(result, crop, detail=detail, degradation=degradation, measured=measured)
    return result, belief, f"{name}@{detail:g}"


def draw(shown: list[tuple[str, np.ndarray, Belief | Unknown, str]], level: float | None) -> Figure:
    rows = -(-len(shown) // COLUMNS)
    figure = Figure(figsize=(4.6 * COLUMNS, 2.75 * rows), dpi=130, layout="constrained")
    places = np.atleast_2d(figure.subplots(rows, 2 * COLUMNS))
    for axes in places.ravel():
        axes.set_axis_off()
    for number, (name, result, belief, network) in enumerate(shown):
        row, column = divmod(number, COLUMNS)
        left, right = places[row, 2 * column], places[row, 2 * column + 1]
        left.imshow(result)
        left.set_title(f"{name}\n{network}", fontsize=7)
        if isinstance(belief, Belief):
            asked = belief.level if level is None else level
            right.imshow(veiled(result, belief.mask(asked)))
            right.set_title(f"within {asked:g} levels:\n{percent(belief.share(asked))} unveiled", fontsize=7)
        else:
            words = textwrap.fill(belief.sentence, 42)
            right.text(0.5, 0.5, words, fontsize=6, ha="center", va="center", transform=right.transAxes)
            right.set_title("off", fontsize=7)
    return figure


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.trust_figure", description="Look at the veil.")
    parser.add_argument("photographs", nargs="*", type=Path, metavar="PHOTOGRAPH")
    parser.add_argument("--shrunk", nargs="+", default=[], type=Path, metavar="PHOTOGRAPH", help="shrunk to a quarter")
    parser.add_argument("--side", type=int, default=128, metavar="PIXELS", help="of the middle that is enhanced")
    parser.add_argument("--level", type=float, help="grey levels (default: as the page opens)")
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was made")
    add_engine(parser, default="auto")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    networks = {name: Network(name, options.engine) for name in FITTED_ON.values()}
    try:
        kept = Kept(options.keep)
        asked = [(file, False) for file in options.photographs] + [(file, True) for file in options.shrunk]
        shown = [(file.stem, *judged(file, shrunk, options.side, networks, kept)) for file, shrunk in asked]
        written = write_figure(draw(shown, options.level), stem_of(options.out, "trust"))
    except (ValueError, OSError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
