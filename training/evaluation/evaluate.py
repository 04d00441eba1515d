"""Score models against ground truth: the paper's Table 1, mean ± SD over photographs, with confidence intervals.

    python -m training.evaluation.evaluate --models bicubic srcnn srgan esrt cf-esrt cf-esrt-coarse \\
        --data ../shared/data/isic_cc0/val --protocol whole256 patch256 --out runs/table1
    python -m training.evaluation.evaluate --from runs/table1.json       # the tables again, without running anything

A model is a name (`python -m cf_esrt info`) or the path of a checkpoint or a training state (``last.pt``, or
``recipe.yaml:last.pt`` where the state does not say what network it holds); ``cf-esrt@0.5`` sets the detail and
``mine=run.safetensors`` gives a row its name. ``other=FOLDER`` scores pictures that another system made of the very
inputs, each under its photograph's name (`training.evaluation.ready_made`). The input is made from the ground truth as
the protocol says (`training.evaluation.protocols`); results are scored on 8 bits, as a user gets them. ``--out`` writes
Markdown, CSV and JSON, the last with every score of every photograph; ``--from A B`` joins files of several runs on the
same photographs.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt import models
from cf_esrt.engine import NAMES
from cf_esrt.enhance import EnhanceError
from training.arguments import add_scoring, command_line, set_name
from training.evaluation import results as files_of_results
from training.evaluation.bootstrap import Scores
from training.evaluation.methods import (
    Method,
    Photographs,
    Truth,
    check_sizes,
    device_of,
    load_rows,
    load_truth,
    pictures,
)
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.ready_made import ReadyMade
from training.evaluation.results import DEGRADATION, Model, Origin, Results, ResultsError, SetScores
from training.evaluation.tables import headline, markdown, notes, set_markdown, write_tables
from training.metrics import (
    DISTS,
    LPIPS,
    Comparison,
    Features,
    FeaturesMissing,
    InceptionV3Pictures,
    VGG16Crops,
    frechet_distance,
    measure,
)

__all__ = ["Method", "Scores", "evaluate", "score_set"]


def score_set(
    methods: Sequence[Method | ReadyMade],
    files: Sequence[Path],
    protocol: Protocol,
    lpips: LPIPS,
    features: Sequence[Features] = (),
    *,
    dists: DISTS | None = None,
    data: str = "",
) -> SetScores:
    """Every metric of every method on every photograph, and the distances that the ``features`` serve.

    ``data`` names the set in tables.

    Each checkpoint's networks run once a photograph. Damaged photographs are left out by name; ResultsError where
    none is left.
    """
    damaged: list[str] = []

    def shown() -> Iterator[Shown]:
        for path in tqdm(files, desc=f"{data} {protocol.name}".strip(), unit="photo", mininterval=5, disable=None):
            truth = load_truth(path, protocol)
            if truth is None:
                damaged.append(path.name)
            else:
                yield truth, pictures(methods, truth.low, path.stem)

    scored = score_pictures(shown(), lpips, features, dists=dists, data=data, protocol=protocol.name)
    return replace(scored, damaged=tuple(damaged))


Shown = tuple[Truth, Iterable[tuple[str, np.ndarray]]]
"""A ground truth, and what the rows made of its input: label and picture, RGB uint8."""


def score_pictures(
    several: Iterable[Shown],
    lpips: LPIPS,
    features: Sequence[Features] = (),
    *,
    dists: DISTS | None = None,
    data: str = "",
    protocol: str = "",
) -> SetScores:
    """As `score_set`, of pictures that are there; each photograph has one of every row. ResultsError for none."""
    scores: dict[str, Scores] = {}
    samples: dict[tuple[str, str], list[np.ndarray]] = {}
    scored: list[str] = []
    for truth, shown in several:
        scored.append(truth.file.name)
        for extract in features:
            samples.setdefault((extract.metric, ""), []).append(extract(truth.image))
        for label, picture in shown:
            for name, value in measure(Comparison(picture, truth.image, truth.low, lpips, dists)).items():
                scores.setdefault(label, {}).setdefault(name, []).append(value)
            for extract in features:
                samples.setdefault((extract.metric, label), []).append(extract(picture))
    if not scored:
        raise ResultsError(f"None of the photographs of {data or 'the set'} could be decoded.")
    distances: dict[str, dict[str, float]] = {}
    counts: dict[str, tuple[int, int]] = {}
    for extract in features:
        truths = np.concatenate(samples[extract.metric, ""])
        counts[extract.metric] = (truths.shape[0], truths.shape[1])
        for label in scores:
            own = np.concatenate(samples[extract.metric, label])
            distances.setdefault(label, {})[extract.metric] = frechet_distance(own, truths)
    return SetScores(data, protocol, tuple(scored), (), scores, distances, counts)


def evaluate(
    methods: Sequence[Method | ReadyMade], files: list[Path], protocol: Protocol, lpips: LPIPS
) -> dict[str, Scores]:
    """label → metric → one score a photograph, photographs in the order of ``files`` (damaged ones left out)."""
    return score_set(methods, files, protocol, lpips).scores


def load_features(options: argparse.Namespace, device: str) -> list[Features]:
    """The feature networks that were asked for; a notice instead of InceptionV3 where it cannot be had.

    FeaturesMissing where VGG16, or a local file that was named, cannot be read.
    """
    features: list[Features] = []
    if options.fid or options.inception_weights is not None:
        try:
            features.append(InceptionV3Pictures.load(options.inception_weights, device))
        except FeaturesMissing as error:
            if options.inception_weights is not None:
                raise
            print(error, file=sys.stderr)
    if options.vgg_weights is not None:
        features.append(VGG16Crops.load(options.vgg_weights, device))
    return features


def origin_of(
    arguments: Sequence[str],
    methods: Sequence[Method | ReadyMade],
    weights: Sequence[Path | None],
    device: str = "auto",
) -> Origin:
    """What is needed to repeat a run; ``arguments`` is its command line, ``device`` what it was asked for."""
    rows = {}
    for method in methods:
        if isinstance(method, ReadyMade):
            rows[method.label] = Model(f"ready-made pictures in {method.folder.name}", 1.0, None)
            continue
        descriptor = method.enhancer.descriptor
        rows[method.label] = Model(descriptor.name, method.detail, descriptor.sha256, descriptor.training_data)
    return Origin(
        command=shlex.join(["python", "-m", *arguments]),
        commit=files_of_results.git_commit(),
        degradation=DEGRADATION,
        device=str(device_of(methods, device)),
        versions=files_of_results.versions(),
        models=rows,
        weights={path.name: files_of_results.file_digest(path) for path in weights if path is not None},
    )


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.evaluate", description="Score models on photographs."
    )
    parser.add_argument(
        "--models", nargs="+", metavar="[LABEL=]MODEL[@DETAIL]|LABEL=FOLDER", help="default: all (rows of --from too)"
    )
    parser.add_argument("--data", nargs="+", default=[], metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), help="default: whole256 patch256")
    parser.add_argument(
        "--engine", choices=NAMES, default="torch", help="what runs the networks (default: %(default)s)"
    )
    parser.add_argument("--self-ensemble", action="store_true", help="every network's mean over eight flips and turns")
    parser.add_argument(
        "--fid", action="store_true", help="FID; InceptionV3's weights are downloaded where they can be"
    )
    parser.add_argument("--inception-weights", type=Path, metavar="FILE", help="the same weights from a local file")
    parser.add_argument("--vgg-weights", type=Path, metavar="FILE", help="of VGG16: its Fréchet distance and DISTS")
    add_scoring(parser)
    parser.add_argument("--out", type=Path, metavar="DIR_OR_STEM", help="write .md, .csv and .json there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every score there")
    parser.add_argument(
        "--from", nargs="+", type=Path, default=[], dest="sources", metavar="FILE", help="earlier scores"
    )
    parser.add_argument("--brief", action="store_true", help="of earlier scores print the comparisons alone")
    parser.add_argument(
        "--headline", nargs="+", metavar="SET", help="of earlier scores print one narrow table of these sets"
    )
    return parser


def stem_of(out: Path, name: str = "table") -> Path:
    """``out`` itself, or ``name`` in it where it is a folder; its folder is made. ValueError where that fails."""
    stem = out / name if out.is_dir() else out
    if stem.suffix in (".md", ".csv", ".json", ".png", ".pdf"):
        stem = stem.with_suffix("")
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"Nothing can be written to {stem.parent} ({error.strerror}): choose another --out."
        ) from error
    return stem


def check_inputs(
    methods: Sequence[Method | ReadyMade],
    sets: Sequence[Photographs],
    protocols: Sequence[str],
    features: Sequence[Features],
) -> None:
    """ValueError where a photograph is too small for a protocol or for ``features``, or a ready-made picture is
    missing or of another size."""
    for one in sets:
        for protocol in protocols:
            smallest = max([PROTOCOLS[protocol].smallest, *(extract.smallest for extract in features)])
            check_sizes(one.files, smallest, f"{protocol} of {one.name}")
            for row in methods:
                if isinstance(row, ReadyMade):
                    row.check(one.files, PROTOCOLS[protocol].side)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> Results:
    """Everything is checked before the first network runs; each set's table is printed when it is done."""
    if not options.data:
        raise ValueError("There is nothing to score: give folders with --data, or earlier scores with --from.")
    protocols = options.protocol or ["whole256", "patch256"]
    methods = load_rows(
        options.models or models.names(), options.device, engine=options.engine, self_ensemble=options.self_ensemble
    )
    device = device_of(methods, options.device)
    sets = [Photographs.of(source, options.limit) for source in options.data]
    lpips = LPIPS(options.lpips_weights).to(device)
    features = load_features(options, str(device))
    dists = None if options.vgg_weights is None else DISTS(options.vgg_weights).to(device)
    check_inputs(methods, sets, protocols, features)
    origin = origin_of(arguments, methods, [options.lpips_weights, options.vgg_weights, options.inception_weights])
    done = []
    for one in sets:
        for protocol in protocols:
            done.append(score_set(methods, one.files, PROTOCOLS[protocol], lpips, features, dists=dists, data=one.name))
            print(set_markdown(done[-1]), end="\n\n", flush=True)
    return Results((origin,), tuple(done))


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    written = command_line("training.evaluation.evaluate", arguments)
    try:
        stem = None if options.out is None else stem_of(options.out)
        target = None if options.json is None else stem_of(options.json).with_suffix(".json")
        if options.sources:
            results = files_of_results.join([files_of_results.read(path) for path in options.sources])
            results = files_of_results.choose_sets(results, map(set_name, options.data), options.protocol or ())
            results = results if options.models is None else files_of_results.choose(results, options.models)
            if options.headline:
                print(headline(results, options.headline), end="")
            else:
                print(markdown(results, brief=options.brief), end="")
        else:
            results = run(options, written)
            print(notes(results))
    except (ValueError, FileNotFoundError, FeaturesMissing, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    if stem is not None:
        write_tables(results, stem)
    if target is not None:
        files_of_results.write(results, target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
