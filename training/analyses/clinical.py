"""What becomes of clinical photographs beside dermoscopy of the same lesions, by skin tone: MILK10k's pairs.

    python -m training.analyses.clinical --data ../shared/data/milk10k --a-tone 8 --engine auto \\
        --lpips-weights runs/backbones/alexnet_features.safetensors -o assets/results/milk10k

``--data`` holds ``clinical/LESION.jpg``, ``dermoscopic/LESION.jpg`` and ``lesions.csv`` with each lesion's
``skin_tone_class`` (0 very dark to 5 very light). First the clinical photographs: the middle 64×64 pixels, enlarged,
against the middle 256×256 of the dermoscopic views as sets, before (bicubic) and after; the dots and lines shown, which
no truth can confirm, since the views are not aligned; the lattice; the degradation that the page suggests.
Then the dermoscopic views shrunk to a quarter, which have a truth. The same lesions for both, the first of each tone.
A distance between sets says which pictures are alike as pictures: none of it says that a clinical photograph becomes
dermoscopy, which shows what lies under the surface.
"""

from __future__ import annotations

import argparse
import csv
import logging
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity import measure as properties_of
from cf_esrt.fidelity.degradation import least_quality, suggest
from cf_esrt.fidelity.notices import thresholds
from cf_esrt.files import save
from cf_esrt.photo.formats.jpeg import estimated_quality
from training.arguments import add_engine, add_scoring, command_line
from training.data import decode
from training.evaluation.bootstrap import Interval, Scores, own_intervals
from training.evaluation.evaluate import load_features, origin_of, stem_of
from training.evaluation.kept import Kept
from training.evaluation.methods import Row, load_rows, pictures
from training.evaluation.protocols import PROTOCOLS, central_patch
from training.evaluation.results import Results, SetScores, write
from training.evaluation.scoring import score_set
from training.evaluation.tables import notes, set_markdown
from training.evaluation.texts import interval_text, table_header, table_row
from training.metrics import LPIPS, Features, frechet_distances, kernel_distances, metric
from training.metrics.lattice import lattice
from training.metrics.structure import DOT, RIDGE, structures

SIDE = 64
"""Of the clinical crop, in its own pixels."""
TONES = {"0 and 1 (darkest)": (0, 1), "2": (2,), "3": (3,), "4": (4,), "5 (lightest)": (5,)}


@dataclass(frozen=True)
class Lesion:
    name: str
    tone: str
    clinical: Path
    dermoscopic: Path


@dataclass(frozen=True)
class Shown:
    """What the pictures of one method show, a number a lesion."""

    scores: dict[str, Scores]
    """method → measure → numbers"""
    tones: list[str]


def lesions(folder: Path, a_tone: int) -> tuple[list[Lesion], Counter[str]]:
    """The first ``a_tone`` lesions of each tone class, and how many there are of each group. ValueError where the list
    is not there or names none."""
    try:
        with (folder / "lesions.csv").open(newline="", encoding="utf-8") as file:
            lines = [line for line in csv.DictReader(file) if line["view"] == "clinical"]
        classes = {line["lesion"]: int(line["skin_tone_class"]) for line in lines}
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(f"{folder}/lesions.csv is no list of MILK10k's lesions: {error}.") from error
    taken: Counter[int] = Counter()
    chosen, there = [], Counter()
    for name, tone in sorted(classes.items()):
        group = next(group for group, tones in TONES.items() if tone in tones)
        there[group] += 1
        taken[tone] += 1
        if taken[tone] <= a_tone:
            clinical, dermoscopic = (folder / view / f"{name}.jpg" for view in ("clinical", "dermoscopic"))
            chosen.append(Lesion(name, group, clinical, dermoscopic))
    if not chosen:
        raise ValueError(f"{folder}/lesions.csv names no lesion.")
    return chosen, there


def suggestions(several: Sequence[Lesion]) -> Counter[str]:
    """How many of the clinical photographs the page would take for which degradation."""
    found: Counter[str] = Counter()
    for lesion in several:
        pixels = decode(lesion.clinical)
        if pixels is not None:
            with Image.open(lesion.clinical) as file:
                tables = getattr(file, "quantization", None)
            quality = estimated_quality(tables[min(tables)]) if tables else None
            found[suggest(properties_of(pixels), thresholds(), least_quality(), quality=quality).degradation] += 1
    return found


