"""Hours and disk of whole archives, on paper: from measured rates, as a table in Markdown.

    python -m tests.benchmarks.archive --json found.json              # measures, on this machine, and prints the table
    python -m tests.benchmarks.archive_paper found.json [--efficiency 0.9] [--storage 500]

A photograph costs its network and its files on one core (reading and writing overlap with the network, but not with
the core). n cores do the work of ``efficiency`` × n, which `tests.benchmarks.archive` measures for two; for more it is
an assumption. So is that time and bytes go by the pixels, as they do for networks that work in tiles. ``storage`` is
what the storage writes, in MB/s, assumed: where results fill it, more cores gain nothing.

One GPU is fed by one process, which reads and writes in two threads beside it: the slowest of the three counts. Where
no GPU was measured, the column says what the files alone take.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

ARCHIVES = (25_331, 500_000)
SIZES = {"600 × 450": 600 * 450, "12 MP": 4000 * 3000}
MEASURED = 600 * 450
"""Pixels of the photograph that the rates are of."""
CORES = (2, 16, 100)
EFFICIENCY = 0.9
STORAGE = 500.0


def hours(
    photographs: int, pixels: int, rates: dict[str, float], cores: int, efficiency: float, storage: float
) -> float:
    """Of an archive: by its cores, or by the storage where that is slower."""
    working = photographs * _core_seconds(rates) * pixels / MEASURED / (cores * efficiency)
    return max(working / 3600, writing(photographs, pixels, rates, storage))


def writing(photographs: int, pixels: int, rates: dict[str, float], storage: float) -> float:
    """Hours that the storage takes."""
    return terabytes(photographs, pixels, rates) * 1e6 / storage / 3600


def on_gpu(photographs: int, pixels: int, rates: dict[str, float], storage: float) -> str:
    """Hours with one GPU, or at least how many, where none was measured."""
    slowest = max(rates.get("gpu", 0.0), rates["read"], rates["write"])
    working = photographs * slowest * pixels / MEASURED / 3600
    return f"{'' if 'gpu' in rates else '≥ '}{max(working, writing(photographs, pixels, rates, storage)):,.1f}"


def terabytes(photographs: int, pixels: int, rates: dict[str, float]) -> float:
    """Of the results."""
    return photographs * rates["bytes"] * pixels / MEASURED / 1e12


def filling(rates: dict[str, float], efficiency: float, storage: float) -> float:
    """Cores whose results fill the storage."""
    each = rates["bytes"] / _core_seconds(rates)
    return storage * 1e6 / (each * efficiency)


def _core_seconds(rates: dict[str, float]) -> float:
    return rates["network"] + rates["read"] + rates["write"]


def table(rates: dict[str, dict[str, float]], efficiency: float = EFFICIENCY, storage: float = STORAGE) -> str:
    """With a line that says what it assumes."""
    gpu = "hours with one GPU" + ("" if all("gpu" in one for one in rates.values()) else " (not measured)")
    heads = [*(f"hours on {cores} cores" for cores in CORES), gpu]
    lines = [
        f"Each core does {efficiency:.2f} of its work beside others; the storage writes {storage:,.0f} MB/s.",
        "",
        "| photographs | each | model | " + " | ".join(heads) + " | disk | cores that fill the storage |",
        "|---" * (len(heads) + 5) + "|",
    ]
    for photographs in ARCHIVES:
        for size, pixels in SIZES.items():
            for model, one in rates.items():
                each = [f"{hours(photographs, pixels, one, cores, efficiency, storage):,.1f}" for cores in CORES]
                each += [on_gpu(photographs, pixels, one, storage)]
                disk = f"{terabytes(photographs, pixels, one):.2f} TB"
                full = f"{filling(one, efficiency, storage):,.0f}"
                lines.append(f"| {photographs:,} | {size} | {model} | {' | '.join(each)} | {disk} | {full} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive_paper")
    parser.add_argument("found", type=Path, help="what tests.benchmarks.archive wrote with --json")
    parser.add_argument("--efficiency", type=float, help="by default as measured there for two workers")
    parser.add_argument("--storage", type=float, default=STORAGE, help="MB/s that it writes")
    options = parser.parse_args()
    found: dict[str, Any] = json.loads(options.found.read_text("utf-8"))
    efficiency = options.efficiency or found.get("two workers against one", 2 * EFFICIENCY) / 2
    print(table(found["rates"], efficiency, options.storage))


if __name__ == "__main__":
    main()
