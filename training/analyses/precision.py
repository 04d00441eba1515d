"""What half precision and OpenVINO cost: against torch in float32, and all against the original, as Markdown.

    python -m training.analyses.precision --data ../shared/data/isic_cc0/val \\
        --lpips-weights runs/backbones/alexnet_features.safetensors [--model NAME …] [--device cpu|cuda] [--limit N]

On a CPU autocast computes what a GPU does, slower and with other roundings of sums. Every photograph is shrunk whole to
256×256 (the protocol whole256). ``cf_esrt.models`` allows the precisions that this table shows to be harmless.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.engine import EngineError
from cf_esrt.engine.device import HALF
from cf_esrt.enhance import Enhancer
from training.arguments import add_scoring
from training.config import ConfigError
from training.data.images import to_tensor
from training.evaluation.methods import Photographs, check_sizes, load_methods, load_truth
from training.evaluation.protocols import PROTOCOLS
from training.metrics import LPIPS, psnr

PROTOCOL = "whole256"
OPENVINO = "openvino"
log = logging.getLogger(__name__)

Row = dict[str, list[tuple[float, float, float]]]
"""precision → (PSNR to the original in dB, LPIPS to the original, PSNR to float32's result in dB) a photograph."""


def every_precision(enhancer: Enhancer) -> dict[str, Enhancer]:
    """The model by torch in float32 and in each half precision, whatever its descriptor allows; by OpenVINO as it is
    run here, where it is."""
    allowed = dataclasses.replace(enhancer.descriptor, dtypes=("float32", *HALF))
    device = enhancer.device.type
    variants = {name: Enhancer.of(allowed, device, precision=name, engine="torch") for name in allowed.dtypes}
    try:
        return variants | {OPENVINO: Enhancer.of(enhancer.descriptor, device, engine="openvino")}
    except EngineError as error:
        log.info("%s: %s", enhancer.descriptor.name, error)
        return variants


def compare(enhancer: Enhancer, files: Sequence[Path], lpips: LPIPS) -> Row:
    """Scores of the model's final image; damaged photographs are left out."""
    variants = every_precision(enhancer)
    rows: Row = {name: [] for name in variants}
    for path in tqdm(files, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, PROTOCOLS[PROTOCOL])
        if truth is None:
            continue
        wanted, exact = to_tensor(truth.image), None
        for name, variant in variants.items():
            result = to_tensor(variant(truth.low))
            exact = result if exact is None else exact
            rows[name].append((float(psnr(result, wanted)), float(lpips(result, wanted)), float(psnr(result, exact))))
    return rows


def markdown(rows: Row, title: str) -> str:
    """Means over photographs, with the difference to float32; the last column is the least of all photographs."""
    exact = np.mean(rows["float32"], 0)
    lines = [f"**{title}**, {len(rows['float32'])} photographs, means", ""]
    lines += ["| precision | PSNR RGB ↑ (dB) | LPIPS ↓ | to float32's result, least (dB) |", "|---|---|---|---|"]
    for name, scores in rows.items():
        decibels, distance, _ = np.mean(scores, 0)
        least = "∞" if name == "float32" else f"{min(score[2] for score in scores):.1f}"
        lines.append(
            f"| {name} | {decibels:.3f} ({decibels - exact[0]:+.3f}) | {distance:.4f} ({distance - exact[1]:+.4f}) "
            f"| {least} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.precision", description="Measure half precision."
    )
    parser.add_argument("--data", required=True, help="a folder, or a split's side")
    parser.add_argument("--model", nargs="+", default=["esrt", "cf-esrt"], help="names (default: esrt cf-esrt)")
    add_scoring(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        enhancers = [method.enhancer for method in load_methods(options.model, options.device)]
        photographs = Photographs.of(options.data, options.limit)
        check_sizes(photographs.files, PROTOCOLS[PROTOCOL].smallest, PROTOCOL)
        lpips = LPIPS(options.lpips_weights)
    except (CheckpointError, ConfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for enhancer in enhancers:
        rows = compare(enhancer, photographs.files, lpips)
        if not rows["float32"]:
            print(f"None of the photographs in {options.data} could be decoded.", file=sys.stderr)
            return 2
        print(markdown(rows, f"{enhancer.descriptor.name}, {photographs.name}"), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
