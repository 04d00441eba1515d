"""How long the models take and how much memory, on this machine, in one run: ``make bench``.

    python -m tests.benchmarks.speed [--sides 64 128 256 512] [--json FILE]

Beside the released models runs ESRT as published, on the whole picture with attention written out (softmax of the full
matrix), in a plain process; the models run as the page runs them, with freed memory kept (`cf_esrt.allocator`), and
``esrt-written-out-kept`` is the published way with that alone. Every case has a process of its own, so that its peak
memory is its own. Ratios travel between machines; seconds do not. ``growth`` is the time for a pixel against the same
model's at 128².
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

WRITTEN_OUT, WRITTEN_OUT_KEPT = "esrt-written-out", "esrt-written-out-kept"
CASES = (WRITTEN_OUT, WRITTEN_OUT_KEPT, "bicubic", "esrt", "cf-esrt-coarse", "cf-esrt")
#: Larger matrices than this are not attempted: (side² / 4)² · 8 heads · 4 groups · 4 bytes.
LARGEST_MATRIX = 8 * 2**30
REPEATS = {64: 7, 128: 5, 256: 3}


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


def measure(case: str, side: int) -> dict[str, float]:
    """Median seconds and peak memory (bytes over what the loaded program held) of one case, in this process."""
    from cf_esrt.allocator import keep_freed_memory
    from cf_esrt.enhance import Enhancer

    if case != WRITTEN_OUT:
        keep_freed_memory()
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    run = written_out() if case in (WRITTEN_OUT, WRITTEN_OUT_KEPT) else Enhancer.load(case, "cpu").reconstruct
    run(image[:32, :32])  # the first call sets up kernels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for _ in range(REPEATS.get(side, 1)):
        began = time.perf_counter()
        run(image)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": statistics.median(seconds), "peak": peak * 1024, "added": (peak - before) * 1024}


def measure_apart(case: str, side: int) -> dict[str, float] | None:
    if case in (WRITTEN_OUT, WRITTEN_OUT_KEPT) and matrix_bytes(side) > LARGEST_MATRIX:
        return None
    command = [sys.executable, "-m", "tests.benchmarks.speed", "--case", case, str(side)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed")
    parser.add_argument("--sides", nargs="+", type=int, default=[64, 128, 256, 512])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--case", nargs=2, metavar=("NAME", "SIDE"), help="one case, as JSON")
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(options.case[0], int(options.case[1]))))
        return
    rows: dict[str, dict[str, Any]] = {}
    print("| model | input | seconds | against ESRT written out | growth | peak memory |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        for side in options.sides:
            result = rows.setdefault(case, {})[str(side)] = measure_apart(case, side)
            if result is None:
                print(
                    f"| {case} | {side}² | not run: a matrix of {matrix_bytes(side) / 2**30:.0f} GiB | | | |",
                    flush=True,
                )
                continue
            base = rows[WRITTEN_OUT][str(side)]
            ratio = f"×{result['seconds'] / base['seconds']:.2f}" if base else ""
            reference = rows[case].get("128")
            growth = (
                f"×{result['seconds'] / side**2 / (reference['seconds'] / 128**2):.2f}"
                if reference and side > 128
                else ""
            )
            peak = f"{result['peak'] / 2**20:.0f} MiB"
            print(f"| {case} | {side}² | {result['seconds']:.2f} | {ratio} | {growth} | {peak} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
