"""The model card beside a checkpoint: Markdown, its every figure from the checkpoint's metadata and from tables.

    python -m training.release.card assets/checkpoints/*.safetensors --scores assets/results/table1.json \\
        --detail assets/results/detail.json

writes the cards again, with those rows of the tables that were scored with the very weights. `training.release.export`
writes the first card of a checkpoint, without them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cf_esrt import models
from cf_esrt.checkpoints import CheckpointError, CheckpointInfo, read_info
from cf_esrt.photo import NOTICE
from training.evaluation.detail_tables import detail_table
from training.evaluation.protocols import CAMERA
from training.evaluation.results import Results, ResultsError, choose, read
from training.evaluation.tables import notes, set_markdown
from training.evaluation.texts import photograph_count
from training.metrics import metric
from training.release.lineage import Lineage, lineage, made

INPUTS = {
    "bicubic": "photographs shrunk with antialiased bicubic interpolation and nothing else: blur, noise, compression "
    "and the lighting of a clinical photograph lie outside of what it learned",
    "clinical": "photographs that were blurred, shrunk, made noisy and compressed at random: what a real camera does "
    "is only resembled by that",
}


def model_card(
    info: CheckpointInfo, file: str, parameters: int, tables: Results | None = None, detail: Results | None = None
) -> str:
    """The card of the checkpoint named ``file``, with the rows of ``tables`` that its weights made, and what ``detail``
    says of whether their detail is there."""
    history, found = info.history, lineage(Path(file).stem)
    by_recipe = found is not None and made(found, info)
    arguments = ", ".join(f"{name}={value}" for name, value in info.configuration.items())
    parts = [
        f"# {file}",
        f"Super-resolution ×4 of skin lesion photographs: the network `{info.architecture}({arguments})`, "
        f"{parameters:,} parameters.",
        f"**{NOTICE}**",
        "## Training",
        _lineage(found, info),
        _bullets(
            {
                "data": info.training_data,
                "licence of the data and of the weights": info.licence,
                **({} if by_recipe else {"started from": "; ".join(history.get("start", []))}),
                "crops seen in this run": f"{history['samples']:,}",
                "time": f"{history['hours']} hours",
                "hardware": history.get("hardware", ""),
                "torch": history["torch"],
                "commit of the code": info.git_commit,
                "SHA-256 of the weights": info.sha256,
            }
        ),
        _phases(history.get("phases", [])),
        _earlier_runs(history.get("legs", [])),
    ]
    commands = list(history.get("commands", []))
    if found is not None and by_recipe:
        commands = found.commands(f"assets/checkpoints/{file}")
    own = None if tables is None else _rows_of_weights(tables, info.sha256)
    if own is None or info.metrics.get("data") not in {one.data for one in own.sets}:
        parts += ["## Scores", _scores(info.metrics)]
    if own is not None:
        parts += ["## Validation and test", _validation_note(info.metrics), *map(set_markdown, own.sets), notes(own)]
        commands += [origin.command for origin in own.origins]
    there = [] if detail is None else _detail(detail, info.sha256)
    if there and detail is not None:
        parts += ["## Whether detail is there", *there]
        commands += [origin.command for origin in detail.origins]
    if commands:
        parts += ["## Commands", "```sh\n" + "\n".join(dict.fromkeys(commands)) + "\n```"]
    parts += ["## Limits", _limits(info)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lineage(found: Lineage | None, info: CheckpointInfo) -> str:
    """The recipe that makes the weights again, and the files it starts from."""
    if found is None:
        return ""
    recipe = f"[{found.recipe.as_posix()}](../../{found.recipe.as_posix()})"
    if not made(found, info):
        return (
            f"These weights are older than {recipe}, which makes the next ones; the commands below are of their time."
        )
    starts = [f"[{path.stem}](starts/{path.name})" for path in found.starts]
    starts += [f"the end of {one.recipe.as_posix()}" for one in found.before]
    return f"{recipe} makes them, from {' and '.join(starts) or 'interpolation'}."


def _bullets(fields: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value or 'not recorded'}" for name, value in fields.items())


def _phases(phases: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for phase in phases:
        losses = ", ".join(f"{name} {value}" for name, value in phase["losses"].items())
        steps, optimizer = f"{phase['steps']:,}", phase.get("optimizer", "adam")
        cells = (phase["name"], phase["part"], steps, phase["batch"], phase["crop"], optimizer, losses)
        rows.append([str(cell) for cell in cells])
    return _table(
        ("phase", "trained", "steps", "crops a step", "crop (pixels)", "optimiser", "losses and weights"), rows
    )


def _earlier_runs(runs: Sequence[Mapping[str, Any]]) -> str:
    """The runs before this one."""
    if not runs:
        return ""
    rows = []
    for run in runs:
        samples = "not recorded" if run["samples"] is None else f"{run['samples']:,}"
        hours = "not recorded" if run["hours"] is None else f"{run['hours']}"
        rows.append((run["run"], run["state"], run["part"].rstrip(".") or "all", samples, hours))
    table = _table(("run", "state", "taken", "crops seen", "hours"), rows)
    return f"Runs before it, whose weights it started from (each of their crops and hours its own):\n\n{table}"


def _scores(metrics: Mapping[str, Any]) -> str:
    """A table for each protocol, with a row for each model."""
    models = {name: scores for name, scores in metrics.items() if isinstance(scores, Mapping)}
    if not models:
        return "Not measured: the configuration names no validation folder."
    protocols = dict.fromkeys(protocol for scores in models.values() for protocol in scores)
    camera = f"; those of camera256 through {CAMERA}" if any(name.startswith("camera256") for name in protocols) else ""
    text = [
        f"Means over {metrics['photographs']} photographs of {metrics['data']}, inputs shrunk with Pillow's "
        f"bicubic{camera}."
    ]
    for protocol in protocols:
        rows = {name: scores[protocol] for name, scores in models.items() if protocol in scores}
        columns = [metric(name) for name in next(iter(rows.values()))]
        cells = [[name, *(f"{row[m.name]:.{m.decimals}f}" for m in columns)] for name, row in rows.items()]
        text.append(_table((protocol, *(m.heading for m in columns)), cells))
    return "\n\n".join(text)


def _rows_of_weights(tables: Results, sha256: str) -> Results | None:
    """Bicubic's rows and those of these weights; None where there are none of these."""
    known = {label: model for origin in tables.origins for label, model in origin.models.items()}
    there = [label for label in tables.sets[0].scores if not known[label].sharpened]
    labels = [label for label in there if known[label].sha256 == sha256]
    reference = [label for label in there if known[label].name == "bicubic"]
    return choose(tables, reference + labels) if labels else None


