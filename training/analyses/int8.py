"""What eight-bit integers cost and save Live on OpenVINO: post-training quantisation by NNCF, as Markdown.

    pip install nncf
    python -m training.analyses.int8 --data ../shared/data/isic_cc0/val --calibrate ../shared/data/isic_cc0/train \\
        [--model live] [--limit N] [--samples 100] [--side 256]

The convolutions are quantised by the activations that small inputs of ``--calibrate`` give; the enlargement stays in
float32. PSNR is of photographs that were shrunk whole (protocol whole256). Times are seconds of all cores together for
an input of ``--side`` pixels squared, the least of several, all precisions in turn.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import openvino as ov
from tqdm import tqdm

from cf_esrt import checkpoints, models
from cf_esrt.engine import convert, on_openvino
from cf_esrt.networks import Live
from training.config import ConfigError
from training.data.images import to_tensor
from training.evaluation.methods import Photographs, load_truth
from training.evaluation.protocols import PROTOCOLS
from training.metrics import psnr

PROTOCOL = PROTOCOLS["whole256"]
ROUNDS = 12

Run = Callable[[np.ndarray], np.ndarray]


def compiled(model: ov.Model, precision: str) -> Run:
    """RGB uint8 H×W×3 → 4H×4W×3."""
    request = on_openvino.core().compile_model(model, "CPU", on_openvino.settings(precision)).create_infer_request()
    return lambda image: on_openvino.shuffled(request.infer([image[None]], share_outputs=True)[0])[0]


def quantised(model: ov.Model, inputs: Sequence[np.ndarray], *, ends: bool) -> ov.Model:
    """The model with its convolutions in int8; without ``ends`` the first and the last are left as they are."""
    import nncf  # pyright: ignore[reportMissingImports]  # in no requirements: this measurement alone needs it

    operations = model.get_ordered_ops()
    layers = [one.get_friendly_name() for one in operations if one.get_type_name() == "Convolution"]
    total = next(one.get_friendly_name() for one in operations if _is_sum(one))
    left = nncf.IgnoredScope(
        names=[total] if ends else [total, layers[0], layers[-1]], types=["ConvolutionBackpropData"], validate=False
    )
    # by the extremes of all inputs: NNCF's usual mean of them would cut white off
    ranges = nncf.quantization.advanced_parameters.AdvancedQuantizationParameters(
        activations_range_estimator_params=nncf.quantization.range_estimator.RangeEstimatorParametersSet.MINMAX
    )
    data = nncf.Dataset([image[None] for image in inputs])
    made = nncf.quantize(model, data, subset_size=len(inputs), ignored_scope=left, advanced_parameters=ranges)
    return cast(ov.Model, made)


def _is_sum(one: ov.Node) -> bool:
    """Of the enlargement and what is added to it; a layer's bias is a constant."""
    kinds = [one.input_value(index).get_node().get_type_name() for index in range(one.get_input_size())]
    return one.get_type_name() == "Add" and "Constant" not in kinds


def small_inputs(source: str, count: int) -> list[np.ndarray]:
    """The inputs of the first photographs of a folder, or of a split's side."""
    truths = (load_truth(path, PROTOCOL) for path in Photographs.of(source, count).files)
    return [truth.low for truth in truths if truth is not None]


def decibels(runs: dict[str, Run], files: Sequence[Path]) -> dict[str, float]:
    """Mean PSNR over photographs, RGB."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for path in tqdm(files, unit="photo", mininterval=5, disable=None):
        truth = load_truth(path, PROTOCOL)
        if truth is None:
            continue
        for name, run in runs.items():
            found[name].append(float(psnr(to_tensor(run(truth.low)), to_tensor(truth.image))))
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
    exact, now = scores["float32"], next(iter(times.values()))
    for name, value in scores.items():
        lines.append(f"| {name} | {value:.3f} ({value - exact:+.3f}) | {times[name]:.4f} (×{times[name] / now:.2f}) |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.analyses.int8", description="Measure int8.")
    parser.add_argument("--data", required=True, help="a folder, or a split's side")
    parser.add_argument("--calibrate", required=True, help="the same, of photographs that choose the ranges")
    parser.add_argument("--model", default="live", help="name, or checkpoint (default: live)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N photographs")
    parser.add_argument("--samples", type=int, default=100, help="photographs to calibrate with (default: 100)")
    parser.add_argument("--side", type=int, default=256, help="of the input that is timed (default: 256)")
    options = parser.parse_args(arguments)
    try:
        descriptor = models.find(options.model)
        if descriptor.architecture != "Live" or descriptor.checkpoint is None:
            raise ValueError(f"Only Live is quantised here, not {descriptor.title}.")
        photographs = Photographs.of(options.data, options.limit)
        inputs = small_inputs(options.calibrate, options.samples)
        state, info = checkpoints.read(descriptor.checkpoint)
    except (checkpoints.CheckpointError, ConfigError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    network = checkpoints.build(state, info, descriptor.checkpoint.name).eval().requires_grad_(False)
    model, best = convert.live(cast(Live, network)), on_openvino.choose_precision("auto")
    runs: dict[str, Run] = {"float32": compiled(model, "float32")}
    if best != "float32":
        runs = {best: compiled(model, best), **runs}
    for name, ends in (("int8", True), ("int8 but for the first and last layers", False)):
        runs[name] = compiled(quantised(model, inputs, ends=ends), best)
    print(markdown(decibels(runs, photographs.files), seconds(runs, options.side)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
