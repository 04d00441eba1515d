"""Noise control: each method beside plain noise that LPIPS takes for as good, in PSNR, DISTS and the Fréchet distance.

    python -m training.analyses.noise_control --models cf-esrt cf-esrt-plus --data ../shared/data/isic_cc0/val \\
        --lpips-weights runs/backbones/alexnet_features.safetensors \\
        --vgg-weights runs/backbones/vgg16_features.safetensors --out runs/noise [--limit N]

Models are those of `training.evaluation.evaluate`: names, checkpoints, training states, folders. Bicubic and the
picture that noise is added to (``--smooth``) stand beside them: cf-esrt-coarse, with inputs like a camera's
cf-esrt-camera-coarse, or a network's own, ``coarse=last.pt@0``. ``--levels`` adds rows with noise of these σ.

The noise is white Gaussian noise of the brightness, its standard deviation σ in grey levels, the same for R, G and B,
seeded by the photograph's number. It knows nothing of the lesion: where a network's texture scores like it, the score
tells of noise, not of structure. One σ serves all photographs of a set: that at which the mean LPIPS falls to the
method's, found by Brent's method. ``--out`` writes a Markdown table, and every score and comparison as JSON.
"""

from __future__ import annotations

import argparse
import functools
import logging
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import ConfigDict, TypeAdapter
from tqdm import tqdm

from cf_esrt.enhance import EnhanceError
from cf_esrt.files import save
from training.arguments import add_engine, add_scoring, command_line
from training.data.images import to_tensor
from training.evaluation.bootstrap import Interval
from training.evaluation.bootstrap import compare as compare_means
from training.evaluation.evaluate import check_inputs, origin_of, stem_of
from training.evaluation.methods import Photographs, Row, Truth, device_of, load_rows, load_truth, pictures
from training.evaluation.noise import add_noise, equal_level
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.results import Results, SetScores
from training.evaluation.scoring import score_pictures
from training.evaluation.tables import notes, set_markdown
from training.evaluation.texts import comparison_text, table_header, table_row
from training.metrics import DISTS, LPIPS, Features, FeaturesMissing, VGG16Crops, metric

COMPARED = ("psnr", "lpips", "dists", "frechet_vgg16")


@dataclass(frozen=True)
class Control:
    """A method beside noise; its scores and the noise's stand in the results' rows of these labels."""

    data: str
    protocol: str
    method: str
    noise: str
    level: float
    """σ in grey levels."""
    equal: bool
    """Whether the two LPIPS are equal; noise that comes no nearer stands there otherwise."""
    psnr: Interval
    """How much more the method has, in dB."""
    lpips: Interval
    """The method's over the noise's, as the other ratios."""
    dists: Interval | None
    frechet_vgg16: Interval | None


@dataclass(frozen=True)
class Report:
    """What ``--out`` writes as JSON."""

    __pydantic_config__ = ConfigDict(ser_json_inf_nan="strings", extra="forbid")
    results: Results
    controls: tuple[Control, ...]


@dataclass(frozen=True)
class Shown:
    """A photograph's ground truth, and by label what was made of its input."""

    truth: Truth
    pictures: dict[str, np.ndarray]


class NoiseControl:
    """Methods, and the networks that score them. ``smooth``: label of the one whose picture takes the noise."""

    def __init__(
        self,
        methods: Sequence[Row],
        smooth: str,
        lpips: LPIPS,
        features: Sequence[Features] = (),
        dists: DISTS | None = None,
    ) -> None:
        self.methods, self.smooth = methods, smooth
        self.lpips, self.features, self.dists = lpips, features, dists
        self.device = next(lpips.parameters()).device

    def __call__(
        self, photographs: Photographs, protocol: str, levels: Sequence[float] = ()
    ) -> tuple[SetScores, list[Control]]:
        """The scores of every row, and the comparisons; networks run once, and all pictures are held in memory."""
        shown, damaged = self._reconstruct(photographs, protocol)
        for level in levels:
            self._add_row(shown, level)

        @functools.cache
        def distance(level: float) -> float:
            noisy = (add_noise(one.pictures[self.smooth], level, number) for number, one in enumerate(shown))
            return self._mean_lpips(shown, noisy)

        found = []
        for method in self.methods:
            if method.label not in ("bicubic", self.smooth):
                wanted = self._mean_lpips(shown, (one.pictures[method.label] for one in shown))
                level, equal = equal_level(wanted, distance)
                found.append((method.label, self._add_row(shown, level), level, equal))
        scored = score_pictures(
            ((one.truth, one.pictures.items()) for one in shown),
            self.lpips,
            self.features,
            dists=self.dists,
            data=photographs.name,
            protocol=protocol,
        )
        scored = replace(scored, damaged=tuple(damaged))
        return scored, [control(scored, *each) for each in found]

    def _reconstruct(self, photographs: Photographs, protocol: str) -> tuple[list[Shown], list[str]]:
        """What the methods make of every photograph, and the names of damaged ones."""
        shown, damaged = [], []
        title = f"{photographs.name} {protocol}"
        for path in tqdm(photographs.files, desc=title, unit="photo", mininterval=5, disable=None):
            truth = load_truth(path, PROTOCOLS[protocol])
            if truth is None:
                damaged.append(path.name)
            else:
                shown.append(Shown(truth, dict(pictures(self.methods, truth.low, path.stem))))
        return shown, damaged

    def _add_row(self, shown: Sequence[Shown], level: float) -> str:
        """The smooth picture with noise as a further row; its label."""
        label = self.smooth if level == 0 else f"{self.smooth} + noise of σ {level:g}"
        for number, one in enumerate(shown):
            one.pictures[label] = add_noise(one.pictures[self.smooth], level, number)
        return label

    def _mean_lpips(self, shown: Sequence[Shown], results: Iterable[np.ndarray]) -> float:
        distances = [
            float(self.lpips(to_tensor(result).to(self.device), to_tensor(one.truth.image).to(self.device)))
            for one, result in zip(shown, results, strict=True)
        ]
        return float(np.mean(distances)) if distances else math.nan


