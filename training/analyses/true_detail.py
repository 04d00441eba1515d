"""Two figures of whether detail is there: ring correlation over frequency, and dots marked as true, false or missed.

    python -m training.analyses.true_detail --models bicubic esrt cf-esrt-coarse cf-esrt \\
        --data ../shared/data/isic_cc0/val --limit 24 -o assets/results/rings
    python -m training.analyses.true_detail --models bicubic esrt-camera cf-esrt-camera --protocol camera256-patch \\
        --data ../shared/data/isic_cc0/val --photo ISIC_0000486 -o assets/results/dots

The first draws a curve a model over a set, and the two criteria of microscopy, 1/2 and 1/7; the second, with
``--photo``, the photograph and each model's picture of it. `training.metrics` says what is counted.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from training.analyses.drawing import write_figure
from training.analyses.figures import find
from training.arguments import add_engine
from training.evaluation.evaluate import check_inputs, stem_of
from training.evaluation.kept import Kept
from training.evaluation.methods import Photographs, Row, load_rows, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.results import ResultsError
from training.metrics.ring_correlation import BANDS, Curve, RingCorrelation
from training.metrics.structure import marks, structures

CRITERIA = {"1/2": 1 / 2, "1/7": 1 / 7}
MARKS = {"true": ("o", "limegreen"), "false": ("x", "red"), "missed": ("s", "deepskyblue")}


def curves(rows: Sequence[Row], photographs: Photographs, protocol: Protocol, kept: Kept | None) -> dict[str, Curve]:
    """label → the curve of its pictures of a set. ResultsError where no photograph is whole."""
    rings = RingCorrelation()
    seen: dict[str, list[np.ndarray]] = {}
    for path in tqdm(photographs.files, desc=f"{photographs.name} {protocol.name}", mininterval=5, disable=None):
        truth = load_truth(path, protocol)
        if truth is None:
            continue
        wanted = rings.prepare(truth.image)
        for label, picture in pictures(rows, truth.low, path.stem, kept):
            seen.setdefault(label, []).append(rings.observe(rings.prepare(picture), wanted))
    if not seen:
        raise ResultsError(f"None of the photographs of {photographs.name} could be decoded.")
    return {label: rings.curve(rings.sums(own)) for label, own in seen.items()}


def draw_curves(found: dict[str, Curve], title: str) -> Figure:
    figure = Figure(figsize=(5.6, 3.9), dpi=200, layout="constrained")
    axes = figure.add_subplot()
    for label, curve in found.items():
        axes.plot(curve.frequencies[4:], curve.correlations[4:], linewidth=1.2, label=label)
    for name, level in CRITERIA.items():
        axes.axhline(level, color="0.6", linewidth=0.8, linestyle=":")
        axes.annotate(name, (0.49, level), xytext=(0, 2), textcoords="offset points", fontsize=7, ha="right")
    axes.axvline(BANDS["ring_correlation"][0], color="0.6", linewidth=0.8)
    axes.annotate("the input ends", (BANDS["ring_correlation"][0], 0.97), xytext=(3, 0),
                  textcoords="offset points", fontsize=7)  # fmt: skip
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("frequency (cycles a pixel of the result)", fontsize=8)
    axes.set_ylabel("ring correlation with the ground truth", fontsize=8)
    axes.set_title(title, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7)
    return figure


def crossings(found: dict[str, Curve]) -> str:
    """A line a model: where its curve falls below each criterion."""
    return "\n".join(
        f"{label}: "
        + ", ".join(f"below {name} at {curve.falls_below(level):.3f}" for name, level in CRITERIA.items())
        + " cycles a pixel"
        for label, curve in found.items()
    )


def draw_marks(truth: np.ndarray, shown: dict[str, np.ndarray], title: str) -> Figure:
    """The ground truth, and every picture with its true, false and missed dots."""
    figure = Figure(figsize=(3.1 * (1 + len(shown)), 3.6), dpi=200, layout="constrained")
    places = figure.subplots(1, 1 + len(shown))
    _show(places[0], truth, "ground truth")
    wanted = structures(truth)
    for axes, (label, picture) in zip(places[1:], shown.items(), strict=True):
        found = marks(structures(picture), wanted)
        counts = ", ".join(f"{len(found[kind])} {kind}" for kind in MARKS)
        _show(axes, picture, f"{label}\n{counts}")
        for kind, (marker, colour) in MARKS.items():
            at = found[kind]
            hollow = {} if marker == "x" else {"facecolors": "none"}
            axes.scatter(at[:, 1], at[:, 0], s=18, marker=marker, linewidths=0.8, label=kind, **(
                {"color": colour} if marker == "x" else {"edgecolors": colour, **hollow}
            ))  # fmt: skip
    places[-1].legend(fontsize=6, loc="lower right")
    figure.suptitle(title, fontsize=8)
    return figure


def _show(axes: Axes, picture: np.ndarray, title: str) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set_title(title, fontsize=7)
    axes.set_axis_off()


def run(options: argparse.Namespace) -> tuple[Figure, str]:
    """The figure, and what is said beside it."""
    rows, protocol = load_rows(options.models, options.device, engine=options.engine), PROTOCOLS[options.protocol]
    kept = None if options.keep is None else Kept(options.keep)
    if options.photo is None:
        photographs = Photographs.of(options.data, options.limit)
        check_inputs(rows, [photographs], [protocol.name], [])
        found = curves(rows, photographs, protocol, kept)
        title = f"{photographs.name}, {protocol.name}, {len(photographs.files)} photographs"
        return draw_curves(found, title), crossings(found)
    (path,) = find(options.data, [options.photo])
    truth = load_truth(path, protocol)
    if truth is None:
        raise ResultsError(f"{path.name} is damaged: choose another photograph.")
    shown = dict(pictures(rows, truth.low, path.stem, kept))
    return draw_marks(truth.image, shown, f"{path.stem}, {protocol.name}. {options.note}".strip()), ""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.true_detail", description="Ring correlation over frequency; dots, marked."
    )
    parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="as training.evaluation has")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--protocol", choices=list(PROTOCOLS), default="whole256")
    parser.add_argument("--photo", metavar="NAME", help="mark the dots of this photograph")
    parser.add_argument("--note", default="", help="below the photograph: its source")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    add_engine(parser)
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep networks' pictures there, take them from there"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        figure, said = run(options)
        written = write_figure(figure, stem_of(options.out, "detail"))
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(*([said] if said else []), *written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
