"""The paper's Figures 3 and 4: methods side by side on a photograph, with the same enlarged detail of each.

    python -m training.analyses.figures --models bicubic esrt cf-esrt --data ../shared/data/ham10000/test \\
        --photo ISIC_0024306 ISIC_0024307 --detail-box 96 96 64 64 -o runs/figure3
    python -m training.analyses.figures --clinical --models bicubic esrt cf-esrt --data ../shared/data/pad_ufes_20 \\
        --photo PAT_1006_53_716 -o runs/figure4

With ground truth (Figure 3): the input is the ground truth shrunk, and PSNR and LPIPS of the detail stand below it.
``--clinical`` (Figure 4): the photograph itself is the input, there is no ground truth, and below stands the
low-resolution consistency of the whole picture. ``other=FOLDER`` shows pictures that another system made of the same
inputs, each under its photograph's name. Both as PNG and PDF, with the numbers in a JSON file beside them.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from cf_esrt import models
from cf_esrt.enhance import EnhanceError
from cf_esrt.fidelity import low_resolution_consistency
from cf_esrt.files import save
from cf_esrt.pixels import SCALE
from training.analyses.drawing import write_figure
from training.analyses.grid import Box, Panel, Row, central_box, draw, enlarged
from training.arguments import add_engine, add_scoring, command_line
from training.data import decode
from training.evaluation.evaluate import origin_of, stem_of
from training.evaluation.methods import Method, Photographs, check_sizes, device_of, load_rows, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.evaluation.ready_made import ReadyMade
from training.metrics import LPIPS, Comparison, measure, metric

INPUT_SIDE = 256
_BOX = ("X", "Y", "W", "H")
SYNTHETIC = "Texture that CF-ESRT adds is dermoscopy-style detail (synthetic). Not for diagnosis."


def find(source: str, names: Sequence[str]) -> list[Path]:
    """The photographs of these names, with or without suffix. ValueError names one that is not there."""
    files = Photographs.of(source).files
    known = {path.stem: path for path in files} | {path.name: path for path in files}
    for name in names:
        if name not in known:
            raise ValueError(f"There is no photograph {name} in {source}: give the name of a file there.")
    return [known[name] for name in names]


Methods = Sequence[Method | ReadyMade]


def title_of(method: Method | ReadyMade) -> str:
    """The model's title, or the label that the row was given."""
    if isinstance(method, ReadyMade):
        return method.label
    return method.enhancer.descriptor.title if method.label in models.names() else method.label


def with_truth(methods: Methods, path: Path, protocol: str, box: Box | None, lpips: LPIPS) -> Row:
    """A row with ground truth, input and every method; captions are PSNR and LPIPS of the detail."""
    truth = load_truth(path, PROTOCOLS[protocol])
    if truth is None:
        raise ValueError(f"{path.name} cannot be decoded: choose another photograph.")
    box = box or central_box(*truth.image.shape[:2])
    box.check(*truth.image.shape[:2])
    low = box.of(truth.low, SCALE)
    panels = [
        Panel("Ground truth", truth.image, box.of(truth.image), caption="PSNR ↑ / LPIPS ↓"),
        Panel("Input", truth.low, low, SCALE),
    ]
    titles = {method.label: title_of(method) for method in methods}
    for label, picture in pictures(methods, truth.low, path.stem):
        scores = measure(Comparison(box.of(picture), box.of(truth.image), low, lpips))
        panels.append(Panel(titles[label], picture, box.of(picture), caption=caption(scores)))
    return Row(f"{path.stem}, {protocol}", box, tuple(panels))


def caption(scores: dict[str, float]) -> str:
    psnr, lpips = metric("psnr"), metric("lpips")
    return f"{scores['psnr']:.{psnr.decimals}f} {psnr.unit} / {scores['lpips']:.{lpips.decimals}f}"


def clinical(methods: Methods, path: Path, part: Box | None, box: Box | None) -> Row:
    """A row of a photograph without ground truth: a part of it, the central one by default, is the input."""
    image = decode(path)
    if image is None:
        raise ValueError(f"{path.name} cannot be decoded: choose another photograph.")
    low = np.ascontiguousarray((part or central_part(*image.shape[:2])).of(image))
    if part is not None and low.shape[:2] != (part.height, part.width):
        raise ValueError(
            f"The input box reaches beyond {path.name}, which is {image.shape[1]} × {image.shape[0]}: make it smaller."
        )
    height, width = SCALE * low.shape[0], SCALE * low.shape[1]
    box = box or central_box(height, width)
    box.check(height, width)
    panels = [Panel("Input", low, box.of(low, SCALE), SCALE, "LR consistency ↑")]
    titles = {method.label: title_of(method) for method in methods}
    for label, picture in pictures(methods, low, path.stem):
        value = f"{low_resolution_consistency(picture, low):.{metric('consistency').decimals}f} dB"
        panels.append(Panel(titles[label], picture, box.of(picture), caption=value))
    return Row(path.stem, box, tuple(panels))


