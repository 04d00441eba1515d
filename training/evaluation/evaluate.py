"""Score models against ground truth: the paper's Table 1, mean ± SD over photographs, with confidence intervals.

    python -m training.evaluation.evaluate --models bicubic srcnn srgan esrt cf-esrt cf-esrt-coarse \\
        --data ../shared/data/isic_cc0/val --protocol whole256 patch256 --out runs/table1
    python -m training.evaluation.evaluate --from runs/table1.json       # the tables again, without running anything

A model is a name (`python -m cf_esrt info`) or the path of a checkpoint or a training state (``last.pt``, or
``recipe.yaml:last.pt`` where the state does not say what network it holds); ``cf-esrt@0.5`` sets the detail and
``mine=run.safetensors`` gives a row its name. ``other=FOLDER`` scores pictures that another system made of the very
inputs, each under its photograph's name (`training.evaluation.ready_made`). The input is made from the ground truth as
the protocol says (`training.evaluation.protocols`); results are scored on 8 bits, as a user gets them. Beside every
model stands the sharpening control, a faithful picture under unsharp masks (`training.evaluation.sharpening`), unless
``--no-sharpening`` says not to; ``--quick`` leaves it and the distances between sets out. ``--out`` writes Markdown,
CSV and JSON, the last with every score of every photograph; ``--update FILE`` measures only what that file lacks;
``--from A B`` joins files of several runs on the same photographs.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cf_esrt import models
from cf_esrt.enhance import EnhanceError
from training.arguments import add_engine, add_scoring, command_line, set_name
from training.evaluation import results as files_of_results
from training.evaluation.bootstrap import Scores
from training.evaluation.headline import headline
from training.evaluation.kept import Kept
from training.evaluation.methods import (
    Method,
    Photographs,
    Row,
    Sharpened,
    check_sizes,
    device_of,
    load_rows,
    sharpened,
)
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.ready_made import ReadyMade
from training.evaluation.results import DEGRADATION, Model, Origin, Results, SetScores
from training.evaluation.scoring import OF_MASKS, score_set
from training.evaluation.sharpening import is_masked
from training.evaluation.tables import markdown, notes, set_markdown, write_tables
from training.evaluation.update import Earlier
from training.metrics import (
    DISTS,
    LPIPS,
    METRICS,
    AlexNetCrops,
    Detail,
    EfficientNetLite0Crops,
    Features,
    FeaturesMissing,
    InceptionV3Pictures,
    VGG16Crops,
)

USUAL = ("whole256", "patch256", "camera256-patch")
"""Protocols of a run that names none: inputs that were only shrunk, and as a camera stores them."""

__all__ = ["Method", "Scores", "evaluate", "score_set"]


def evaluate(methods: Sequence[Row], files: Sequence[Path], protocol: Protocol, lpips: LPIPS) -> dict[str, Scores]:
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
    if not options.quick:
        if options.lpips_weights is not None:
            features.append(AlexNetCrops.load(options.lpips_weights, device))
        try:
            features.append(EfficientNetLite0Crops.load(device))
        except FeaturesMissing as error:
            print(error, file=sys.stderr)
    return features


def origin_of(
    arguments: Sequence[str],
    methods: Sequence[Row],
    weights: Sequence[Path | None],
    device: str = "auto",
) -> Origin:
    """What is needed to repeat a run; ``arguments`` is its command line, ``device`` what it was asked for."""
    return Origin(
        command=shlex.join(["python", "-m", *arguments]),
        commit=files_of_results.git_commit(),
        degradation=DEGRADATION,
        device=str(device_of(methods, device)),
        versions=files_of_results.versions(),
        models={row.label: model_of(row) for row in methods},
        weights={path.name: files_of_results.file_digest(path) for path in weights if path is not None},
    )


def model_of(row: Row) -> Model:
    """What made a row's pictures."""
    if isinstance(row, ReadyMade):
        return Model(f"ready-made pictures in {row.folder.name}", 1.0, None)
    if isinstance(row, Sharpened):
        return replace(model_of(row.base), sharpened=str(row.mask))
    descriptor = row.enhancer.descriptor
    return Model(descriptor.name, row.detail, descriptor.sha256, descriptor.training_data)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.evaluate", description="Score models on photographs."
    )
    parser.add_argument(
        "--models", nargs="+", metavar="[LABEL=]MODEL[@DETAIL]|LABEL=FOLDER", help="default: all (rows of --from too)"
    )
    parser.add_argument("--data", nargs="+", default=[], metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), help=f"default: {' '.join(USUAL)}")
    parser.add_argument("--self-ensemble", action="store_true", help="every network's mean over eight flips and turns")
    parser.add_argument(
        "--fid", action="store_true", help="FID; InceptionV3's weights are downloaded where they can be"
    )
    parser.add_argument("--inception-weights", type=Path, metavar="FILE", help="the same weights from a local file")
    parser.add_argument("--vgg-weights", type=Path, metavar="FILE", help="of VGG16: its Fréchet distance and DISTS")
    add_engine(parser)
    add_scoring(parser)
    parser.add_argument("--no-sharpening", action="store_true", help="no sharpening control")
    parser.add_argument("--quick", action="store_true", help="no sharpening control, no distances between sets")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep networks' pictures there, take them from there"
    )
    parser.add_argument(
        "--update", type=Path, metavar="FILE", help="scores that need not be measured again, if it is there"
    )
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
    methods: Sequence[Row],
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
            for row in rows_of_set(methods, one, protocol):
                if isinstance(row, ReadyMade):
                    row.check(one.files, PROTOCOLS[protocol].side)


