"""Score models against ground truth and print the paper's Table 1 columns: mean ± SD over photographs.

    python -m training.evaluate --models bicubic esrt cf-esrt cf-esrt-coarse \\
        --data ../shared/data/isic_cc0/val --protocol whole256 patch256 [--json FILE]

A model is a name (`python -m cf_esrt info`) or the path of a checkpoint; ``cf-esrt@0.5`` sets the detail. The input is
the ground truth shrunk with Pillow's antialiased bicubic to 8 bits; results are scored on 8 bits, as a user gets them.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cf_esrt import models
from cf_esrt.checkpoints import CheckpointError
from cf_esrt.enhance import Enhancer, Reconstruction
from cf_esrt.fidelity import low_resolution_consistency, shrink
from training.config import ConfigError
from training.data import decode, list_images
from training.metrics import LPIPS, psnr, ssim
from training.validation import PROTOCOLS, to_tensor

#: column → (title, decimals); arrows say which direction is better
COLUMNS = {
    "psnr": ("PSNR RGB ↑ (dB)", 2),
    "psnr_luma": ("PSNR luma ↑ (dB)", 2),
    "ssim": ("SSIM RGB ↑", 4),
    "ssim_luma": ("SSIM luma ↑", 4),
    "lpips": ("LPIPS ↓", 4),
    "consistency": ("LR consistency ↑ (dB)", 1),
}
Scores = dict[str, list[float]]


class Method:
    """A row of the table: an enhancer and a detail setting. Methods of one checkpoint share its run."""

    def __init__(self, label: str, device: str, loaded: dict[str, Enhancer]) -> None:
        name, _, detail = label.partition("@")
        self.label, self.key = label, name
        self.detail = float(detail) if detail else 1.0
        if name not in loaded:
            path = Path(name)
            descriptor = models.from_checkpoint(path) if path.suffix == ".safetensors" else models.describe(name)
            loaded[name] = Enhancer.of(descriptor, device)
        self.enhancer = loaded[name]


def score(result: np.ndarray, truth: np.ndarray, low: np.ndarray, lpips: LPIPS) -> dict[str, float]:
    """Every column for one result; arrays are RGB uint8."""
    a, b = to_tensor(result), to_tensor(truth)
    return {
        "psnr": float(psnr(a, b)),
        "psnr_luma": float(psnr(a, b, use_luma=True)),
        "ssim": float(ssim(a, b)),
        "ssim_luma": float(ssim(a, b, use_luma=True)),
        "lpips": float(lpips(a, b)),
        "consistency": low_resolution_consistency(result, low),
    }


def evaluate(
    methods: list[Method], files: list[Path], prepare: Callable[[np.ndarray], np.ndarray], lpips: LPIPS
) -> dict[str, Scores]:
    """label → column → one score a photograph, photographs in the order of ``files`` (damaged ones left out)."""
    table: dict[str, Scores] = {method.label: {column: [] for column in COLUMNS} for method in methods}
    for path in tqdm(files, unit="photo", mininterval=5):
        image = decode(path)
        if image is None:
            continue
        truth = np.ascontiguousarray(prepare(image))
        low = shrink(truth)
        done: dict[str, Reconstruction] = {}
        for method in methods:
            if method.key not in done:
                done[method.key] = method.enhancer.reconstruct(low)
            for column, value in score(done[method.key].blend(method.detail), truth, low, lpips).items():
                table[method.label][column].append(value)
    return table


def markdown(table: dict[str, Scores], title: str) -> str:
    """The table, with each row's difference (PSNR) and ratio (LPIPS) to bicubic of the same run where it is there."""
    count = len(next(iter(next(iter(table.values())).values())))
    lines = [f"**{title}**, {count} photographs, mean ± SD", ""]
    lines.append("| model | " + " | ".join(name for name, _ in COLUMNS.values()) + " | to bicubic |")
    lines.append("|---" * (len(COLUMNS) + 2) + "|")
    base = table.get("bicubic")
    for label, scores in table.items():
        cells = [
            f"{np.mean(scores[c]):.{digits}f} ± {np.std(scores[c], ddof=1) if count > 1 else 0:.{digits}f}"
            for c, (_, digits) in COLUMNS.items()
        ]
        cells.append(compare(scores, base) if base is not None else "")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compare(scores: Scores, base: Scores) -> str:
    difference = np.mean(scores["psnr"]) - np.mean(base["psnr"])
    return f"{difference:+.2f} dB, LPIPS ×{np.mean(scores['lpips']) / np.mean(base['lpips']):.3f}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Score models on photographs.")
    parser.add_argument("--models", nargs="+", default=list(models.names()))
    parser.add_argument("--data", nargs="+", type=Path, required=True)
    parser.add_argument("--protocol", nargs="+", choices=list(PROTOCOLS), default=["whole256", "patch256"])
    parser.add_argument("--lpips-weights", type=Path, help="safetensors of AlexNet's convolutions; else torchvision's")
    parser.add_argument("--limit", type=int, help="only the first N photographs")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path, help="write every score there")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        loaded: dict[str, Enhancer] = {}
        methods = [Method(label, options.device, loaded) for label in options.models]
        sets = {folder: list_images([folder])[: options.limit] for folder in options.data}
        lpips = LPIPS(options.lpips_weights)
    except (CheckpointError, ConfigError, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    everything = {}
    for folder, files in sets.items():
        for protocol in options.protocol:
            title = f"{folder.parent.name}/{folder.name}, {protocol}"
            everything[title] = evaluate(methods, files, PROTOCOLS[protocol], lpips)
            print(markdown(everything[title], title), end="\n\n", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(everything, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
