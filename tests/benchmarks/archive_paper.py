"""Hours and disk of whole archives, on paper: from measured rates, as a table in Markdown.

    python -m tests.benchmarks.archive --rates --json rates.json     # measures, on this machine
    python -m tests.benchmarks.archive_paper rates.json [--efficiency 0.9] [--storage 500]

A photograph costs its network and its files on one core (reading and writing overlap with the network, but not with
the core). n cores do the work of ``efficiency`` × n, which `tests.benchmarks.archive` measures for two; for more it is
an assumption. So is that time and bytes go by the pixels, as they do for networks that work in tiles. ``storage`` is
what the storage writes, in MB/s: where results fill it, more cores gain nothing. No GPU was measured.
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


def hours(
    photographs: int, pixels: int, rates: dict[str, float], cores: int, efficiency: float, storage: float
) -> float:
    """Of an archive: by its cores, or by the storage where that is slower."""
    share = pixels / MEASURED
    working = photographs * (rates["network"] + rates["files"]) * share / (cores * efficiency)
    writing = photographs * rates["bytes"] * share / (storage * 1e6)
    return max(working, writing) / 3600


def terabytes(photographs: int, pixels: int, rates: dict[str, float]) -> float:
    return photographs * rates["bytes"] * pixels / MEASURED / 1e12


def filling(rates: dict[str, float], efficiency: float, storage: float) -> float:
    """Cores whose results fill the storage."""
    each = rates["bytes"] / (rates["network"] + rates["files"])
    return storage * 1e6 / (each * efficiency)


def table(rates: dict[str, dict[str, float]], efficiency: float, storage: float) -> str:
    heads = [f"hours on {cores} cores" for cores in CORES]
    lines = [
        "| photographs | each | model | " + " | ".join(heads) + " | one GPU | disk | cores that fill the storage |"
    ]
    lines.append("|---" * (len(heads) + 6) + "|")
    for photographs in ARCHIVES:
        for size, pixels in SIZES.items():
            for model, one in rates.items():
                each = [f"{hours(photographs, pixels, one, cores, efficiency, storage):,.1f}" for cores in CORES]
                disk = f"{terabytes(photographs, pixels, one):.2f} TB"
                full = f"{filling(one, efficiency, storage):,.0f}"
                lines.append(
                    f"| {photographs:,} | {size} | {model} | {' | '.join(each)} | not measured | {disk} | {full} |"
                )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive_paper")
    parser.add_argument("rates", type=Path)
    parser.add_argument("--efficiency", type=float, default=0.9)
    parser.add_argument("--storage", type=float, default=500.0, help="MB/s that it writes")
    options = parser.parse_args()
    rates: dict[str, Any] = json.loads(options.rates.read_text("utf-8"))
    print(table(rates, options.efficiency, options.storage))


if __name__ == "__main__":
    main()
