"""Whether the error map's promises are kept on photographs that had no part in it, and how much they leave unveiled.

    python -m training.analyses.trust_coverage --keep runs/trust -o assets/results/trust

For every calibration in `cf_esrt/fidelity/trust.json`: ``ham10000/test``, MILK10k's dermoscopic views by skin tone and
PAD-UFES-20's clinical photographs, all of them simulated inputs whose truth is known. Photographs for which the mask is
off count as such and are left out. 95% intervals: Wilson's of what was kept, a bootstrap's over photographs of what
stays unveiled. Then 1,000 random halves of the calibrating photographs, one calibrated on, the other tested on. The
JSON file beside the table has what is needed for that (`cf_esrt.fidelity.trust.control`): of each calibrating
photograph its breaking points and the quantiles of its scores.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity.notices import ThresholdsError
from cf_esrt.fidelity.trust.calibrated import TRUST, Calibration, Promise, read
from cf_esrt.fidelity.trust.control import Loss, threshold
from cf_esrt.fidelity.trust.scores import FEATURES, WHOLE, BlockScore, SmallNetwork
from cf_esrt.files import save
from cf_esrt.models import Degradation
from training.analyses.clinical import TONES, lesions
from training.analyses.trust_losses import DELTA, Score, kept, loss_of, unveiled, with_head
from training.analyses.trust_measurements import DETAILS, Measured, Network, Source, measurements
from training.analyses.trust_sources import COUNT, FULL_AND_SHRUNK, sources
from training.arguments import add_engine
from training.config import ConfigError
from training.data import list_images
from training.evaluation.bootstrap import resampled_means
from training.evaluation.evaluate import stem_of
from training.evaluation.texts import table_header, table_row

SHOWN: tuple[tuple[Promise, float], ...] = (
    ("area", 6.0), ("area", 8.0), ("area", 10.0), ("area", 12.0), ("largest", 16.0), ("lines", 10.0),
    ("dots", 20.0),
)  # fmt: skip
HEADS = {"area": "within {level:g}", "largest": "largest error {level:g}", "lines": "{level:g}% of lines false",
         "dots": "{level:g}% of dots false"}  # fmt: skip
BETWEEN = (0.6, 0.9)
"""Settings at which the interpolation of thresholds is tested."""
SIMULATED = 8.0
SPLITS = 1000
GRID = np.linspace(0, 1, 41)


def tested(data: Path, degradation: Degradation, limit: int, a_tone: int) -> Iterator[Source]:
    """The sets, under the protocols of a kind of photograph. ConfigError or ValueError where a folder is missing."""
    full, shrunk = FULL_AND_SHRUNK[degradation]
    yield Source("ham10000/test", full, tuple(list_images([data / "ham10000/test"])[:limit]))
    chosen, _ = lesions(data / "milk10k", a_tone)
    for tone in TONES:
        files = tuple(lesion.dermoscopic for lesion in chosen if lesion.tone == tone)
        yield Source(f"milk10k, tone {tone}", shrunk, files)
    if degradation == "camera":
        yield Source("milk10k/clinical", shrunk, tuple(list_images([data / "milk10k/clinical"])[0::2][:limit]))
    yield Source("pad_ufes_20", shrunk, tuple(list_images([data / "pad_ufes_20"])[:limit]))


def wilson(kept: int, count: int) -> tuple[float, float]:
    """95% interval of a share."""
    if not count:
        return math.nan, math.nan
    z, share = 1.96, kept / count
    middle, half = share + z * z / 2 / count, z * math.sqrt(share * (1 - share) / count + z * z / 4 / count**2)
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def cell(several: Sequence[Measured], setting: int, score: Score, at: float, promise: Promise, level: float) -> str:
    """What stays unveiled, and how often the promise was kept (the mean largest error for ``largest``)."""
    areas = unveiled(several, setting, score, at)
    held = kept(several, setting, score, at, promise, level)
    drawn = np.percentile(resampled_means(np.stack([areas, held], 1)), [2.5, 97.5], axis=0)
    area = f"{areas.mean():.0%} [{drawn[0, 0]:.0%}, {drawn[1, 0]:.0%}]"
    if promise == "largest":
        return f"{area}; {held.mean():.1f} [{drawn[0, 1]:.1f}, {drawn[1, 1]:.1f}]"
    low, high = wilson(int(held.sum()), len(held))
    return f"{area}; {int(held.sum())} of {len(held)} [{low:.0%}, {high:.0%}]"


def judged(several: Sequence[Measured], one: Calibration) -> list[Measured]:
    """Without those for which the mask is off."""
    blur = WHOLE.index("resolution")
    return [each for each in several if not each.noticed and not each.whole[blur] > one.blur]


def rows(one: Calibration, sets: Sequence[tuple[str, list[Measured]]], detail: float, score: Score) -> list[str]:
    """Of each set, a row of the table at one detail setting."""
    found = []
    for name, several in sets:
        seen = judged(several, one)
        cells = ["–"] * len(SHOWN)
        if len(seen) > 1:
            setting = seen[0].at(detail)
            cells = [
                cell(seen, setting, score, one.threshold(promise, level, detail), promise, level)
                if level in one.levels.get(promise, ())
                else "–"
                for promise, level in SHOWN
            ]
        found.append(table_row([f"{name} @{detail:g}", f"{len(several) - len(seen)} of {len(several)}", *cells]))
    return found


def curves(several: Sequence[Measured], setting: int, score: Score) -> dict[str, Any]:
    """Of each photograph, where its promise breaks (None: nowhere) and the quantiles of its scores."""
    breaking, quantiles = [], []
    for one in several:
        scores = score(one, setting)
        at = loss_of("area", SIMULATED, one, setting, scores).at
        breaking.append(float(f"{at[0]:.5g}") if len(at) else None)
        quantiles.append([float(f"{value:.4g}") for value in np.quantile(scores, GRID)])
    return {"breaking": breaking, "quantiles": quantiles}


def simulate(held: dict[str, Any], splits: int = SPLITS, seed: int = 0) -> tuple[float, float, float]:
    """Over random halves of `curves`: how often the promise is kept, the share of area that stays unveiled, and how
    many photographs one half has."""
    random = np.random.default_rng(seed)
    losses = [Loss(np.array([] if at is None else [at]), np.ones(0 if at is None else 1)) for at in held["breaking"]]
    breaking = np.array([math.inf if at is None else at for at in held["breaking"]])
    quantiles = np.array(held["quantiles"])
    half, rates, areas = len(losses) // 2, [], []
    for _ in range(splits):
        order = random.permutation(len(losses))
        at = threshold([losses[k] for k in order[:half]], DELTA)
        rates.append(np.mean(breaking[order[half:]] >= at))
        areas.append(np.mean([np.interp(at, quantiles[k], GRID) for k in order[half:][:8]]))
    return float(np.mean(rates)), float(np.mean(areas)), half


def words_of(score: BlockScore) -> str:
    """Which measures a score goes by."""
    if isinstance(score, SmallNetwork):
        return f"a small network on {len(SmallNetwork.SEEN + WHOLE)} measures"
    needed = [name for name, weight in zip(FEATURES, score.weights, strict=True) if weight]
    return needed[0] if len(needed) == 1 else f"a guess from {len(needed)} measures"


@dataclass(frozen=True)
class Part:
    """What was found of one network."""

    command: str
    weights: str | None
    table: str
    """Markdown."""
    curves: dict[str, dict[str, Any]]
    """`curves` by the calibrating photographs' name."""


