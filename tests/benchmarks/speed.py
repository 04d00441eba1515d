"""How long the models take and how much memory, on this machine, in one run: ``make bench``.

    python -m tests.benchmarks.speed [--sides 64 128 256 512] [--models NAME or FILE.safetensors …]
                                     [--engines torch openvino] [--precision float32] [--rounds 3] [--json FILE]

Models are run by both engines, in bfloat16 where the processor has it and the engine uses it; ``--precision float32``
is what other processors take. Beside them runs ESRT as published, on the whole picture with attention written out
(softmax of the full matrix), in a plain process; the models run as the page runs them, with freed memory kept
(`cf_esrt.engine.allocator`), and ``esrt-written-out-kept`` is the published way with that alone. Every case has a
process of its own, so that its peak memory is its own. All are run in several rounds, and the least time of each
counts: what else the machine does can only add. Ratios travel between machines; seconds do not. ``growth`` is the
time for a pixel against that at 128², ``MP/CPU s`` the megapixels of result that a second of one core makes. Live has
rows where its checkpoint is there.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

WRITTEN_OUT, WRITTEN_OUT_KEPT = "esrt-written-out", "esrt-written-out-kept"
PUBLISHED = (WRITTEN_OUT, WRITTEN_OUT_KEPT)
MODELS = (*PUBLISHED, "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt")
WHERE_THERE = ("live", "live-camera")
"""Besides them, where their checkpoints are."""
ENGINES = ("torch", "openvino")
#: Larger matrices than this are not attempted: (side² / 4)² · 8 heads · 4 groups · 4 bytes.
LARGEST_MATRIX = 8 * 2**30
LEAST_SECONDS = 2.0
"""Of each case's repeats together: the first one at a size prepares memory, and short ones vary most."""

Result = dict[str, float]
Rows = dict[str, dict[int, Result | None]]


def matrix_bytes(side: int) -> int:
    return (side * side // 4) ** 2 * 8 * 4 * 4


def written_out() -> Any:
    """The released ESRT, untiled, its attention as the published code has it."""
    import torch

    from cf_esrt import checkpoints, models
    from cf_esrt.networks.backbones import EfficientAttention

    def attend(self: EfficientAttention, qkv: torch.Tensor) -> torch.Tensor:
        query, key, value = qkv.unbind(0)
        return torch.softmax(query @ key.transpose(-1, -2) * self.scale, -1) @ value

    EfficientAttention._attend = attend  # type: ignore[method-assign]
    path = models.describe("esrt").checkpoint
    assert path is not None
    network = checkpoints.build(*checkpoints.read(path), path.name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(image: np.ndarray) -> None:
        with torch.inference_mode():
            network(torch.from_numpy(image).permute(2, 0, 1)[None].float().div(255))

    return run


def cases_of(names: Sequence[str], engines: Sequence[str]) -> list[str]:
    """``name`` of what has no choice of an engine, ``name/engine`` of the others; the published way is first."""
    alone = {*PUBLISHED, "bicubic"}
    given = [[name] if name in alone else [f"{name}/{engine}" for engine in engines] for name in names]
    return list(dict.fromkeys([WRITTEN_OUT, *itertools.chain(*given)]))


def prepared(case: str, precision: str) -> Any:
    """What runs a case on a picture."""
    if case in PUBLISHED:
        return written_out()
    from cf_esrt.enhance import Enhancer

    name, engine = (case, "auto") if case == "bicubic" else case.rsplit("/", 1)
    return Enhancer.load(name, "cpu", engine=engine, precision=precision).reconstruct


def measure(case: str, side: int, precision: str) -> Result:
    """Of one case, in this process: least seconds, of the clock and of all cores together, and peak memory (bytes over
    what the loaded program held)."""
    from cf_esrt.engine.allocator import keep_freed_memory

    if case != WRITTEN_OUT:
        keep_freed_memory()
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    run = prepared(case, precision)
    run(image[:32, :32])  # the first call sets up kernels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, work = list[float](), list[float]()
    while sum(seconds) < LEAST_SECONDS:
        began, begun = time.perf_counter(), time.process_time()
        run(image)
        seconds.append(time.perf_counter() - began)
        work.append(time.process_time() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": min(seconds), "cpu": min(work), "peak": peak * 1024, "added": (peak - before) * 1024}


def measure_apart(case: str, side: int, precision: str) -> Result | None:
    if case in PUBLISHED and matrix_bytes(side) > LARGEST_MATRIX:
        return None
    arguments = ["--precision", precision, "--case", case, str(side)]
    command = [sys.executable, "-m", "tests.benchmarks.speed", *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def best(one: Result | None, other: Result | None) -> Result | None:
    """The least time of two rounds, and the most memory."""
    if one is None or other is None:
        return one or other
    return {name: (min if name in ("seconds", "cpu") else max)(one[name], other[name]) for name in one}


def markdown(rows: Rows) -> str:
    lines = [
        "| model/engine | input | seconds | MP/CPU s | against ESRT written out | growth | peak memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, sides in rows.items():
        for side, result in sides.items():
            if result is None:
                lines.append(
                    f"| {case} | {side}² | not run: a matrix of {matrix_bytes(side) / 2**30:.0f} GiB | | | | |"
                )
                continue
            speed = 16 * side**2 / 1e6 / result["cpu"]
            base, reference = rows[WRITTEN_OUT][side], sides.get(128)
            ratio = f"×{result['seconds'] / base['seconds']:.2f}" if base else ""
            growth = ""
            if reference and side > 128:
                growth = f"×{result['seconds'] / side**2 / (reference['seconds'] / 128**2):.2f}"
            peak = f"{result['peak'] / 2**20:.0f} MiB"
            lines.append(f"| {case} | {side}² | {result['seconds']:.2f} | {speed:.2f} | {ratio} | {growth} | {peak} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed")
    parser.add_argument("--sides", nargs="+", type=int, default=[64, 128, 256, 512])
    parser.add_argument("--models", nargs="+", metavar="NAME")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--precision", default="auto", choices=("auto", "float32"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--case", nargs=2, metavar=("NAME", "SIDE"), help="one case, as JSON")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(options.case[0], int(options.case[1]), options.precision)))
        return
    from cf_esrt import checkpoints, models

    there = [name for name in WHERE_THERE if name in models.names()]
    options.models = options.models or [*MODELS, *there]
    for name in set(options.models) - set(PUBLISHED):
        try:
            models.find(name)
        except (models.UnknownModel, checkpoints.CheckpointError) as error:
            parser.error(str(error))
    cases = cases_of(options.models, options.engines)
    rows: Rows = {case: {} for case in cases}
    every = [(case, side) for _ in range(options.rounds) for case in cases for side in options.sides]
    for case, side in tqdm(every, unit="case", disable=None):
        rows[case][side] = best(rows[case].get(side), measure_apart(case, side, options.precision))
    print(markdown(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
