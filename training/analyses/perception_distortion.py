"""The plane of the perception–distortion curve: points of PSNR over LPIPS, drawn, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.metrics import metric

_MARKERS = "sD^vPX*<>p"


@dataclass(frozen=True)
class Point:
    """Means over one set of photographs."""

    place: str
    """The set and protocol; points of one place are drawn together."""
    label: str
    """Method, run, or detail setting on a curve."""
    curve: str
    """Model whose detail settings are joined by a line; empty for a point by itself."""
    psnr: float
    """RGB, dB."""
    lpips: float
    count: int | None = None
    """Photographs; None where a log does not say."""


def table(points: Sequence[Point]) -> str:
    """One line a point."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [f.name for f in fields(Point)], lineterminator="\n")
    writer.writeheader()
    for point in points:
        writer.writerow(asdict(point) | {"psnr": f"{point.psnr:.6g}", "lpips": f"{point.lpips:.6g}"})
    return out.getvalue()


def plot(points: Sequence[Point]) -> Figure:
    """One plane a place, side by side; better is up and to the left."""
    places = list(dict.fromkeys(point.place for point in points))
    figure = Figure(figsize=(4.6 * len(places), 3.9), dpi=200, layout="constrained")
    for number, place in enumerate(places):
        axes = figure.add_subplot(1, len(places), number + 1)
        here = [point for point in points if point.place == place]
        _draw(axes, here)
        count = f", {here[0].count} photographs" if here[0].count else ""
        axes.set_title(place + count, fontsize=8)
    return figure


def _draw(axes: Axes, points: Sequence[Point]) -> None:
    for curve in dict.fromkeys(point.curve for point in points if point.curve):
        own = [point for point in points if point.curve == curve]
        axes.plot(
            [p.lpips for p in own],
            [p.psnr for p in own],
            "o-",
            markersize=3.5,
            linewidth=1.2,
            label=f"{curve}, detail 0 to 1",
        )
        for point in (own[0], own[len(own) // 2], own[-1]):
            axes.annotate(point.label, (point.lpips, point.psnr), xytext=(4, 4), textcoords="offset points", fontsize=7)
    alone = [point for point in points if not point.curve]
    for number, point in enumerate(alone):
        marker = _MARKERS[number % len(_MARKERS)]
        axes.plot([point.lpips], [point.psnr], marker, markersize=6, label=point.label, color=f"C{1 + number % 9}")
    axes.set_xlabel(f"{metric('lpips').heading}, better to the left", fontsize=8)
    axes.set_ylabel(metric("psnr").heading, fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    axes.margins(0.12)
    axes.legend(fontsize=7)
