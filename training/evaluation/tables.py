"""Tables from results: Markdown as the paper's Table 1 has it, with confidence intervals, and CSV for everything."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cf_esrt.files import save
from training.evaluation.bootstrap import LEVEL, RESAMPLES, Interval, compare, own_intervals
from training.evaluation.detail_tables import detail_table, mask_table
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.results import DEGRADATION, Results, SetScores, write
from training.evaluation.sharpening import plain_rows
from training.evaluation.texts import comparison_text, interval_text, photograph_count, table_header, table_row
from training.metrics import METRICS, Detail, Metric, metric

#: Rows that the others are compared with, where they are there.
BASELINES = ("bicubic", "esrt")
#: Metrics whose comparisons the Markdown table prints; the CSV file has those of all.
COMPARED = ("psnr", "ssim", "lpips", "dists", "ring_correlation", "invented")
_TO_BICUBIC_ALONE = ("kid", "frechet_efficientnet", "frechet_alexnet", "frechet_vgg16", "fid")


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation (n − 1; 0 for one value); NaN deviation where a value is infinite."""
    array = np.asarray(values, dtype=float)
    if not np.isfinite(array).all():
        return float(array.mean()), math.nan
    return float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0


def markdown(results: Results, *, brief: bool = False) -> str:
    """Every set's tables (``brief``: the comparisons alone), then what they mean and how they were made."""
    make = brief_markdown if brief else set_markdown
    return "\n\n".join([*map(make, results.sets), notes(results)]) + "\n"


def set_markdown(one: SetScores) -> str:
    """The scores (the best in bold), and the comparisons with the baselines that are among the rows."""
    there = {name for row in (*one.scores.values(), *one.distances.values()) for name in row}
    columns = [m for m in METRICS if m.name in there and m.name not in _DETAIL]
    cells = {m.name: _column(one, m) for m in columns}
    intervals = any(not m.per_photograph and m.name in row for m in columns for row in one.scores.values())
    spread = "mean ± SD (distances between sets: intervals)" if intervals else "mean ± SD"
    lines = [f"**{one.title}**, {photograph_count(one)}, {spread}, the best in bold"]
    lines += ["", *table_header(["model", *(m.heading for m in columns)])]
    lines += [table_row([label, *(cells[m.name][label] for m in columns)]) for label in plain_rows(one.scores)]
    for title, table in (
        (f"Whether detail is there, with {_BOOTSTRAP}", detail_table(one)),
        (f"Compared, with {_INTERVALS}", _comparisons(one)),
        ("Plain sharpening, the curve that models are held against", mask_table(one)),
    ):
        lines += ["", title, "", *table] if table else []
    return "\n".join(lines)


def brief_markdown(one: SetScores) -> str:
    """The comparisons alone; the scores where there is nothing to compare with."""
    compared, detail = _comparisons(one), detail_table(one)
    if not compared:
        return set_markdown(one)
    lines = [f"**{one.title}**, {photograph_count(one)}, compared, with {_INTERVALS}", "", *compared]
    lines += ["", "Whether detail is there", "", *detail] if detail else []
    return "\n".join(lines)


_BOOTSTRAP = f"{100 * LEVEL:.0f}% intervals of a bootstrap over photographs"
_INTERVALS = f"{100 * LEVEL:.0f}% intervals of a paired bootstrap ({RESAMPLES:,} resamples)"
_DETAIL = {name for measure in Detail().measures for name in measure.names} | {"lattice"}


def _comparisons(one: SetScores) -> list[str]:
    """A line a row: its differences or ratios to each baseline; distances, which have no interval, to the first."""
    labels = plain_rows(one.scores)
    rows = {label: one.scores[label] for label in labels}
    baselines = [b for b in BASELINES if b in rows and len(rows) > 1]
    if not baselines:
        return []
    there = {name for row in (*rows.values(), *one.distances.values()) for name in row}
    names = [name for name in COMPARED if name in there]
    distances = [name for name in _TO_BICUBIC_ALONE if name in there]
    found = compare(rows, baselines, [*names, *distances])
    wanted = [(baseline, metric(name)) for baseline in baselines for name in names]
    wanted[len(names) : len(names)] = [(baselines[0], metric(name)) for name in distances]

    def cell(label: str, baseline: str, m: Metric) -> str:
        return comparison_text(m, found.get((label, baseline, m.name)) or distance_ratio(one, label, baseline, m))

    head = table_header(["model", *(f"{m.title}, to {baseline}" for baseline, m in wanted)])
    return head + [table_row([label, *(cell(label, baseline, m) for baseline, m in wanted)]) for label in labels]


