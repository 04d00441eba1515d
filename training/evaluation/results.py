"""What an evaluation leaves in a JSON file: every score of every photograph, and what is needed to repeat it."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from cf_esrt.files import save
from training.evaluation.bootstrap import Scores

DEGRADATION = "Pillow antialiased bicubic"
_PACKAGES = ("torch", "torchvision", "torchmetrics", "numpy", "pillow", "opencv-python-headless")
_STRICT = ConfigDict(ser_json_inf_nan="strings", extra="forbid")


class ResultsError(ValueError):
    """The file holds no results that can be used; one sentence says why."""


@dataclass(frozen=True)
class Model:
    """A row's origin."""

    name: str
    detail: float
    sha256: str | None
    """Digest of the checkpoint's weights; None for a method without weights."""
    training_data: str = ""
    sharpened: str = ""
    """The unsharp mask that its picture went through; empty for none."""


@dataclass(frozen=True)
class Origin:
    """What made a file of results."""

    command: str
    commit: str
    degradation: str
    """How inputs were made from ground truths."""
    device: str
    versions: dict[str, str]
    models: dict[str, Model]
    """label → origin"""
    weights: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the files with the networks of LPIPS and the Fréchet distances, by their file names."""


@dataclass(frozen=True)
class SetScores:
    """The scores of one set of photographs under one protocol."""

    data: str
    """Folder, with its parent's name."""
    protocol: str
    files: tuple[str, ...]
    """Names of the photographs that were scored, in the order of the scores."""
    damaged: tuple[str, ...]
    """Names of those that could not be decoded."""
    scores: dict[str, Scores]
    """label → metric → one number a photograph"""
    distances: dict[str, dict[str, float]] = field(default_factory=dict)
    """label → metric → distance between the set of results and that of ground truths"""
    samples: dict[str, tuple[int, int]] = field(default_factory=dict)
    """metric of a distance → number of feature vectors, their dimensions"""

    @property
    def title(self) -> str:
        return f"{self.data}, {self.protocol}"


@dataclass(frozen=True)
class Results:
    __pydantic_config__ = _STRICT
    origins: tuple[Origin, ...]
    sets: tuple[SetScores, ...]


_ADAPTER = TypeAdapter(Results)


def write(results: Results, path: Path) -> None:
    """The results as JSON, infinite scores as the string ``Infinity``; whole or not at all."""
    save(path, _ADAPTER.dump_json(results, indent=1) + b"\n")


def read(path: Path) -> Results:
    """ResultsError where the file is missing, damaged, or of another kind."""
    try:
        results = _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise ResultsError(f"The results {path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ResultsError(
            f"{path} holds no results of training.evaluation.evaluate, or is damaged ({where}: {first['msg']})."
        ) from error
    if not results.origins or not results.sets:
        raise ResultsError(f"{path} holds no results: it names no set, or not what made it.")
    for one in results.sets:
        lengths = {len(values) for scores in one.scores.values() for values in scores.values()}
        if not one.files or lengths != {len(one.files)}:
            raise ResultsError(f"{path} is damaged: {one.title} has not one score for each photograph.")
    return results


def join(several: Sequence[Results]) -> Results:
    """Results of several files as one: rows of the same set and protocol come together.

    ResultsError where such rows were not scored on the same photographs, with the same degradation, or one label
    stands for different weights.
    """
    if len({origin.degradation for one in several for origin in one.origins}) > 1:
        raise ResultsError("The files cannot be joined: their inputs were not made by the same degradation.")
    known: dict[str, Model] = {}
    sets: dict[str, SetScores] = {}
    for one in several:
        for origin in one.origins:
            for label, model in origin.models.items():
                if known.setdefault(label, model) != model:
                    raise ResultsError(f"The files cannot be joined: {label} stands for different weights in them.")
        for part in one.sets:
            before = sets.get(part.title)
            sets[part.title] = part if before is None else _side_by_side(before, part)
    return Results(tuple(origin for one in several for origin in one.origins), tuple(sets.values()))


def _side_by_side(first: SetScores, second: SetScores) -> SetScores:
    if first.files != second.files:
        raise ResultsError(f"The files cannot be joined: {first.title} has other photographs in them.")
    return replace(
        first,
        scores=first.scores | second.scores,
        distances=first.distances | second.distances,
        samples=first.samples | second.samples,
    )


def choose(results: Results, labels: Sequence[str]) -> Results:
    """Only the rows of these labels, in this order, and what made them. ResultsError where a set lacks a label."""
    for one in results.sets:
        missing = [label for label in labels if label not in one.scores]
        if missing:
            raise ResultsError(f"{one.title} has no scores of {missing[0]}: there are {', '.join(one.scores)}.")
    sets = tuple(
        replace(
            one,
            scores={label: one.scores[label] for label in labels},
            distances={label: one.distances[label] for label in labels if label in one.distances},
        )
        for one in results.sets
    )
    narrowed = (
        replace(origin, models={label: model for label, model in origin.models.items() if label in labels})
        for origin in results.origins
    )
    return Results(tuple(origin for origin in narrowed if origin.models), sets)


def choose_sets(results: Results, data: Iterable[str], protocols: Iterable[str]) -> Results:
    """Only the sets of these photographs and protocols, all where none is named. ResultsError where none is left."""
    data, protocols = set(data), set(protocols)
    sets = tuple(
        one for one in results.sets if (not data or one.data in data) and (not protocols or one.protocol in protocols)
    )
    if not sets:
        raise ResultsError(f"There are no such scores: there are {', '.join(one.title for one in results.sets)}.")
    return replace(results, sets=sets)


def versions() -> dict[str, str]:
    """Of Python and the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def git_commit() -> str:
    """The commit of the code, with ``-dirty`` where the tree differs from it; empty outside a repository."""
    try:
        command = ["git", "describe", "--always", "--abbrev=40", "--dirty"]
        folder = Path(__file__).parent
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
