"""Make the small inference file from a training state: averaged weights, with what is known of them.

    python -m training.release.export training/recipes/esrt.yaml runs/esrt/fine-tune.pt esrt.safetensors

The scores stand under the recipe's name; ``--model`` gives another. Where the run was one of some phases or with
changed settings, the same ``--phases`` and ``--set`` follow.

``--onnx FOLDER`` writes released models as ONNX files instead (`training.release.onnx_files`).

The scores in the metadata are measured here, on the configuration's validation folder, with
`training.evaluation.evaluate`. The model card, ``esrt.md`` beside the file, says in words what the metadata says.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from cf_esrt import checkpoints, models
from cf_esrt.enhance import Enhancer
from cf_esrt.files import save
from training.arguments import add_recipe, read_recipe, recipe_changes, set_name
from training.config import Config, ConfigError, Phase
from training.config_file import resolved
from training.data import resolve
from training.evaluation.evaluate import Method, Scores, evaluate
from training.evaluation.protocols import PROTOCOLS
from training.evaluation.results import ResultsError, git_commit
from training.metrics import LPIPS
from training.networks import architecture
from training.release.card import model_card
from training.release.lineage import EarlierRun, earlier_runs
from training.state import StateError, load


def phases_done(config: Config, where: Mapping[str, Any]) -> list[tuple[Phase, int]]:
    """The phases that a state has been through, each with the steps that were made of it."""
    made = [*where.get("steps", []), *(phase.steps for phase in config.phases[len(where.get("steps", [])) :])]
    whole = list(zip(config.phases[: where["phase"]], made, strict=False))  # old states do not tell their steps
    begun = [(phase, where["step"]) for phase in config.phases[where["phase"] :][:1] if where["step"]]
    return whole + begun


def rows(config: Config, model: str) -> dict[str, Literal["coarse", "both"]]:
    """What is scored of a model, by name: CF-ESRT's coarse network too."""
    coarse: dict[str, Literal["coarse", "both"]] = {f"{model}-coarse": "coarse"}
    return {model: "both", **(coarse if config.network.name == "cf-esrt" else {})}


def measure(
    path: Path, config: Config, stages: Mapping[str, Literal["coarse", "both"]], limit: int | None = None
) -> dict[str, Any]:
    """model name → protocol → column → mean, for each model that the checkpoint serves, and bicubic; what has learned
    from inputs like a camera's is scored on such inputs first.

    CF-ESRT's coarse network runs once for both of its rows (`training.evaluation.methods.shared_reconstructions`).
    """
    if config.data.validate is None:
        return {}
    files = resolve([config.data.validate], verify=False)[:limit]
    lpips = LPIPS(config.lpips_weights)
    scores: dict[str, Any] = {"data": set_name(config.data.validate), "photographs": len(files)}
    loaded = {
        name: Enhancer.of(models.from_checkpoint(path, stage=stage), engine="torch") for name, stage in stages.items()
    }
    methods = [Method(name, "auto", loaded) for name in ("bicubic", *stages)]
    camera = ("camera256", "camera256-patch") if config.data.degradation == "clinical" else ()
    for protocol in (*camera, "whole256", "patch256"):
        for label, columns in evaluate(methods, files, PROTOCOLS[protocol], lpips).items():
            scores.setdefault(label, {})[protocol] = _means(columns)
    return scores


def _means(columns: Scores) -> dict[str, float]:
    return {column: round(float(np.mean(values)), 4) for column, values in columns.items()}


def _public_path(path: Path) -> str:
    """A path as it may stand in a public file: as it was written, unless it would name this machine's folders."""
    if not path.is_absolute():
        return path.as_posix()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.name


def _public_settings(settings: Any) -> Any:
    """A resolved recipe without this machine's folders."""
    if isinstance(settings, dict):
        return {name: _public_settings(value) for name, value in settings.items()}
    if isinstance(settings, list):
        return [_public_settings(value) for value in settings]
    return _public_path(Path(settings)) if isinstance(settings, str) and Path(settings).is_absolute() else settings