def notes(results: Results) -> str:
    """What a reader must know of the numbers, as one paragraph of Markdown."""
    first = results.origins[0]
    commits = sorted({o.commit for o in results.origins if o.commit})
    parts = [
        f"Input: the ground truth shrunk to a quarter ({first.degradation}); results are scored as 8-bit pictures."
    ]
    for name in sorted({one.protocol for one in results.sets} & set(PROTOCOLS)):
        if PROTOCOLS[name].degradation != DEGRADATION:
            parts.append(f"Input of {name}: {PROTOCOLS[name].degradation}.")
    known = {m.name for m in METRICS}
    samples = {(m, s) for one in results.sets for m, s in one.samples.items() if m in known}
    for name, (count, dimensions) in sorted(samples):
        few = (
            ", fewer than dimensions, so that the covariances are not of full rank: compare rows of one table only"
            if count <= dimensions
            else ""
        )
        parts.append(f"{metric(name).title}: {count} samples of {dimensions} dimensions{few}.")
    if any(name == "frechet_vgg16" for name, _ in samples):
        parts.append(
            "VGG16's conv5_3 also serves the perceptual loss, so networks trained with that are favoured by it."
        )
    if commits:
        parts.append(f"Code: {', '.join(commit[:10] + commit[40:] for commit in commits)}.")
    return " ".join(parts)


def table_csv(results: Results) -> str:
    """One line a set, model and metric: mean, SD, and the comparison with each baseline with its interval."""
    heads = [
        "data",
        "protocol",
        "photographs",
        "model",
        "metric",
        "unit",
        "better",
        "colours",
        "mean",
        "sd",
        "compared",
    ]
    heads += [f"to {b}{end}" for b in BASELINES for end in ("", " low", " high")]
    out = io.StringIO()
    writer = csv.DictWriter(out, heads, restval="", lineterminator="\n")
    writer.writeheader()
    for one in results.sets:
        measured = [m for m in METRICS if any(m.name in row for row in one.scores.values())]
        found = compare(one.scores, BASELINES, [m.name for m in measured])
        for label in one.scores:
            for m in METRICS:
                line: dict[str, object] = {
                    "data": one.data, "protocol": one.protocol, "photographs": len(one.files), "model": label,
                    "metric": m.name, "unit": m.unit, "better": m.better, "colours": m.colours, "compared": m.compared,
                }  # fmt: skip
                if m.name in one.scores[label]:
                    mean, deviation = mean_and_deviation(one.scores[label][m.name])
                    line |= {"mean": _number(mean), "sd": _number(deviation) if m.per_photograph else ""}
                elif m.name in one.distances.get(label, {}):
                    line["mean"] = _number(one.distances[label][m.name])
                else:
                    continue
                for b in BASELINES:
                    interval = found.get((label, b, m.name)) or distance_ratio(one, label, b, m)
                    if interval is not None:
                        numbers = (interval.value, interval.low, interval.high)
                        line |= {f"to {b}{e}": _number(n) for e, n in zip(("", " low", " high"), numbers, strict=True)}
                writer.writerow(line)
    return out.getvalue()


def write_tables(results: Results, stem: Path, *, scores: bool = True) -> list[Path]:
    """``stem``.md, .csv and, with ``scores``, .json; returns what was written."""
    written = {f"{stem.name}.md": markdown(results), f"{stem.name}.csv": table_csv(results)}
    for name, text in written.items():
        save(stem.with_name(name), text.encode())
    paths = [stem.with_name(name) for name in written]
    if scores:
        paths.append(stem.with_name(f"{stem.name}.json"))
        write(results, paths[-1])
    return paths


def distance_ratio(one: SetScores, label: str, baseline: str, m: Metric) -> Interval | None:
    """The ratio of two distances between sets, which has no interval over photographs."""
    own, other = (one.distances.get(name, {}).get(m.name) for name in (label, baseline))
    if own is None or not other or label == baseline:
        return None
    return Interval(own / other, math.nan, math.nan)


def _column(one: SetScores, m: Metric) -> dict[str, str]:
    """label → cell; those that print the best mean are bold."""
    printed: dict[str, tuple[str, str]] = {}
    rows = {label: one.scores[label] for label in plain_rows(one.scores)}
    own = {} if m.per_photograph else own_intervals(rows, [m.name])
    for label, row in rows.items():
        if m.name in row:
            mean, deviation = mean_and_deviation(row[m.name])
            spread = "" if math.isnan(deviation) else f" ± {deviation:.{m.decimals}f}"
            if not m.per_photograph:
                spread = interval_text(m, own[label, m.name]).partition(" ")[2]
                spread = f" {spread}" if spread else ""
        elif m.name in one.distances.get(label, {}):
            mean, spread = one.distances[label][m.name], ""
        else:
            continue
        printed[label] = ("∞" if math.isinf(mean) else f"{mean:.{m.decimals}f}", spread)
    values = {label: math.inf if mean == "∞" else float(mean) for label, (mean, _) in printed.items()}
    best = (max if m.better == "higher" else min)(values.values()) if len(values) > 1 else None
    cells = {}
    for label in rows:
        mean, spread = printed.get(label, ("–", ""))
        cells[label] = f"**{mean}**{spread}" if label in values and values[label] == best else mean + spread
    return cells


def _number(value: float) -> str:
    """Seven digits, so that the same scores give the same file; empty for NaN."""
    return "" if math.isnan(value) else f"{value:.7g}"
