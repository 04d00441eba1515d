"""The perception–distortion curve (Blau and Michaeli 2018): PSNR over LPIPS.

    python -m training.analyses.curve --model cf-esrt --baselines bicubic srcnn srgan esrt \\
        --data ../shared/data/isic_cc0/val --protocol whole256 -o runs/curve
    python -m training.analyses.curve --sweep 0.02=runs/a/log.jsonl 0.04=runs/b/log.jsonl -o runs/sweep

The first draws a model's detail setting from 0 to 1 against every baseline; its networks run once a photograph. The
second draws a point for each training log (its last validation, or with ``--at best`` the one whose weights the
trainer kept as best), or for each checkpoint (scored on ``--data``): the sweep that chose the losses' weights. Written
are PNG, PDF, CSV and, of pictures scored here, a JSON file with every score, from which ``--from`` draws again.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from cf_esrt.enhance import EnhanceError
from cf_esrt.files import save
from training.analyses.drawing import write_figure
from training.analyses.logbook import Entry, read_log
from training.analyses.perception_distortion import Point, plot, table
from training.arguments import add_engine, add_scoring, command_line
from training.evaluation import results as files_of_results
from training.evaluation.evaluate import origin_of, score_set, stem_of
from training.evaluation.methods import Photographs, check_sizes, load_methods
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.results import Results, ResultsError
from training.metrics import LPIPS


def details(steps: int) -> list[str]:
    """Settings from 0 to 1, as they are written after ``@``."""
    if not 2 <= steps <= 101:
        raise ValueError(f"--steps is {steps}: it must lie between 2 and 101.")
    return [f"{value:.4g}" for value in np.linspace(0, 1, steps)]


def points_of(results: Results) -> list[Point]:
    """The mean of each row of each set; a curve is the rows of one model at several details, in their order.

    ResultsError where the file does not say what a row is.
    """
    known = {label: model for origin in results.origins for label, model in origin.models.items()}
    points = []
    for one in results.sets:
        unknown = [label for label in one.scores if label not in known]
        if unknown:
            raise ResultsError(f"The results do not say which model {unknown[0]} is: make them anew.")
        settings: dict[tuple[str, str | None], set[float]] = {}
        for model in (known[label] for label in one.scores):
            settings.setdefault((model.name, model.sha256), set()).add(model.detail)
        for label, scores in one.scores.items():
            model = known[label]
            on_curve = len(settings[model.name, model.sha256]) > 1
            psnr, lpips = (float(np.mean(scores[name])) for name in ("psnr", "lpips"))
            points.append(
                Point(
                    place=one.title,
                    label=f"{model.detail:g}" if on_curve else label,
                    curve=model.name if on_curve else "",
                    psnr=psnr,
                    lpips=lpips,
                    count=len(one.files),
                )
            )
    return points


def validation_of(path: Path, at: Literal["last", "best"]) -> Entry:
    """One entry of a training log. ResultsError where there is none such."""
    entries = read_log(path)
    wanted = [entry for entry in entries if at == "last" or entry.best]
    if not wanted:
        missing = "no validation" if not entries else "no best weights, none reached the PSNR floor"
        raise ResultsError(f"{path} holds {missing}: leave it or --at best out.")
    return wanted[-1]


def points_of_logs(sources: dict[str, Path], at: Literal["last", "best"]) -> list[Point]:
    """A point for each run (the picture that it trained), and bicubic's.

    ResultsError where the runs were not validated on the same photographs, which bicubic's scores tell.
    """
    rows: dict[str, Mapping[str, float]] = {}
    bicubic: Mapping[str, float] | None = None
    for label, path in sources.items():
        entry = validation_of(path, at)
        here = entry.scores["bicubic"]
        if bicubic is not None and any(here[name] != bicubic[name] for name in here.keys() & bicubic.keys()):
            raise ResultsError(f"{path} was validated on other photographs than {next(iter(rows))}: compare like runs.")
        bicubic = here
        rows[label] = entry.scores[entry.picture]
    rows |= {} if bicubic is None else {"bicubic": bicubic}
    return [Point("validation", label, "", row["psnr"], row["lpips"]) for label, row in rows.items()]


def parse_sweep(written: Sequence[str]) -> dict[str, Path]:
    """label → file, of ``LABEL=FILE``. ValueError for another form, a label twice, or logs mixed with checkpoints."""
    sources: dict[str, Path] = {}
    for one in written:
        label, sign, path = one.partition("=")
        if not (label and sign and path) or label in (*sources, "bicubic"):
            raise ValueError(f"{one!r} must be LABEL=FILE, each label once, as in 0.02=runs/a/log.jsonl.")
        sources[label] = Path(path)
    if len({path.suffix for path in sources.values()}) > 1:
        raise ValueError("A sweep is of training logs or of checkpoints: they are scored on different photographs.")
    return sources


def score(options: argparse.Namespace, written: Sequence[str], command: Sequence[str]) -> Results:
    """Every method on every set; everything is checked before the first network runs."""
    if not options.data:
        raise ValueError("There is nothing to score: give folders with --data, or earlier scores with --from.")
    methods = load_methods(written, options.device, engine=options.engine)
    sets = [Photographs.of(source, options.limit) for source in options.data]
    lpips = LPIPS(options.lpips_weights).to(methods[0].enhancer.device)
    for one in sets:
        for protocol in options.protocol:
            check_sizes(one.files, PROTOCOLS[protocol].smallest, f"{protocol} of {one.name}")
    done = [
        score_set(methods, one.files, PROTOCOLS[protocol], lpips, data=one.name)
        for one in sets
        for protocol in options.protocol
    ]
    return Results((origin_of(command, methods, [options.lpips_weights]),), tuple(done))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.curve", description="PSNR over LPIPS.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--model", default="cf-esrt", help="whose detail setting goes from 0 to 1")
    what.add_argument("--sweep", nargs="+", metavar="LABEL=FILE", help="points of training logs or checkpoints")
    what.add_argument("--from", type=Path, dest="source", metavar="FILE", help="draw earlier scores again")
    parser.add_argument("--at", choices=["last", "best"], default="last", help="which validation of a training log")
    parser.add_argument("--baselines", nargs="*", default=["bicubic", "esrt"], metavar="MODEL")
    parser.add_argument("--steps", type=int, default=11, help="settings from 0 to 1")
    parser.add_argument("--data", nargs="+", default=[], metavar="FOLDER", help="photographs, or split.json#held_out")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256"])
    add_engine(parser)
    add_scoring(parser)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    return parser


def gather(options: argparse.Namespace, command: Sequence[str]) -> tuple[list[Point], Results | None]:
    """The points to draw, and the scores where they were measured here."""
    if options.source is not None:
        return points_of(files_of_results.read(options.source)), None
    if options.sweep:
        sources = parse_sweep(options.sweep)
        if next(iter(sources.values())).suffix != ".safetensors":
            return points_of_logs(sources, options.at), None
        results = score(options, [*options.baselines, *options.sweep], command)
    else:
        curve = [f"{options.model}@{detail}" for detail in details(options.steps)]
        results = score(options, [*options.baselines, *curve], command)
    return points_of(results), results


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    command = command_line("training.analyses.curve", arguments)
    try:
        stem = stem_of(options.out, "curve")
        points, results = gather(options, command)
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    written = write_figure(plot(points), stem)
    written.append(stem.with_name(stem.name + ".csv"))
    save(written[-1], table(points).encode())
    if results is not None:
        written.append(stem.with_name(stem.name + ".json"))
        files_of_results.write(results, written[-1])
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