def training_history(
    config: Config, where: Mapping[str, Any], before: list[EarlierRun], commands: list[str]
) -> dict[str, Any]:
    done = phases_done(config, where)
    return {
        "recipe": _public_settings(resolved(config)),
        "run": config.name,
        "phase": done[-1][0].name if done else config.phases[0].name,
        "step_of_phase": done[-1][1] if done else 0,
        "phases": [
            {
                "name": phase.name,
                "part": phase.part,
                "steps": steps,
                "optimizer": phase.optimizer,
                "batch": phase.batch,
                "crop": phase.crop,
                "losses": {name: value for name, value in asdict(phase.losses).items() if value > 0},
            }
            for phase, steps in done
        ],
        "start": [
            config.initial,
            *(_public_path(path) for path in config.init_from),
        ],
        "legs": [asdict(run) for run in before],  # the name that files have had since version 0.1
        "samples": where["samples"],
        "hours": round(where["seconds"] / 3600, 2),
        "hardware": where.get("hardware", ""),
        "degradation": config.data.degradation,
        "torch": torch.__version__,
        "commands": commands,
    }


def export(
    config: Config,
    state_file: Path,
    target: Path,
    *,
    model: str | None = None,
    limit: int | None = None,
    config_file: Path | None = None,
    changes: Sequence[str] = (),
) -> checkpoints.CheckpointInfo:
    """Write ``target`` and its card from a training state and the scores measured with it; returns its metadata.

    ``model`` is the name that the scores stand under, the recipe's by default; ``config_file`` and ``changes``, the
    arguments that follow it, stand in the card's commands. Nothing stands under ``target`` before all is measured.
    StateError where the state cannot be read, checkpoints.CheckpointError where it is of another network.
    """
    state = load(state_file, torch.device("cpu"))
    name, arguments = architecture(config.network)
    if "rounded" in arguments:
        arguments = {**arguments, "rounded": True}  # whatever it learned from, all engines show it the coarse picture
    where = state["where"]
    values: dict[str, Tensor] = state["ema"]["values"]
    before = [] if config_file is None else earlier_runs(config, config_file.parent)
    commands = [] if config_file is None else training_commands(config_file, before, state_file, target, changes)
    info = checkpoints.CheckpointInfo(
        architecture=name,
        configuration=arguments,
        training_data=", ".join(map(set_name, config.data.train)),
        licence=config.data.licence,
        history=training_history(config, where, before, commands),
        git_commit=git_commit(),
    )
    stages = rows(config, model or config.name)
    checkpoints.build(values, info, state_file.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        unmeasured = Path(folder) / target.name
        checkpoints.write(unmeasured, values, info)
        info = replace(info, metrics=measure(unmeasured, config, stages, limit))
    info = checkpoints.write(target, values, info)
    card = model_card(info, target.name, models.from_checkpoint(target).parameters)
    save(target.with_suffix(".md"), card.encode())
    return info


def training_commands(
    config_file: Path, before: list[EarlierRun], state_file: Path, target: Path, changes: Sequence[str] = ()
) -> list[str]:
    """All training commands from the start, and this export."""
    configs = [config_file.with_name(name) for name in dict.fromkeys(run.config for run in before if run.config)]
    shown = [_public_path(path) for path in (config_file, state_file, target)]
    trained = [["training.train", _public_path(path)] for path in (*configs, config_file)]
    trained[-1] += changes
    return [
        shlex.join(["python", "-m", *command]) for command in (*trained, ["training.release.export", *shown, *changes])
    ]


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["--onnx"]:
        from training.release import onnx_files

        return onnx_files.main(given[1:])
    parser = argparse.ArgumentParser(
        prog="python -m training.release.export", description="Make the inference checkpoint."
    )
    add_recipe(parser)
    parser.add_argument("state", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--model", metavar="NAME", help="that the scores stand under (default: the recipe's name)")
    parser.add_argument("--limit", type=int, help="measure on the first N validation photographs only")
    options = parser.parse_args(given)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        config = read_recipe(options)
        info = export(
            config,
            options.state,
            options.target,
            model=options.model,
            limit=options.limit,
            config_file=options.recipe,
            changes=recipe_changes(options),
        )
    except (ConfigError, StateError, ResultsError, OSError, checkpoints.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(info.metrics, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