def part_of(one: Calibration, options: argparse.Namespace) -> Part:
    """Measure a network's results."""
    network = Network(one.model, options.engine)
    score = with_head(one.score)
    detail = network.descriptor.opening_detail
    first, *rest = tested(options.data, one.degradation, options.limit, options.a_tone)
    sets = [(first.name, list(measurements(network, first, options.keep, sorted({detail, *BETWEEN, 1.0}))))]
    sets += [(source.name, list(measurements(network, source, options.keep, (detail,)))) for source in rest]
    heads = ["photographs", "off", *(HEADS[promise].format(level=level) for promise, level in SHOWN)]
    settings = [detail] + ([1.0, *BETWEEN] if len(one.details) > 1 else [])
    lines = rows(one, sets, detail, score)
    for setting in settings[1:]:
        lines += rows(one, sets[:1], setting, score)
    photographs = ", ".join(f"{count} of {name}" for name, count in one.photographs.items())
    weights = one.sha256[:12] if one.sha256 else "none"
    made = f"weights {weights}; score: {words_of(one.score)}; calibrated on {photographs}"
    title = f"**{one.model}**, {one.degradation} ({made})"
    found = {}
    for source in sources(options.data, one.degradation, options.count).calibrating:
        several = judged(list(measurements(network, source, options.keep, DETAILS)), one)
        name = f"{one.model}@{detail:g}, {source.name} {source.protocol}"
        found[name] = curves(several, several[0].at(detail), score)
    return Part(options.command, one.sha256, "\n".join([title, "", *table_header(heads), *lines]), found)