def central_part(height: int, width: int) -> Box:
    """The middle of a photograph: `INPUT_SIDE` pixels each way, or as many as there are."""
    tall, wide = min(INPUT_SIDE, height), min(INPUT_SIDE, width)
    return Box((width - wide) // 2, (height - tall) // 2, wide, tall)


def footer(rows: Sequence[Row], protocol: Protocol | None, note: str) -> str:
    """What is shown, and how the inputs were made; ``protocol`` None: clinical rows, whose input is the photograph."""
    factors = sorted(
        {enlarged(p.detail).shape[0] // p.detail.shape[0] for row in rows for p in row.panels if p.scale == 1}
    )
    shown = (
        f"Below each picture the outlined detail, its pixels repeated {' or '.join(map(str, factors))} times each way"
    )
    if protocol is None:
        text = (
            f"{shown}. Input: pixels of the photograph, not shrunk. There is no ground truth: the number is the PSNR "
            "of the result, shrunk again, to the input (necessary, not sufficient: invented texture can pass)."
        )
    else:
        inputs = f"Input: the ground truth shrunk ({protocol.degradation})."
        text = f"{shown}, with PSNR (RGB) and LPIPS of the detail. {inputs}"
    return " ".join(part for part in (text, SYNTHETIC, note) if part)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.figures", description="Make a labelled comparison grid."
    )
    parser.add_argument(
        "--models", nargs="+", metavar="[LABEL=]MODEL[@DETAIL]|LABEL=FOLDER", default=list(models.names())
    )
    parser.add_argument("--data", required=True, metavar="FOLDER", help="photographs, or split.json#held_out")
    parser.add_argument("--photo", nargs="+", required=True, metavar="NAME", help="files there; a row each")
    parser.add_argument("--clinical", action="store_true", help="no ground truth: the photograph is the input")
    parser.add_argument("--protocol", choices=list(PROTOCOLS), default="whole256", help="with ground truth")
    parser.add_argument("--input-box", nargs=4, type=int, metavar=_BOX, help="clinical: the part that is the input")
    parser.add_argument("--detail-box", nargs=4, type=int, metavar=_BOX, help="in pixels of the results")
    parser.add_argument("--note", default="", help="added below: the photographs' source and licence")
    add_engine(parser)
    add_scoring(parser, limit=False)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="STEM", help="written: .png, .pdf and .json")
    return parser


def make(options: argparse.Namespace) -> tuple[list[Method | ReadyMade], list[Row]]:
    files = find(options.data, options.photo)
    part = None if options.input_box is None else Box(*options.input_box)
    if part is not None and (min(part.left, part.top) < 0 or min(part.width, part.height) < 16):
        raise ValueError("The input box must begin inside the photograph and be at least 16 pixels wide and high.")
    smallest = 16 if options.clinical else PROTOCOLS[options.protocol].smallest
    check_sizes(files, smallest, "a clinical figure" if options.clinical else options.protocol)
    methods = load_rows(options.models, options.device, engine=options.engine)
    for row in methods:
        if isinstance(row, ReadyMade):
            row.check(files, None if options.clinical else PROTOCOLS[options.protocol].side)
    box = None if options.detail_box is None else Box(*options.detail_box)
    if options.clinical:
        return methods, [clinical(methods, path, part, box) for path in files]
    lpips = LPIPS(options.lpips_weights).to(device_of(methods, options.device))
    return methods, [with_truth(methods, path, options.protocol, box, lpips) for path in files]


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        stem = stem_of(options.out, "figure")
        methods, rows = make(options)
    except (ValueError, FileNotFoundError, EnhanceError) as error:
        print(error, file=sys.stderr)
        return 2
    protocol = None if options.clinical else PROTOCOLS[options.protocol]
    written = write_figure(draw(rows, footer(rows, protocol, options.note)), stem)
    command = command_line("training.analyses.figures", arguments)
    record = {
        "origin": asdict(origin_of(command, methods, [options.lpips_weights], options.device)),
        "rows": [
            {"photograph": row.name, "box": asdict(row.box), "panels": {p.title: p.caption for p in row.panels}}
            for row in rows
        ],
    }
    written.append(stem.with_name(stem.name + ".json"))
    save(written[-1], (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
    print(*written, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