def control(one: SetScores, method: str, noise: str, level: float, equal: bool) -> Control:
    """The comparison of two rows; ``level`` and ``equal`` as `equal_level` found them."""
    names = [name for name in COMPARED if name in one.scores[noise]]
    rows = {label: one.scores[label] for label in (method, noise)}
    found = compare_means(rows, [noise], names)
    return Control(
        one.data,
        one.protocol,
        method,
        noise,
        level,
        equal,
        found[method, noise, "psnr"],
        found[method, noise, "lpips"],
        found.get((method, noise, "dists")),
        found.get((method, noise, "frechet_vgg16")),
    )


def markdown(one: SetScores, controls: Sequence[Control]) -> str:
    """A set's scores, and under them each method beside its noise."""
    lines = [set_markdown(one), "", "Beside grey noise of equal LPIPS, one σ for the set, intervals as above", ""]
    lines += table_header(["method", "noise", *(f"{metric(name).title}, to the noise" for name in COMPARED)])
    for each in controls:
        noise = each.noise if each.equal else f"{each.noise} (LPIPS not equal: no σ brings it there)"
        values = (each.psnr, each.lpips, each.dists, each.frechet_vgg16)
        cells = [comparison_text(metric(name), value) for name, value in zip(COMPARED, values, strict=True)]
        lines.append(table_row([each.method, noise, *cells]))
    return "\n".join(lines)


def run(options: argparse.Namespace, arguments: Sequence[str]) -> tuple[Report, str]:
    """The report, and as Markdown; everything is checked before the first network runs."""
    written = list(dict.fromkeys(["bicubic", options.smooth, *options.models]))
    methods = load_rows(written, options.device, engine=options.engine)
    device = device_of(methods, options.device)
    sets = [Photographs.of(source, options.limit) for source in options.data]
    lpips = LPIPS(options.lpips_weights).to(device)
    vgg = options.vgg_weights
    features = [] if vgg is None else [VGG16Crops.load(vgg, device)]
    check_inputs(methods, sets, options.protocol, features)
    work = NoiseControl(
        methods,
        methods[written.index(options.smooth)].label,
        lpips,
        features,
        None if vgg is None else DISTS(vgg).to(device),
    )
    scored, controls, texts = [], [], []
    for photographs in sets:
        for protocol in options.protocol:
            one, found = work(photographs, protocol, options.levels)
            scored.append(one)
            controls += found
            texts.append(markdown(one, found))
            print(texts[-1], end="\n\n", flush=True)
    origin = origin_of(arguments, methods, [options.lpips_weights, vgg], options.device)
    results = Results((origin,), tuple(scored))
    print(notes(results))
    return Report(results, tuple(controls)), "\n\n".join([*texts, notes(results)]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.noise_control", description="Compare texture with plain noise."
    )
    parser.add_argument("--models", nargs="+", default=["cf-esrt"], metavar="MODEL", help="as training.evaluation has")
    parser.add_argument("--data", nargs="+", required=True, metavar="FOLDER", help="or split.json#held_out")
    parser.add_argument("--smooth", default="cf-esrt-coarse", metavar="MODEL", help="what noise is added to")
    parser.add_argument("--levels", nargs="+", type=float, default=[], metavar="SIGMA", help="further rows of noise")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256", "patch256"])
    parser.add_argument("--vgg-weights", type=Path, metavar="FILE", help="of VGG16: its Fréchet distance and DISTS")
    add_engine(parser)
    add_scoring(parser)
    parser.add_argument("--out", type=Path, metavar="DIR_OR_STEM", help="write .md and .json there")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        stem = None if options.out is None else stem_of(options.out, "noise")
        report, text = run(options, command_line("training.analyses.noise_control", arguments))
    except (ValueError, FileNotFoundError, FeaturesMissing, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    if stem is not None:
        save(stem.with_name(f"{stem.name}.md"), text.encode())
        save(stem.with_name(f"{stem.name}.json"), TypeAdapter(Report).dump_json(report, indent=1) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
