"""What training logs say: a table of runs, and validation over the crops that a network has seen.

    python -m training.analyses.logbook runs/logs/sweep-*.jsonl
    python -m training.analyses.logbook --curve ESRT=runs/logs/esrt-cpu.jsonl,runs/logs/esrt-longer-cpu.jsonl \\
        -o assets/results/validation

The first prints Markdown, a row for each log (its last validation), a table for each set of validation photographs,
which bicubic's scores tell apart. The second draws the PSNR that each network gains over bicubic, its runs joined in
the order given, as PNG, PDF and CSV.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from cf_esrt.files import save
from training.analyses.drawing import write_figure
from training.evaluation.results import ResultsError

Scores = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Entry:
    """One validation on the way."""

    samples: int
    """Crops seen in this run."""
    seconds: float
    best: bool
    """The trainer kept these weights as the best so far."""
    scores: Scores
    """picture → metric → mean."""
    picture: str
    """The last one that the loss had a term of: what was trained."""

    @property
    def gain(self) -> float:
        """PSNR over bicubic's, dB."""
        return self.scores[self.picture]["psnr"] - self.scores["bicubic"]["psnr"]

    @property
    def ratio(self) -> float:
        """LPIPS as a fraction of bicubic's."""
        return self.scores[self.picture]["lpips"] / self.scores["bicubic"]["lpips"]


def read_log(path: Path) -> list[Entry]:
    """A log's validations, in their order. ResultsError where it cannot be read or is none of ours."""
    try:
        return [_entry(json.loads(line)) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ResultsError(f"The log {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise ResultsError(f"{path} is no log of training.train, or is damaged.") from error


def _entry(line: Mapping[str, object]) -> Entry:
    scores, terms = line["scores"], line["terms"]
    if not isinstance(scores, dict) or not isinstance(terms, dict):
        raise TypeError
    trained = next(name for name in reversed(scores) if any(term.startswith(f"{name}/") for term in terms))
    if not all({"psnr", "lpips"} <= set(scores[name]) for name in ("bicubic", trained)):
        raise KeyError(trained)
    return Entry(int(line["samples"]), float(line["seconds"]), bool(line["best"]), scores, trained)  # type: ignore[call-overload]


def runs_table(logs: Sequence[Path]) -> str:
    """Markdown. ResultsError for a log without a validation."""
    tables: dict[tuple[float, float], list[str]] = {}
    for path in logs:
        entries = read_log(path)
        if not entries:
            raise ResultsError(f"{path} holds no validation: leave it out.")
        last = entries[-1]
        bicubic = last.scores["bicubic"]
        tables.setdefault((bicubic["psnr"], bicubic["lpips"]), []).append(
            f"| {path.stem} | {last.picture} | {last.samples:,} | {last.seconds / 3600:.2f} "
            f"| {last.gain:+.2f} dB | ×{last.ratio:.3f} |"
        )
    header = "| run | picture | crops seen | hours | PSNR, to bicubic | LPIPS, to bicubic |\n" + "|---" * 6 + "|\n"
    return "\n".join(
        f"Validation photographs on which bicubic has {psnr:.2f} dB and LPIPS {lpips:.4f}:\n\n{header}"
        + "\n".join(rows)
        + "\n"
        for (psnr, lpips), rows in tables.items()
    )


@dataclass(frozen=True)
class Place:
    """A network's gain after so many crops."""

    network: str
    run: str
    samples: int
    gain: float
    ratio: float


def join_logs(network: str, logs: Sequence[Path]) -> list[Place]:
    """A network's runs one after the other: each begins at the crops that those before it had seen."""
    places, before = [], 0
    for path in logs:
        entries = read_log(path)
        places += [Place(network, path.stem, before + one.samples, one.gain, one.ratio) for one in entries]
        before = places[-1].samples if places else 0
    return places


def draw(places: Sequence[Place]) -> Figure:
    """PSNR over bicubic against crops; a mark where a run begins."""
    figure = Figure(figsize=(6.4, 3.6), dpi=200, layout="constrained")
    axes = figure.add_subplot()
    for number, network in enumerate(dict.fromkeys(place.network for place in places)):
        own = [place for place in places if place.network == network]
        axes.plot([p.samples for p in own], [p.gain for p in own], "-", color=f"C{number}", label=network)
        begun = [one for last, one in zip([None, *own], own, strict=False) if last is None or last.run != one.run]
        axes.plot([p.samples for p in begun], [p.gain for p in begun], "o", markersize=4, color=f"C{number}")
    axes.set_xlabel("crops seen (a dot: the first validation of a run)", fontsize=8)
    axes.set_ylabel("PSNR RGB over bicubic (dB), validation", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    return figure


def curve_csv(places: Sequence[Place]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("network", "run", "samples", "psnr_over_bicubic", "lpips_to_bicubic"))
    for place in places:
        writer.writerow((place.network, place.run, place.samples, f"{place.gain:.4f}", f"{place.ratio:.4f}"))
    return out.getvalue()


def parse_curve(written: str) -> tuple[str, list[Path]]:
    """``NETWORK=LOG,LOG``; ValueError for another form."""
    name, sign, files = written.partition("=")
    if not (name and sign and files):
        raise ValueError(f"{written!r} must be NETWORK=LOG,LOG, in the order of the runs.")
    return name, [Path(file) for file in files.split(",")]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.logbook", description="What training logs say.")
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG", help="runs for the table")
    parser.add_argument("--curve", nargs="+", metavar="NETWORK=LOG,LOG", help="runs of each network, in their order")
    parser.add_argument("-o", "--out", type=Path, metavar="STEM", help="where the curve goes")
    options = parser.parse_args(arguments)
    if bool(options.logs) == bool(options.curve) or bool(options.curve) != bool(options.out):
        parser.error("give logs for a table, or --curve with --out")
    try:
        if options.logs:
            print(runs_table(options.logs), end="")
            return 0
        places = [place for one in options.curve for place in join_logs(*parse_curve(one))]
        if not places:
            raise ResultsError("These logs hold no validation: there is nothing to draw.")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    written = write_figure(draw(places), options.out)
    written.append(options.out.with_name(options.out.name + ".csv"))
    save(written[-1], curve_csv(places).encode())
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
