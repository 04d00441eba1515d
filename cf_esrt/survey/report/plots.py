"""The report's plots as SVG text that stands in the page: letters stay letters, nothing is loaded."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cf_esrt.survey.counted import counted
from cf_esrt.survey.report.analysis import Analysis
from cf_esrt.survey.statistics.opinion import stimulus_means
from cf_esrt.survey.statistics.ratings import HIGHEST, LOWEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GREY, STUDENT, BINOMIAL = "#1f2933", "#9aa5b1", "#0b63b0", "#b4540a"
VOTE_COLOURS = ("#a6432d", "#d99566", "#d8d3c8", "#7fa9c9", "#1f5f93")
"""of 1 to 5"""


@dataclass(frozen=True)
class Plot:
    key: str
    svg: str
    alt: str


def plots_of(analysis: Analysis) -> list[Plot]:
    """All plots of one question."""
    return [_opinions(analysis), _votes(analysis), _stimuli(analysis), _raters(analysis)]


def _opinions(analysis: Analysis) -> Plot:
    rows = len(analysis.opinions)
    figure, axes = _figure(7.2, 0.9 + 0.42 * rows)
    for k, one in enumerate(analysis.opinions):
        for interval, colour, shift, name in (
            (one.student, STUDENT, -0.1, "Student's t over raters"),
            (one.sos, BINOMIAL, 0.1, "binomial (SOS)"),
        ):
            if interval is None:
                continue
            label = name if k == 0 else None
            if interval.known:
                axes.plot([interval.low, interval.high], [k + shift] * 2, color=colour, linewidth=2)
            axes.plot(interval.value, k + shift, "o", color=colour, markersize=5, label=label)
    axes.set(xlim=(LOWEST, HIGHEST + 0.15), xlabel="MOS with its 95% intervals, for other raters on these images")
    _methods(axes, analysis.votes.methods)
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    alt = "; ".join(f"{one.method} {one.student.value:.2f}" for one in analysis.opinions)
    return Plot("mos", _svg(figure, f"{analysis.question} mos"), f"MOS with intervals: {alt}")


def _votes(analysis: Analysis) -> Plot:
    scores = analysis.votes.scores
    figure, axes = _figure(7.2, 0.9 + 0.42 * len(analysis.votes.methods))
    words = []
    for k, method in enumerate(analysis.votes.methods):
        votes = scores[:, :, k][np.isfinite(scores[:, :, k])]
        shares = np.array([(votes == vote).mean() for vote in range(LOWEST, HIGHEST + 1)])
        left = 0.0
        for vote, share in enumerate(shares, LOWEST):
            colour = VOTE_COLOURS[vote - LOWEST]
            axes.barh(k, share, left=left, color=colour, height=0.7, label=str(vote) if k == 0 else None)
            if share > 0.06:
                text = "white" if vote in (LOWEST, HIGHEST) else INK
                axes.text(left + share / 2, k, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=text)
            left += share
        words.append(f"{method} " + "/".join(f"{100 * share:.0f}" for share in shares))
    axes.set(xlim=(0, 1), xlabel="share of votes, %", xticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xticklabels(["0", "25", "50", "75", "100"])
    _methods(axes, analysis.votes.methods)
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5)
    return Plot("votes", _svg(figure, f"{analysis.question} votes"), f"Shares of votes 1 to 5, %: {'; '.join(words)}")


def _stimuli(analysis: Analysis) -> Plot:
    means = stimulus_means(analysis.votes).T  # methods × images
    figure, axes = _figure(max(4.0, 1.6 + 0.45 * means.shape[1]), 1.1 + 0.38 * means.shape[0])
    axes.imshow(means, cmap="cividis", vmin=LOWEST, vmax=HIGHEST, aspect="auto", interpolation="nearest", alpha=0)
    for (row, column), value in np.ndenumerate(means):  # rectangles: an SVG image would be a blurred bitmap
        if np.isfinite(value):
            shade = 0.97 - 0.75 * (value - LOWEST) / (HIGHEST - LOWEST)
            axes.fill(
                [column - 0.5, column + 0.5, column + 0.5, column - 0.5],
                [row - 0.5, row - 0.5, row + 0.5, row + 0.5],
                color=(shade * 0.85, shade * 0.95, min(1.0, shade + 0.12)),
            )
            text = "white" if value > 3.4 else INK
            axes.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=8, color=text)
    axes.images[0].remove()
    axes.set_xticks(range(means.shape[1]), analysis.votes.images, rotation=40, ha="right", fontsize=8)
    axes.set_yticks(range(means.shape[0]), analysis.votes.methods, fontsize=9)
    axes.set(xlim=(-0.5, means.shape[1] - 0.5), ylim=(means.shape[0] - 0.5, -0.5))
    axes.tick_params(length=0)
    alt = "MOS of every image by every method; the numbers are in the last table"
    return Plot("stimuli", _svg(figure, f"{analysis.question} stimuli"), alt)


def _raters(analysis: Analysis) -> Plot:
    figure, axes = _figure(5.2, 3.2)
    kept = np.array([one.kept for one in analysis.screening.raters])
    bias, spread = analysis.subjects.bias, analysis.subjects.inconsistency
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.plot(bias[kept], spread[kept], "o", color=STUDENT, markersize=5, label="stays")
    if (~kept).any():
        axes.plot(bias[~kept], spread[~kept], "x", color=BINOMIAL, markersize=7, label="screened out")
        axes.legend(frameon=False, fontsize=8)
    axes.set(xlabel="bias, votes (right: kinder than others)", ylabel="inconsistency, votes", ylim=(0, None))
    axes.margins(x=0.1)
    alt = f"Bias and inconsistency of {counted(len(bias), 'rater')}; the numbers are in the table of raters"
    return Plot("raters", _svg(figure, f"{analysis.question} raters"), alt)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # slow to import, and only a report needs it

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    return figure, axes


def _methods(axes: Axes, methods: tuple[str, ...]) -> None:
    axes.set_yticks(range(len(methods)), [method.replace("$", r"\$") for method in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.grid(axis="x", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)


def _svg(figure: Figure, salt: str) -> str:
    """The figure's <svg> alone; the salt keeps its identifiers apart from other plots' and the same every time."""
    from matplotlib import rc_context

    content = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.family": "sans-serif"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = content.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    # ids such as figure_1 repeat from plot to plot, and nothing refers to them
    referred = set(re.findall(r"#([\w-]+)", text))
    return re.sub(r' id="([\w.-]+)"', lambda found: found[0] if found[1] in referred else "", text)
