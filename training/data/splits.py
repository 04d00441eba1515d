"""A data set divided into training and held-out photographs, in a file that says which and proves it.

What shows one lesion, or one patient where patients are known, or is the same file twice, is never on both sides.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from cf_esrt.files import save
from training.config import ConfigError
from training.data.files import digests
from training.data.layouts import Record, read_layout

Side = Literal["train", "held_out"]
SIDES: tuple[Side, ...] = get_args(Side)
FORMAT = "cf-esrt split 1"


@dataclass(frozen=True)
class Entry:
    path: str
    """Relative to the split's folder, with forward slashes."""
    sha256: str
    side: Side
    lesion: str | None = None
    diagnosis: str | None = None
    patient: str | None = None


@dataclass(frozen=True)
class Split:
    folder: Path
    layout: str
    seed: int
    held_out: float
    """The share of photographs that was asked for; `counts` says what it came to."""
    entries: tuple[Entry, ...]
    """Sorted by path."""

    def files(self, side: Side) -> list[Path]:
        """The photographs of a side, sorted by their path in the folder."""
        return [self.folder / entry.path for entry in self.entries if entry.side == side]

    def counts(self) -> dict[str, dict[str, int]]:
        """side → photographs, and of how many known lesions and patients."""
        sides = {side: [entry for entry in self.entries if entry.side == side] for side in SIDES}
        return {
            side: {
                "photographs": len(entries),
                "lesions": len({e.lesion for e in entries if e.lesion}),
                "patients": len({e.patient for e in entries if e.patient}),
            }
            for side, entries in sides.items()
        }


def make_split(folder: Path, layout: str | None = None, held_out: float = 0.2, seed: int = 0) -> Split:
    """Divide a folder; whole groups (see the module) are held out until ``held_out`` of the photographs are.

    The order in which groups are taken is that of SHA-256 over the seed and the group's first path, so it depends
    neither on the order of the files nor on the machine. ConfigError where a side would be empty.
    """
    if not 0 < held_out < 1:
        raise ConfigError(f"The held-out share is {held_out}: it must lie between 0 and 1.")
    name, records = read_layout(folder, layout)
    paths = [record.path.relative_to(folder).as_posix() for record in records]
    hashes = digests([record.path for record in records])
    groups = sorted(
        _groups(records, hashes), key=lambda group: hashlib.sha256(f"{seed} {paths[group[0]]}".encode()).digest()
    )
    if len(groups) < 2:
        raise ConfigError(f"The photographs of {folder} are all of one lesion or patient: they cannot be divided.")
    wanted = max(1, round(held_out * len(records)))
    taken: list[int] = []
    for group in groups:
        if len(taken) + len(group) <= wanted:
            taken += group
    held = set(taken or min(groups, key=len))
    sides: list[Side] = ["held_out" if i in held else "train" for i in range(len(records))]
    entries = [
        Entry(path, sha256, side, record.lesion, record.diagnosis, record.patient)
        for path, sha256, side, record in zip(paths, hashes, sides, records, strict=True)
    ]
    return Split(folder, name, seed, held_out, tuple(sorted(entries, key=lambda entry: entry.path)))


def write_split(split: Split, path: Path) -> None:
    """The split as JSON, one photograph a line; ConfigError where another split has the name already."""
    try:
        folder = os.path.relpath(split.folder.resolve(), path.resolve().parent)
    except ValueError:  # Windows: on another drive
        folder = str(split.folder.resolve())
    head = {
        "format": FORMAT,
        "folder": Path(folder).as_posix(),
        "layout": split.layout,
        "seed": split.seed,
        "held_out": split.held_out,
        "counts": split.counts(),
    }
    lines = ",\n".join("  " + json.dumps(asdict(entry), ensure_ascii=False) for entry in split.entries)
    text = json.dumps(head, indent=1, ensure_ascii=False)[:-2] + f',\n "files": [\n{lines}\n ]\n}}\n'
    if path.exists() and path.read_bytes() != text.encode():
        raise ConfigError(f"{path} exists and holds something else: remove it first, or write to another name.")
    save(path, text.encode())


def read_split(path: Path, folder: Path | None = None, verify: Iterable[Side] = SIDES) -> Split:
    """The split in a file, every photograph of the sides in ``verify`` compared with its hash.

    ``folder`` says where the data set lies if not where it lay, relative to the file, when the split was made.
    ConfigError names a photograph that is missing or changed, and a lesion or patient that is on both sides.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"The split {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(f"The split {path} is not JSON: make it again with python -m training.split.") from error
    split = _parsed(document, path, folder)
    for kind in ("lesion", "patient", "sha256"):
        sides = [{getattr(e, kind) for e in split.entries if e.side == side} - {None} for side in SIDES]
        if shared := sides[0] & sides[1]:
            raise ConfigError(f"The split {path} has {kind} {min(shared)} on both sides: make it again.")
    chosen = set(verify)
    entries = [entry for entry in split.entries if entry.side in chosen]
    files = [split.folder / entry.path for entry in entries]
    for side in chosen:
        check_presence(split, path, side)
    for file, entry, found in zip(files, entries, digests(files), strict=True):
        if found != entry.sha256:
            raise ConfigError(f"The photograph {file} has changed since {path} was made: restore it, or split again.")
    return split


def check_presence(split: Split, path: Path, side: Side) -> None:
    """ConfigError names the first photograph of a side that is not there; ``path`` is the split's file."""
    for file in split.files(side):
        if not file.is_file():
            raise ConfigError(f"The photograph {file} of the split {path} is missing: restore it, or make a new split.")


def _parsed(document: Any, path: Path, folder: Path | None) -> Split:
    try:
        if document["format"] != FORMAT:
            raise ValueError
        entries = tuple(Entry(**entry) for entry in document["files"])
        if any(entry.side not in SIDES or not isinstance(entry.path, str) for entry in entries):
            raise ValueError
        lies = folder if folder is not None else path.parent / document["folder"]
        return Split(lies, document["layout"], document["seed"], document["held_out"], entries)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a split that python -m training.split wrote: make it again.") from error


def _groups(records: Sequence[Record], hashes: Sequence[str]) -> list[list[int]]:
    """Positions of the records that must stay together, each group sorted by path (union-find over what they share)."""
    parent = list(range(len(records)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    first: dict[tuple[str, str], int] = {}
    for i, (record, sha256) in enumerate(zip(records, hashes, strict=True)):
        for key in (("lesion", record.lesion), ("patient", record.patient), ("file", sha256)):
            if key[1] is not None:
                parent[root(i)] = root(first.setdefault((key[0], key[1]), i))
    groups: dict[int, list[int]] = {}
    for i in sorted(range(len(records)), key=lambda i: records[i].path):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())
