"""How many crops and hours went into each checkpoint, all runs before it together, as a Markdown table.

    python -m training.release.effort assets/checkpoints/*.safetensors

A comparison of two networks is one of their trainings too. Hours are those that the runs measured, on cores and GPUs
that they shared with others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cf_esrt import models
from cf_esrt.checkpoints import CheckpointError, read_info
from training.evaluation.texts import table_header, table_row


def table(checkpoints: Sequence[Path]) -> str:
    """CheckpointError for a file that is none. Runs that did not record a number count as nothing, and are told."""
    lines = table_header(["checkpoint", "parameters", "runs", "crops", "hours"])
    for path in checkpoints:
        history = read_info(path).history
        runs = [*history.get("legs", []), history]
        crops, hours = ([run.get(name) for run in runs] for name in ("samples", "hours"))
        unknown = sum(value is None for value in crops)
        told = f" ({unknown} not recorded)" if unknown else ""
        parameters = models.from_checkpoint(path).parameters
        total = sum(value or 0 for value in crops), sum(value or 0 for value in hours)
        lines.append(
            table_row([path.stem, f"{parameters:,}", f"{len(runs)}{told}", f"{total[0]:,}", f"{total[1]:.1f}"])
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.release.effort", description="Crops and hours of weights."
    )
    parser.add_argument("checkpoints", nargs="+", type=Path)
    try:
        print(table(parser.parse_args(arguments).checkpoints), end="")
    except CheckpointError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
