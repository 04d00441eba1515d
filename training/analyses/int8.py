"""What eight-bit integers cost and save Live on OpenVINO, as Markdown; ``--write`` gives them to the quick pictures.

    python -m training.analyses.int8 --data ../shared/data/isic_cc0/val --calibrate ../shared/data/isic_cc0/train \\
        [--model live] [--limit N] [--samples 100] [--side 256] [--write]

The ranges of the activations are the largest that small inputs of ``--calibrate`` give; the enlargement stays in
float32. PSNR is of photographs that were shrunk whole, through a camera for a network of that degradation (protocols
whole256 and camera256). Times are seconds of all cores together for an input of ``--side`` pixels squared, the least of
several, all precisions in turn. ``--write`` keeps the ranges in ``cf_esrt/engine/ranges.json`` by the digest of the
weights, in place of the model's former ones; a network that loses `LIMIT_DB` or more is not written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import openvino as ov
import torch
from tqdm import tqdm

from cf_esrt import checkpoints, files, models
from cf_esrt.engine import convert, on_openvino
from cf_esrt.engine.ranges import RANGES, Ranges
from cf_esrt.models import Degradation
from cf_esrt.networks import Live
from training.config import ConfigError
from training.data.images import to_tensor
from training.evaluation.methods import Photographs, load_truth
from training.evaluation.protocols import PROTOCOLS, Protocol
from training.metrics import psnr

BY_DEGRADATION: dict[Degradation | None, Protocol] = {
    "bicubic": PROTOCOLS["whole256"],
    "camera": PROTOCOLS["camera256"],
}
LIMIT_DB = 0.02
"""Of PSNR: int8 is taken where it loses less."""
ROUNDS = 12

Run = Callable[[np.ndarray], np.ndarray]


def compiled(model: ov.Model, precision: str) -> Run:
    """RGB uint8 H×W×3 → 4H×4W×3."""
    request = on_openvino.core().compile_model(model, "CPU", on_openvino.settings(precision)).create_infer_request()
    return lambda image: on_openvino.shuffled(request.infer([image[None]], share_outputs=True)[0])[0]


@torch.inference_mode()
def ranges_of(network: Live, inputs: Sequence[np.ndarray]) -> Ranges:
    """The largest input of each convolution but the first, over pictures (RGB uint8 H×W×3)."""
    first, *others = network.convolutions
    largest = [0.0] * len(others)
    for image in inputs:
        x = first(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)
        for place, convolve in enumerate(others):
            x = torch.relu(x)
            largest[place] = max(largest[place], float(x.max()))
            x = convolve(x)
    return tuple(float(f"{one:.5g}") for one in largest)


def small_inputs(source: str, count: int, protocol: Protocol) -> list[np.ndarray]:
    """The inputs of the first photographs of a folder, or of a split's side."""
    truths = (load_truth(path, protocol) for path in Photographs.of(source, count).files)
    return [truth.low for truth in truths if truth is not None]


def decibels(runs: dict[str, Run], photographs: Sequence[Path], protocol: Protocol) -> dict[str, float]:
    """Mean PSNR over photographs, RGB; ConfigError where none can be decoded."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for path in tqdm(photographs, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, protocol)
        if truth is None:
            continue
        for name, run in runs.items():
            found[name].append(float(psnr(to_tensor(run(truth.low)), to_tensor(truth.image))))
    if not found["float32"]:
        raise ConfigError(f"None of the {len(photographs)} photographs gives an input.")
    return {name: float(np.mean(values)) for name, values in found.items()}


def seconds(runs: dict[str, Run], side: int) -> dict[str, float]:
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = time.process_time()
            run(image)
            least[name] = min(least.get(name, np.inf), time.process_time() - began)
    return least


def markdown(scores: dict[str, float], times: dict[str, float]) -> str:
    lines = ["| precision | PSNR RGB (dB) | seconds of a core |", "|---|---|---|"]
    exact, whole = scores["float32"], times["float32"]
    for name, value in scores.items():
        lines.append(
            f"| {name} | {value:.3f} ({value - exact:+.3f}) | {times[name]:.3f} (×{times[name] / whole:.2f}) |"
        )
    return "\n".join(lines)


def keep(entry: dict[str, object], digest: str, path: Path) -> None:
    """Write a model's entry in place of its former ones."""
    entries = json.loads(path.read_text("utf-8")) if path.exists() else {}
    others = {key: one for key, one in entries.items() if one["model"] != entry["model"]}
    files.save(path, (json.dumps({**others, digest: entry}, indent=1) + "\n").encode())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.int8", description="Measure int8.")
    parser.add_argument("--data", required=True, help="a folder, or a split's side")
    parser.add_argument("--calibrate", required=True, help="the same, of photographs that choose the ranges")
    parser.add_argument("--model", default="live", help="name, or checkpoint (default: live)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    parser.add_argument("--samples", type=int, default=100, help="photographs to calibrate with (default: 100)")
    parser.add_argument("--side", type=int, default=256, help="of the input that is timed (default: 256)")
    parser.add_argument("--write", action="store_true", help="let the page's quick pictures take it")
    options = parser.parse_args(arguments)
    try:
        descriptor = models.find(options.model)
        if descriptor.architecture != "Live" or descriptor.checkpoint is None:
            raise ValueError(f"Only Live is quantised here, not {descriptor.title}.")
        protocol = BY_DEGRADATION[descriptor.degradation]
        photographs = Photographs.of(options.data, options.limit)
        inputs = small_inputs(options.calibrate, options.samples, protocol)
        if not inputs:
            raise ConfigError(f"None of the photographs in {options.calibrate} gives an input.")
        state, info = checkpoints.read(descriptor.checkpoint)
        network = cast(Live, checkpoints.build(state, info, descriptor.checkpoint.name).requires_grad_(False))
        ranges = ranges_of(network, inputs)
        exact = convert.live(network)
        runs = {"float32": compiled(exact, "float32")}
        if on_openvino.has_bfloat16():
            runs["bfloat16"] = compiled(exact, "bfloat16")
        runs["int8"] = compiled(convert.live(network, ranges), on_openvino.INT8)
        scores = decibels(runs, photographs.files, protocol)
    except (checkpoints.CheckpointError, ConfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(markdown(scores, seconds(runs, options.side)))
    if not options.write:
        return 0
    loss = scores["float32"] - scores["int8"]
    if loss >= LIMIT_DB:
        print(f"{descriptor.title} loses {loss:.3f} dB in int8, {LIMIT_DB} or more: not written.", file=sys.stderr)
        return 1
    given = (
        f"--data {os.path.relpath(options.data)} --calibrate {os.path.relpath(options.calibrate)}"  # names no machine
    )
    keep(
        {
            "model": descriptor.name,
            "command": f"python -m training.analyses.int8 {given} --model {options.model} --write",
            "protocol": protocol.name,
            "calibrated_on": len(inputs),
            "photographs": len(photographs.files),
            "loss_db": round(loss, 4),
            "largest": ranges,
        },
        info.sha256,
        RANGES,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