def _detail(detail: Results, sha256: str) -> list[str]:
    """A table a set, with bicubic's row and those of these weights."""
    known = {label: model for origin in detail.origins for label, model in origin.models.items()}
    own = {label for label, model in known.items() if model.sha256 == sha256 and not model.sharpened}
    parts = []
    for one in detail.sets:
        if own & one.scores.keys():
            table = "\n".join(detail_table(one, own | {"bicubic"}))
            parts += [f"**{one.title}**, {photograph_count(one)}, 95% intervals of a bootstrap over photographs", table]
    return parts


def _validation_note(metrics: Mapping[str, Any]) -> str:
    chosen = f" {metrics['data']} also chose settings on the way." if metrics.get("data") else ""
    return f"The table's rows that these weights made, beside bicubic interpolation.{chosen}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))


def _limits(info: CheckpointInfo) -> str:
    data = info.training_data or "its training data"
    inputs = INPUTS[info.history.get("degradation", "bicubic")]
    return (
        f"- It has learned the skin tones, lesions and cameras of {data}. How it does on other skin "
        "tones was not measured.\n"
        f"- Its inputs in training were {inputs}.\n"
        "- Detail in its results is synthetic: it resembles what photographs show, and is no information about this "
        "lesion. It may hide or invent structures.\n"
        "- The scores compare with photographs that were shrunk for the purpose. They do not say that a result is "
        "right where it matters clinically.\n"
        "- It is not for diagnosis or treatment."
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.release.card", description="Write model cards again.")
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--scores", type=Path, metavar="FILE", help="tables of training.evaluation.evaluate (JSON)")
    parser.add_argument("--detail", type=Path, metavar="FILE", help="the same, with whether detail is there")
    options = parser.parse_args(arguments)
    try:
        tables, detail = (None if file is None else read(file) for file in (options.scores, options.detail))
        for path in options.checkpoints:
            card = model_card(read_info(path), path.name, models.from_checkpoint(path).parameters, tables, detail)
            path.with_suffix(".md").write_text(card, "utf-8")
    except (CheckpointError, ResultsError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
