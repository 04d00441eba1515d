"""Make the small inference file from a training state: averaged weights, with what is known of them.

    python -m training.export training/configs/esrt-cpu.yaml runs/esrt-cpu/last.pt assets/checkpoints/esrt.safetensors

The scores in the metadata are measured here, on the configuration's validation folder, with `training.evaluate`.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from cf_esrt import checkpoints, models
from cf_esrt.enhance import Enhancer
from training.config import Config, ConfigError, read
from training.data import list_images
from training.evaluate import Method, Scores, evaluate
from training.metrics import LPIPS
from training.state import load
from training.validation import PROTOCOLS


def architecture(config: Config) -> tuple[str, dict[str, Any]]:
    """The checkpoint's name for the configuration's network, and its arguments."""
    network = config.network
    if network.name == "esrt":
        return "ESRT", {"skip_padding": network.skip_padding}
    kept = ("width", "skips", "rounded", "skip_padding")
    return "CFESRT", {name: getattr(network, name) for name in kept}


def git_commit() -> str:
    """The commit of the code, with ``-dirty`` where the tree differs from it; empty outside a repository."""
    try:
        command = ["git", "describe", "--always", "--abbrev=40", "--dirty"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def measure(path: Path, config: Config, limit: int | None) -> dict[str, Any]:
    """model name → protocol → column → mean, for each model that the checkpoint serves, and bicubic."""
    if config.data.validate is None:
        return {}
    files = list_images([config.data.validate])[:limit]
    lpips = LPIPS(config.lpips_weights)
    folder = config.data.validate
    scores: dict[str, Any] = {"data": f"{folder.parent.name}/{folder.name}", "photographs": len(files)}
    stages: dict[str, Literal["coarse", "both"]] = (
        {"esrt": "both"} if config.network.name == "esrt" else {"cf-esrt": "both", "cf-esrt-coarse": "coarse"}
    )
    loaded = {name: Enhancer.of(models.from_checkpoint(path, stage=stage)) for name, stage in stages.items()}
    methods = [Method(name, "auto", loaded) for name in ("bicubic", *stages)]
    for protocol in ("whole256", "patch256"):
        for label, columns in evaluate(methods, files, PROTOCOLS[protocol], lpips).items():
            scores.setdefault(label, {})[protocol] = _means(columns)
    return scores


def _means(columns: Scores) -> dict[str, float]:
    return {column: round(float(np.mean(values)), 4) for column, values in columns.items()}


def export(config: Config, state_file: Path, target: Path, *, limit: int | None = None) -> checkpoints.CheckpointInfo:
    """Write ``target`` from a training state and the scores measured with it; returns its metadata."""
    state = load(state_file, torch.device("cpu"))
    name, arguments = architecture(config)
    where = state["where"]
    info = checkpoints.CheckpointInfo(
        architecture=name,
        configuration=arguments,
        training_data=", ".join(f"{folder.parent.name}/{folder.name}" for folder in config.data.train),
        licence=config.data.licence,
        history={
            "run": config.name,
            "phase": config.phases[min(where["phase"], len(config.phases) - 1)].name,
            "step_of_phase": where["step"],
            "samples": where["samples"],
            "hours": round(where["seconds"] / 3600, 2),
            "torch": torch.__version__,
        },
        git_commit=git_commit(),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    info = checkpoints.write(target, state["ema"]["values"], info)
    return checkpoints.write(target, state["ema"]["values"], replace(info, metrics=measure(target, config, limit)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.export", description="Make the inference checkpoint.")
    parser.add_argument("config", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--limit", type=int, help="measure on the first N validation photographs only")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        info = export(read(options.config), options.state, options.target, limit=options.limit)
    except (ConfigError, FileNotFoundError, checkpoints.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(info.metrics, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