def rows_of_set(rows: Sequence[Row], one: Photographs, protocol: str) -> list[Row]:
    """The rows, with ready-made pictures of this very set; without those that have others alone."""
    name = one.folder_name(protocol)
    found = [row.of_set(name) if isinstance(row, ReadyMade) else row for row in rows]
    return [row for row in found if row is not None]


def wanted_metrics(label: str, features: Sequence[Features], dists: DISTS | None) -> set[str]:
    """What a row of a run is scored by, at least."""
    details = {name for one in Detail().measures for name in one.names}
    if is_masked(label):
        return details | set(OF_MASKS)
    pictures = {m.name for m in METRICS if m.per_photograph and m.name not in ("lattice", "dists")}
    sets = {name for extract in features for name in (extract.metric, extract.kernel_metric) if name}
    return pictures | sets | details | (set() if dists is None else {"dists"})


def run(options: argparse.Namespace, arguments: Sequence[str]) -> Results:
    """Everything is checked before the first network runs; each set's table is printed when it is done."""
    if not options.data:
        raise ValueError("There is nothing to score: give folders with --data, or earlier scores with --from.")
    protocols = options.protocol or USUAL
    methods = load_rows(
        options.models or models.names(), options.device, engine=options.engine, self_ensemble=options.self_ensemble
    )
    device = device_of(methods, options.device)
    sets = [Photographs.of(source, options.limit) for source in options.data]
    lpips = LPIPS(options.lpips_weights).to(device)
    features = load_features(options, str(device))
    dists = None if options.vgg_weights is None else DISTS(options.vgg_weights).to(device)
    check_inputs(methods, sets, protocols, features)
    file: Path | None = options.update
    earlier = Earlier(files_of_results.read(file) if file is not None and file.exists() else None)
    kept = None if options.keep is None else Kept(options.keep)
    sharpening = not (options.quick or options.no_sharpening)
    faithful = sorted({PROTOCOLS[protocol].faithful for protocol in protocols if sharpening})
    masked = {label: sharpened(methods, label) for label in faithful}
    everything = [*methods, *(row for rows in masked.values() for row in rows)]
    origin = origin_of(arguments, everything, [options.lpips_weights, options.vgg_weights, options.inception_weights])
    done = []
    for one in sets:
        for protocol in protocols:
            rows = rows_of_set([*methods, *masked.get(PROTOCOLS[protocol].faithful, [])], one, protocol)
            wanted = {row.label: wanted_metrics(row.label, features, dists) for row in rows}
            known = earlier.rows(f"{one.name}, {protocol}", [file.name for file in one.files], origin.models, wanted)
            new = [row for row in rows if row.label not in known]
            scored = SetScores(one.name, protocol, (), (), {})
            if new:
                scored = score_set(
                    new, one.files, PROTOCOLS[protocol], lpips, features, dists=dists, data=one.name, kept=kept
                )
            done.append(_with_known(scored, known, rows, earlier))
            print(set_markdown(done[-1]), end="\n\n", flush=True)
    return earlier.merged(Results((origin,), tuple(done)))


def _with_known(scored: SetScores, known: dict[str, Scores], rows: Sequence[Row], earlier: Earlier) -> SetScores:
    """New and known rows in the order of ``rows``."""
    if not scored.files:
        assert earlier.results is not None
        (before,) = [one for one in earlier.results.sets if one.title == scored.title]
        scored = replace(before, scores={}, distances={})
    both = known | scored.scores
    return replace(scored, scores={row.label: both[row.label] for row in rows})


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