def compare_views(
    several: Sequence[Lesion], rows: Sequence[Row], features: Sequence[Features], kept: Kept | None
) -> Shown:
    """Each method's pictures of the clinical crops beside the dermoscopic views."""
    samples: dict[tuple[str, str], list[np.ndarray]] = {}
    own: dict[str, Scores] = {}
    tones = []
    for lesion in tqdm(several, desc="clinical", unit="lesion", mininterval=5, disable=None):
        clinical, dermoscopic = decode(lesion.clinical), decode(lesion.dermoscopic)
        if clinical is None or dermoscopic is None:
            continue
        tones.append(lesion.tone)
        low, view = np.ascontiguousarray(central_patch(clinical, SIDE)), central_patch(dermoscopic)
        shown = {"clinical, as it is": central_patch(clinical), **dict(pictures(rows, low, lesion.name, kept))}
        for label, picture in (("", view), *shown.items()):
            for extract in features:
                samples.setdefault((extract.metric, label), []).append(extract(np.ascontiguousarray(picture)))
            found = structures(picture)
            row = own.setdefault(label or "dermoscopic", {})
            pixels = picture.shape[0] * picture.shape[1]
            row.setdefault("dots", []).append(float((found.dots > DOT).sum() / pixels * 1e6))
            row.setdefault("lines", []).append(float((np.abs(found.thin) > RIDGE).sum() / pixels * 1e3))
            made = None if label in ("", "clinical, as it is") else lattice(picture, low)
            if made is not None:
                row.setdefault("lattice", []).append(made)
    for label in own:
        for extract in features if label != "dermoscopic" else ():
            mine, wanted = samples[extract.metric, label], samples[extract.metric, ""]
            own[label][extract.metric] = frechet_distances(mine, wanted).tolist()
            for tone in (*TONES, "all") if extract.kernel_metric else ():
                at = [k for k, t in enumerate(tones) if tone in (t, "all")]
                if len(at) > 1:
                    found = kernel_distances([mine[k] for k in at], [wanted[k] for k in at])
                    own[label][f"{extract.kernel_metric} {tone}"] = found.tolist()
    return Shown(own, tones)


def views_table(shown: Shown, there: Counter[str]) -> str:
    """Markdown."""
    count = Counter(shown.tones)
    groups = [tone for tone in TONES if count[tone] > 1]
    whole = [name for name in ("frechet_efficientnet", "frechet_alexnet") if name in shown.scores["clinical, as it is"]]
    heads = [f"KID, all {len(shown.tones)}", *(f"KID, tone {tone}: {count[tone]} of {there[tone]}" for tone in groups)]
    heads += [metric(name).title for name in whole]
    heads += ["dots a megapixel", "lines (pixels in a thousand)", "lattice (times)"]
    lines = table_header(["pictures", *heads])
    for label, scores in shown.scores.items():
        cells = []
        for name in [f"kid {tone}" for tone in ("all", *groups)] + whole + ["dots", "lines", "lattice"]:
            interval = own_intervals({label: scores}, [name]).get((label, name))
            if interval is not None and interval.low == interval.high:  # of two lesions a distance has none
                interval = Interval(interval.value, math.nan, math.nan)
            decimals = {"dots": "false_dots", "lines": "frechet_alexnet", "lattice": "lattice"}
            cells.append(interval_text(metric(decimals.get(name, name.split(" ")[0])), interval))
        lines.append(table_row([label, *cells]))
    return "\n".join(lines)


def score_tones(
    several: Sequence[Lesion], rows: Sequence[Row], lpips: LPIPS, kept: Kept | None, protocol: str, set_name: str
) -> list[SetScores]:
    """The dermoscopic views shrunk, a set a tone; tones with one lesion alone are left out."""
    done = []
    for tone in TONES:
        files = [lesion.dermoscopic for lesion in several if lesion.tone == tone]
        if len(files) > 1:
            name = f"{set_name}, skin tone {tone}"
            done.append(score_set(rows, files, PROTOCOLS[protocol], lpips, data=name, kept=kept))
    return done


def run(options: argparse.Namespace, arguments: Sequence[str]) -> tuple[str, Results]:
    """The report as Markdown, and the scores of what has a truth."""
    chosen, there = lesions(options.data, options.a_tone)
    clinical = load_rows(options.clinical_models, options.device, engine=options.engine)
    rows = load_rows(options.models, options.device, engine=options.engine)
    kept = None if options.keep is None else Kept(options.keep)
    lpips = LPIPS(options.lpips_weights)
    degradation = suggestions(chosen)
    shown = compare_views(chosen, clinical, load_features(options, "cpu"), kept)
    name = f"{options.data.resolve().name}/dermoscopic"
    done = score_tones(chosen, rows, lpips, kept, options.protocol, name)
    results = Results((origin_of(arguments, rows, [options.lpips_weights]),), tuple(done))
    parts = [
        f"**Clinical photographs beside dermoscopy of the same {len(shown.tones)} lesions**, 95% intervals of a "
        "bootstrap over lesions",
        views_table(shown, there),
        "The page suggests: " + ", ".join(f"{name} for {count}" for name, count in degradation.most_common()) + ".",
        *map(set_markdown, done),
        notes(results),
    ]
    return "\n\n".join(parts) + "\n", results


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.clinical", description="Clinical photographs beside dermoscopy."
    )
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="MILK10k")
    parser.add_argument("--clinical-models", nargs="+", default=["bicubic", "esrt-camera", "cf-esrt-camera"])
    parser.add_argument(
        "--models", nargs="+", default=["bicubic", "esrt", "cf-esrt"], help="for shrunk dermoscopic views"
    )
    parser.add_argument("--protocol", choices=list(PROTOCOLS), default="whole256", help="of the dermoscopic views")
    parser.add_argument("--a-tone", type=int, default=50, metavar="N", help="lesions of each tone class, at most")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep networks' pictures there, take them from there"
    )
    add_engine(parser)
    add_scoring(parser, limit=False)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    parser.set_defaults(fid=False, inception_weights=None, vgg_weights=None, quick=False)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        stem = stem_of(options.out, "milk10k")
        text, results = run(options, command_line("training.analyses.clinical", arguments))
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(text, end="")
    save(stem.with_name(f"{stem.name}.md"), text.encode())
    write(results, stem.with_name(f"{stem.name}.json"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
