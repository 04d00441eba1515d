"""Noise control: how much of a gain in LPIPS plain noise would buy, added to a smooth picture.

    python -m training.analyses.noise_control --data ../shared/data/isic_cc0/val \\
        --lpips-weights runs/backbones/alexnet_features.safetensors [--smooth MODEL] \\
        [--against MODEL …] [--levels 0.5 1 1.5 2] [--limit N]

The noise is white Gaussian noise of the brightness, its standard deviation in grey levels, the same for R, G and B,
seeded by the photograph's number. It knows nothing of the lesion: where a network's texture scores like it, the score
tells of noise, not of structure.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt.checkpoints import CheckpointError
from training.arguments import add_scoring
from training.config import ConfigError
from training.evaluation.methods import Method, Photographs, check_sizes, load_methods, load_truth, pictures
from training.evaluation.protocols import PROTOCOLS
from training.metrics import LPIPS, psnr
from training.validation import to_tensor

Table = dict[str, list[tuple[float, float]]]


def add_noise(image: np.ndarray, level: float, seed: int) -> np.ndarray:
    """RGB uint8 H×W×3 with Gaussian noise of ``level`` grey levels (standard deviation), one value a pixel."""
    noise = np.random.default_rng(seed).normal(0, level, image.shape[:2])[..., None]
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def compare(
    methods: Sequence[Method], smooth: str, files: Sequence[Path], protocol: str, levels: Sequence[float], lpips: LPIPS
) -> Table:
    """row → (PSNR in dB, LPIPS) a photograph: every method, then ``smooth`` with each level of noise."""
    table: Table = {}
    for number, path in enumerate(tqdm(files, unit="photo", mininterval=5, disable=None)):
        truth = load_truth(path, PROTOCOLS[protocol])
        if truth is None:
            continue
        wanted = to_tensor(truth.image)
        results = dict(pictures(methods, truth.low))
        for level in levels:
            results[f"{smooth} + noise of σ {level:g}"] = add_noise(results[smooth], level, number)
        for label, picture in results.items():
            result = to_tensor(picture)
            table.setdefault(label, []).append((float(psnr(result, wanted)), float(lpips(result, wanted))))
    return table


def markdown(table: Table, title: str) -> str:
    """Means over photographs, with the difference (PSNR) and ratio (LPIPS) to bicubic."""
    means = {label: np.mean(rows, 0) for label, rows in table.items()}
    base = means["bicubic"]
    lines = [f"**{title}**, {len(table['bicubic'])} photographs, means", ""]
    lines += ["| picture | PSNR RGB ↑ (dB) | to bicubic | LPIPS ↓ | to bicubic |", "|---|---|---|---|---|"]
    for label, (decibels, distance) in means.items():
        lines.append(
            f"| {label} | {decibels:.2f} | {decibels - base[0]:+.2f} dB | {distance:.4f} | ×{distance / base[1]:.3f} |"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.noise_control", description="Compare texture with plain noise."
    )
    parser.add_argument("--data", required=True, help="a folder, or a split's side")
    parser.add_argument("--smooth", default="cf-esrt-coarse", help="the model that noise is added to")
    parser.add_argument("--against", nargs="+", default=["cf-esrt"], help="models to compare with")
    parser.add_argument("--levels", nargs="+", type=float, default=[0.5, 1.0, 1.5, 2.0], help="grey levels")
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256", "patch256"])
    add_scoring(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        methods = load_methods(["bicubic", options.smooth, *options.against], options.device)
        photographs = Photographs.of(options.data, options.limit)
        for protocol in options.protocol:
            check_sizes(photographs.files, PROTOCOLS[protocol].smallest, protocol)
        lpips = LPIPS(options.lpips_weights)
    except (CheckpointError, ConfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for protocol in options.protocol:
        table = compare(methods, options.smooth, photographs.files, protocol, options.levels, lpips)
        print(markdown(table, f"{photographs.name}, {protocol}"), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