def parts_before(file: Path | None) -> dict[str, Part]:
    """By network, from the JSON of a run before. ValueError where it is none."""
    if file is None:
        return {}
    try:
        return {name: Part(**part) for name, part in json.loads(file.read_text("utf-8"))["networks"].items()}
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is no JSON of an earlier run of this command.") from error


def run(options: argparse.Namespace) -> dict[str, Part]:
    """Of each calibrated network, in the calibration's order: as measured now, or as ``--update``'s file has it.
    ValueError where that is of other weights."""
    before, found = parts_before(options.update), {}
    for one in read(options.calibration).entries:
        if not options.models or one.model in options.models:
            found[one.model] = part_of(one, options)
        elif one.model in before:
            found[one.model] = before[one.model]
            if before[one.model].weights != one.sha256:
                raise ValueError(f"{options.update} has {one.model} with other weights: name it in --models too.")
    return found


def markdown(parts: dict[str, Part]) -> str:
    """The report."""
    simulated = []
    for part in parts.values():
        for name, held in part.curves.items():
            rate, area, half = simulate(held)
            simulated.append(table_row([name, str(half), f"{rate:.1%}", f"{area:.0%}"]))
    text = [
        "# Where to believe a result: coverage of the error map",
        "\n".join(f"`{command}`\\" for command in dict.fromkeys(part.command for part in parts.values())).rstrip("\\"),
        "Each cell: the share of the area that stays unveiled; then in how many photographs the promise was kept (for "
        "the largest error: its mean, in levels), with 95% intervals. Promised: in 9 of 10 photographs 95% of the "
        "unveiled area within so many grey levels; the expected largest error; in 9 of 10 at most that share of the "
        "lines, or of the dots, false. `off`: photographs that the mask is not shown of. Rows @0.6 and @0.9 lie "
        "between the settings that were calibrated.",
        *(part.table for part in parts.values()),
        f"**{SPLITS:,} random halves of the calibrating photographs**, within {SIMULATED:g} levels, promised: 90%",
        "\n".join([*table_header(["calibration", "calibrated on", "kept", "unveiled"]), *simulated]),
    ]
    return "\n\n".join(text) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.trust_coverage", description="Test the error map's promises."
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER")
    parser.add_argument("--models", nargs="+", default=[], metavar="NAME", help="only these")
    parser.add_argument(
        "--update", type=Path, metavar="JSON", help="of an earlier run: what it says of all other networks is kept"
    )
    parser.add_argument("--limit", type=int, default=64, metavar="N", help="photographs of a set, at most")
    parser.add_argument("--a-tone", type=int, default=12, metavar="N", help="lesions of each tone class, at most")
    parser.add_argument(
        "--count", type=int, default=COUNT, metavar="N", help="calibrating photographs of a set, at most"
    )
    parser.add_argument("--keep", type=Path, default=Path("runs/trust"), metavar="FOLDER", help="of what was measured")
    add_engine(parser, default="auto")
    parser.add_argument("--calibration", type=Path, default=TRUST, help="default: the committed file")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM")
    options = parser.parse_args(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    options.command = shlex.join(["python", "-m", "training.analyses.trust_coverage", *given])
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        stem = stem_of(options.out, "trust")
        parts = run(options)
    except (ConfigError, ThresholdsError, ValueError, OSError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    text = markdown(parts)
    document = {"level": SIMULATED, "delta": DELTA, "networks": {name: asdict(part) for name, part in parts.items()}}
    print(text, end="")
    save(stem.with_name(f"{stem.name}.md"), text.encode())
    save(stem.with_name(f"{stem.name}.json"), (json.dumps(document) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
