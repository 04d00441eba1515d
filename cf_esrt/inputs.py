"""What a command is given: files and folders in, jobs out. A file's content says whether it is a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from cf_esrt import photo
from cf_esrt.sentences import sentence

SUFFIXES = photo.SUFFIXES | {".jfif", ".jpe", ".jif", ".mpo", ".hif", ".heics", ".heifs", ".dicom", ".dic"}
"""What a photograph's name may end in. Anything else after a point is part of the name: a DICOM file is often called
by its UID, whose last number tells it from its neighbours."""
_NAMED = 5
"""Files that a line names before it only counts them."""


@dataclass(frozen=True)
class Job:
    """One photograph and the file its result goes to."""

    source: Path
    target: Path


@dataclass
class Found:
    """What lies at the given paths."""

    photographs: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """A line for each thing that was asked for and cannot be done, or was left out of a folder."""
    notes: list[str] = field(default_factory=list)
    """What a user should know and costs no exit code."""


def stem(path: PurePath) -> str:
    """The name without a photograph's suffix; all of it where it ends in anything else, as a UID does."""
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def plan(inputs: Sequence[Path], output: Path) -> tuple[list[Job], Found]:
    """Which file becomes which.

    A file given twice is done once. The first owner of a stem gets ``<stem>.png``; later ones get
    ``<stem>-2.png`` and so on, in the order given, past any name that is an input's own.
    """
    found = find(inputs)
    plain = {stem(source).casefold() for source in found.photographs}  # "A.png" and "a.png" are one file on many disks
    taken: set[str] = set()
    originals = {identity(source) for source in found.photographs} - {None}
    jobs = []
    for source in found.photographs:
        name, number = stem(source), 1
        while name.casefold() in taken or (number > 1 and name.casefold() in plain):
            number += 1
            name = f"{stem(source)}-{number}"
        taken.add(name.casefold())
        target = output / f"{name}.png"
        if identity(target) in originals:
            line = f"{source}: The result would replace the photograph {target}; choose another folder."
            found.failures.append(line)
        else:
            jobs.append(Job(source, target))
    return jobs, found


def find(inputs: Sequence[Path]) -> Found:
    """The given files, and the photographs directly in the given folders, each once."""
    all_found, files = Found(), dict[Path, Path]()
    for given in inputs:
        try:
            found = _look_into(given) if given.is_dir() else Found([given])
            for path in found.photographs:
                files.setdefault(path.resolve(), path)
        except (OSError, RuntimeError, ValueError) as error:  # unreadable folder, loop of links, NUL in a name
            found = Found(failures=[f"{given}: {sentence(error)}"])
        all_found.failures += found.failures
        all_found.notes += found.notes
    all_found.photographs = list(files.values())
    return all_found


def _look_into(folder: Path) -> Found:
    """The photographs of a folder, in the order of their names; each other file is accounted for.

    Hidden files are other programs' (macOS keeps notes under the names of photographs) and are passed over, as a shell
    does; what this program made is not enhanced once more.
    """
    found, others, results, deeper = Found(), list[Path](), 0, 0
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            deeper += 1
            continue
        try:
            photo.identify(path)
            if photo.is_result(path):
                results += 1
            else:
                found.photographs.append(path)
        except photo.NotAnImage as error:
            if path.suffix.lower() in SUFFIXES:  # called a photograph, so it deserves its own line
                found.failures.append(f"{path}: {error}")
            else:
                others.append(path)
        except photo.PhotoError as error:
            found.failures.append(f"{path}: {error}")
    if others:
        found.failures.append(f"{folder}: Left out, since {_counted(others)}.")
    elif not found.photographs and not found.failures:
        found.failures.append(f"{folder}: The folder holds no {photo.READ} files.")
    if results:
        found.notes.append(f"{folder}: note: Results of this program are not enhanced again ({results}).")
    if deeper:
        found.notes.append(f"{folder}: note: Folders in it were not looked into ({deeper}); give them too.")
    return found


def _counted(others: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in others[:_NAMED]) + (", …" if len(others) > _NAMED else "")
    return f"{len(others)} files are no photographs ({names})" if len(others) > 1 else f"it is no photograph: {names}"


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from every other, whatever it is called; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
