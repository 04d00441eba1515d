"""The plane of truth and look: ring correlation over LPIPS, for models, their detail slider and plain sharpening.

    python -m training.analyses.truth_and_look --from assets/results/detail.json \\
        --sets "isic_cc0/val, whole256" "isic_cc0/val, camera256-patch" -o assets/results/plane

Drawn from scores of `training.evaluation.evaluate`: rows ``cf-esrt@0.25`` and the like are a slider, rows under unsharp
masks the control. Up is true, left looks like a photograph. Printed for each slider is the setting to open with: the
strongest that keeps `KEPT` of the ring correlation that the slider has at 0.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.analyses.drawing import write_figure
from training.evaluation import results as files_of_results
from training.evaluation.bootstrap import own_intervals
from training.evaluation.evaluate import stem_of
from training.evaluation.results import Results, ResultsError, SetScores
from training.evaluation.sharpening import masked_rows, plain_rows
from training.metrics import metric

TRUTH, LOOK = "ring_correlation", "lpips"
KEPT = 0.99
"""Share of the faithful picture's ring correlation that the setting to open with keeps."""
_MARKERS = "sD^vPX*<>p"


@dataclass(frozen=True)
class Slider:
    """A model's detail settings, from 0 to 1, and where each lies."""

    model: str
    details: tuple[float, ...]
    looks: tuple[float, ...]
    truths: tuple[float, ...]

    def opening(self) -> float:
        """The strongest setting that keeps enough truth, between those measured along straight lines."""
        least = KEPT * self.truths[0]
        fine = np.linspace(self.details[0], self.details[-1], 101)
        kept = np.interp(fine, self.details, self.truths) >= least
        return round(float(fine[kept].max()), 2)


def means(one: SetScores) -> dict[str, tuple[float, float]]:
    """label → LPIPS, ring correlation, of the rows that have both."""
    found = own_intervals(one.scores, [TRUTH, LOOK])
    return {
        label: (found[label, LOOK].value, found[label, TRUTH].value)
        for label in one.scores
        if (label, LOOK) in found and (label, TRUTH) in found
    }


def sliders(results: Results, one: SetScores) -> list[Slider]:
    """Of each checkpoint with several details among the rows; its coarse network is detail 0."""
    known = {label: model for origin in results.origins for label, model in origin.models.items()}
    places = means(one)
    found: dict[str, dict[float, str]] = {}
    for label in plain_rows(places):
        model = known.get(label)
        if model is not None and model.sha256 is not None:
            name, detail = model.name, model.detail
            if name.endswith("-coarse"):
                name, detail = name.removesuffix("-coarse"), 0.0
            found.setdefault(name, {})[detail] = label
    several = {name: rows for name, rows in found.items() if len(rows) > 1 and 0.0 in rows}
    made = []
    for name, rows in several.items():
        details = tuple(sorted(rows))
        made.append(Slider(name, details, *zip(*(places[rows[detail]] for detail in details), strict=True)))
    return made


def draw(results: Results, titles: Sequence[str]) -> Figure:
    """One plane a set. ResultsError for a set that is not there, or was not judged so."""
    by_title = {one.title: one for one in results.sets}
    figure = Figure(figsize=(4.6 * len(titles), 4.2), dpi=200, layout="constrained")
    for number, title in enumerate(titles):
        if title not in by_title or not means(by_title[title]):
            raise ResultsError(f"There are no ring correlations of {title!r}; there are {'; '.join(by_title)}.")
        one = by_title[title]
        axes = figure.add_subplot(1, len(titles), number + 1)
        _draw(axes, results, one)
        axes.set_title(f"{title}, {len(one.files)} photographs", fontsize=8)
    return figure


def _draw(axes: Axes, results: Results, one: SetScores) -> None:
    places, curves = means(one), sliders(results, one)
    on_curves = {place for curve in curves for place in zip(curve.looks, curve.truths, strict=True)}
    for faithful, masks in masked_rows(places).items():
        by_sigma: dict[str, list[str]] = {}
        for label in masks:
            by_sigma.setdefault(label.rpartition(" × ")[0], [faithful]).append(label)
        for number, (label, rows) in enumerate(by_sigma.items()):
            style = ("--", ":", "-.")[number % 3]
            looks, truths = zip(*(places[row] for row in rows), strict=True)
            axes.plot(looks, truths, style, color="0.5", linewidth=1, marker=".", markersize=3, label=label)
    for curve in curves:
        axes.plot(curve.looks, curve.truths, "o-", markersize=3.5, linewidth=1.2, label=f"{curve.model}, detail 0 to 1")
        for end in (0, -1):
            axes.annotate(
                f"{curve.details[end]:g}", (curve.looks[end], curve.truths[end]), xytext=(4, 4),
                textcoords="offset points", fontsize=7,
            )  # fmt: skip
    alone = [label for label in plain_rows(places) if places[label] not in on_curves]
    for number, label in enumerate(alone):
        marker, colour = _MARKERS[number % len(_MARKERS)], f"C{(number + 3) % 10}"
        axes.plot(*places[label], marker, markersize=6, label=label, color=colour)
    axes.set_xlabel(f"{metric(LOOK).heading}, better to the left", fontsize=8)
    axes.set_ylabel(metric(TRUTH).heading, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    axes.margins(0.12)
    axes.legend(fontsize=6)


def openings(results: Results, titles: Sequence[str]) -> str:
    """A line for each slider of each set."""
    lines = []
    for one in results.sets:
        for slider in sliders(results, one) if one.title in titles else ():
            lines.append(
                f"{one.title}: {slider.model} opens with detail {slider.opening():g} ({KEPT:.0%} of the ring "
                f"correlation at 0, {slider.truths[0]:.3f}; at 1 it is {slider.truths[-1]:.3f})"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.truth_and_look", description="Ring correlation over LPIPS."
    )
    parser.add_argument(
        "--from", type=Path, required=True, dest="source", metavar="FILE", help="scores of an evaluation"
    )
    parser.add_argument("--sets", nargs="+", metavar="SET", help="default: all of the file")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    options = parser.parse_args(arguments)
    try:
        results = files_of_results.read(options.source)
        titles = options.sets or [one.title for one in results.sets]
        figure = draw(results, titles)
        written = write_figure(figure, stem_of(options.out, "plane"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(openings(results, titles))
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
