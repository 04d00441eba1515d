"""What back-projection costs and gains: LPIPS, PSNR and low-resolution consistency before and after, as Markdown.

    python -m training.analyses.backprojection --data ../shared/data/isic_cc0/val \\
        --lpips-weights runs/backbones/alexnet_features.safetensors [--limit N] [--target 45 60 65]
    python -m training.analyses.backprojection --model bicubic esrt cf-esrt cf-esrt-plus \\
        --data ../shared/data/isic_cc0/val -o cf_esrt/fidelity/effect.json \\
        --lpips-weights runs/backbones/alexnet_features.safetensors

A result that exceeds a target already is left as it is; "changed" counts the others. Targets above the default of the
page show what asking for more would do. ``-o`` writes the means as JSON, which the page tells.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import Enhancer
from cf_esrt.fidelity import back_project, low_resolution_consistency
from cf_esrt.fidelity.backprojection import ITERATIONS, TARGET
from cf_esrt.models import ModelDescriptor
from training.arguments import add_scoring, command_line, set_name
from training.config import ConfigError
from training.data import list_images
from training.data.images import to_tensor
from training.evaluation.methods import load_methods, load_truth
from training.evaluation.protocols import PROTOCOLS
from training.metrics import LPIPS, psnr


@dataclass
class Row:
    """Scores of one target, one a photograph."""

    changed: int = 0
    reached: int = 0
    """Photographs whose consistency exceeds the target in the end."""
    lpips: list[float] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    consistency: list[float] = field(default_factory=list)

    def add(self, result: np.ndarray, truth: np.ndarray, low: np.ndarray, lpips: LPIPS) -> None:
        a, b = to_tensor(result), to_tensor(truth)
        self.lpips.append(float(lpips(a, b)))
        self.psnr.append(float(psnr(a, b)))
        self.consistency.append(low_resolution_consistency(result, low))


def compare(
    enhancer: Enhancer, files: list[Path], protocol: str, lpips: LPIPS, targets: list[float], iterations: int
) -> dict[float | None, Row]:
    """target in dB (None: the network's own result) → its scores; damaged photographs are left out."""
    rows: dict[float | None, Row] = {target: Row() for target in (None, *targets)}
    for path in tqdm(files, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, PROTOCOLS[protocol])
        if truth is None:
            continue
        own = enhancer(truth.low)
        for target, row in rows.items():
            result = own if target is None else back_project(own, truth.low, target=target, iterations=iterations)
            row.changed += result is not own
            row.add(result, truth.image, truth.low, lpips)
            row.reached += target is not None and row.consistency[-1] > target
    return rows


def markdown(rows: dict[float | None, Row], title: str) -> str:
    """The table, mean ± SD over photographs, with the ratio of mean LPIPS to the network's own result."""
    own = rows[None]
    count = len(own.lpips)
    lines = [f"**{title}**, {count} photographs, mean ± SD", ""]
    lines.append(
        "| back-projection | changed | reached | LPIPS ↓ | PSNR RGB ↑ (dB) | LR consistency ↑ (dB) | LPIPS ratio |"
    )
    lines.append("|---" * 7 + "|")
    for target, row in rows.items():
        cells = [
            "none" if target is None else f"to {target:g} dB",
            "" if target is None else f"{row.changed} of {count}",
            "" if target is None else f"{row.reached} of {count}",
            spread(row.lpips, 4),
            spread(row.psnr, 2),
            spread(row.consistency, 1),
            f"×{np.mean(row.lpips) / np.mean(own.lpips):.3f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def means(rows: dict[float | None, Row], model: ModelDescriptor, data: str, protocol: str) -> list[dict[str, Any]]:
    """The rows as the file holds them: one entry a target, with the mean LPIPS of the model's own results beside it."""
    own = rows[None]
    return [
        {
            "model": model.name,
            "sha256": model.sha256,
            "data": data,
            "protocol": protocol,
            "target": target,
            "photographs": len(row.lpips),
            "changed": row.changed,
            "reached": row.reached,
            "lpips_before": round(float(np.mean(own.lpips)), 5),
            "lpips_after": round(float(np.mean(row.lpips)), 5),
        }
        for target, row in rows.items()
        if target is not None
    ]


def spread(values: list[float], digits: int) -> str:
    finite = [value for value in values if np.isfinite(value)]  # an infinite consistency has no mean
    if not finite:
        return "∞"
    deviation = np.std(finite, ddof=1) if len(finite) > 1 else 0.0
    left_out = "" if len(finite) == len(values) else f" ({len(values) - len(finite)} ∞ left out)"
    return f"{np.mean(finite):.{digits}f} ± {deviation:.{digits}f}{left_out}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.analyses.backprojection", description="Measure back-projection."
    )
    parser.add_argument("--data", nargs="+", type=Path, required=True)
    parser.add_argument("--model", nargs="+", default=["cf-esrt"], help="names or checkpoints (default: cf-esrt)")
    parser.add_argument("--target", nargs="+", type=float, default=[TARGET, 60.0, 65.0], help="dB (default: 45 60 65)")
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256", "patch256"])
    add_scoring(parser)
    parser.add_argument("-o", "--out", type=Path, help="also write the means as JSON here")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    written: list[dict[str, Any]] = []
    try:
        enhancers = [method.enhancer for method in load_methods(options.model, options.device)]
        sets = {folder: list_images([folder])[: options.limit] for folder in options.data}
        lpips = LPIPS(options.lpips_weights)
        for folder, files in sets.items():
            for protocol, enhancer in ((p, e) for p in options.protocol for e in enhancers):
                rows = compare(enhancer, files, protocol, lpips, options.target, options.iterations)
                if not rows[None].lpips:
                    raise ConfigError(f"None of the photographs in {folder} could be decoded.")
                model, data = enhancer.descriptor, set_name(folder)
                print(markdown(rows, f"{model.name}, {data}, {protocol}"), end="\n\n", flush=True)
                written += means(rows, model, data, protocol)
        if options.out is not None:
            command = shlex.join(["python", "-m", *command_line("training.analyses.backprojection", arguments)])
            options.out.write_text(json.dumps({"command": command, "rows": written}, indent=1) + "\n", "utf-8")
    except (CheckpointError, ConfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
