"""What the command line does: the photograph's walk, ``photo.read`` → ``Enhancer`` → ``photo.save``."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from cf_esrt import photo

if TYPE_CHECKING:
    from cf_esrt.catalogue import Catalogue
    from cf_esrt.enhance import Enhancer
    from cf_esrt.models import ModelDescriptor
    from cf_esrt.provenance import Setting


class CommandError(ValueError):
    """The command cannot start; the message is one sentence."""


@dataclass(frozen=True)
class Job:
    """One photograph and the file its result goes to."""

    source: Path
    target: Path


def enhance(
    inputs: Sequence[Path],
    output: Path,
    *,
    model: str,
    detail: float,
    device: str,
    tile: int | None,
    engine: str = "auto",
    self_ensemble: bool = False,
) -> int:
    """Write a result for every input; gives the number of inputs that failed, each with one line on stderr.

    Raises CommandError, before any photograph is read, where the model or the output folder cannot be used.
    """
    enhancer = _load(model, device, tile=tile, engine=engine, self_ensemble=self_ensemble)
    _prepare_folder(output)
    # header readers have remarks of their own on stderr; here each bad input has exactly one line there
    warnings.filterwarnings("ignore", module="PIL")
    jobs, failures = plan(inputs, output)
    for line in failures:
        _complain(line)
    failed = len(failures)
    # disable=None: no bars where stderr is a file or a pipe, so there it holds nothing but the bad inputs
    for job in tqdm(jobs, desc="photographs", unit="file", disable=None):
        try:
            _enhance_one(enhancer, job, detail)
        except (ValueError, RuntimeError, OSError, MemoryError) as error:
            _complain(f"{job.source}: {_sentence(error)}")
            failed += 1
        else:
            tqdm.write(f"{job.source} -> {job.target}", file=sys.stdout)
    return failed


def plan(inputs: Sequence[Path], output: Path) -> tuple[list[Job], list[str]]:
    """Which file becomes which: jobs, and one line for each input that gives none.

    A file given twice is done once. The first owner of a stem gets ``<stem>.png``; later ones get
    ``<stem>-2.png`` and so on, in the order given, past any name that is an input's own.
    """
    sources, failures = _sources(inputs)
    plain = {source.stem.casefold() for source in sources}  # "A.png" and "a.png" are one file on many disks
    taken: set[str] = set()
    originals = {_identity(source) for source in sources} - {None}
    jobs = []
    for source in sources:
        stem, number = source.stem, 1
        while stem.casefold() in taken or (number > 1 and stem.casefold() in plain):
            number += 1
            stem = f"{source.stem}-{number}"
        taken.add(stem.casefold())
        target = output / f"{stem}.png"
        if _identity(target) in originals:
            failures.append(f"{source}: The result would replace the photograph {target}; choose another folder.")
        else:
            jobs.append(Job(source, target))
    return jobs, failures


def info(*, as_json: bool) -> int:
    """Write the list of models to stdout.

    Gives the number of models whose checkpoint cannot be read, each with one line on stderr.
    """
    from cf_esrt import models

    found, failed = [], 0
    for name in models.names():
        try:
            found.append(_description(models.describe(name)))
        except (ValueError, RuntimeError, OSError) as error:
            _complain(f"{name}: {_sentence(error)}")
            failed += 1
    as_text = "\n\n".join(_card(model) for model in found)
    sys.stdout.write((json.dumps(found, indent=2, ensure_ascii=False) if as_json else as_text) + "\n")
    return failed


def repeat(record: Path, given: Path, output: Path, *, added: Sequence[str] = ()) -> int:
    """Make the results of a record again from the photograph ``given``, and write them as PNG files.

    ``added`` are models besides the listed ones, ``NAME=FILE`` each (`catalogue.Catalogue`).

    Gives the number of sentences on stderr: what does not belong together, where nothing is written, or what came out
    otherwise than recorded. Raises CommandError where a file cannot be used or a network cannot be run.
    """
    from cf_esrt import provenance as records

    try:
        wanted = records.from_json(_read_record(record))
        photograph = photo.read(given).pixels
    except (ValueError, OSError, MemoryError) as error:
        raise CommandError(_sentence(error)) from error
    from cf_esrt.catalogue import Catalogue
    from cf_esrt.device import choose_device

    try:
        catalogue = Catalogue.of(added)
    except ValueError as error:
        raise CommandError(_sentence(error)) from error
    unfit = list(records.check(wanted, photograph, lambda name: catalogue.describe(name).sha256))
    if any(one.setting.device == "cuda" for one in wanted):
        try:
            choose_device("cuda")
        except ValueError:
            unfit.append("The record was made on a CUDA device, and there is none here.")
    for line in unfit:
        _complain(f"error: {line}")
    if unfit:
        return len(unfit)
    _prepare_folder(output)
    originals = {_identity(record), _identity(given)}
    differences = 0
    try:
        reproductions = records.reproduce(
            wanted,
            photograph,
            partial(_load_recorded, catalogue),
            partial(_load_usual, catalogue),
        )
        for result in reproductions:
            target = output / result.name
            if _identity(target) in originals:
                raise CommandError(f"The result would replace {target}; choose another folder.")
            photo.save(target, result.png)
            sys.stdout.write(f"{target}\n")
            for line in result.differences:
                _complain(f"{target}: {line}")
            differences += len(result.differences)
            if result.note:
                _complain(f"{target}: note: {result.note}")
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        if isinstance(error, CommandError):
            raise
        raise CommandError(_sentence(error)) from error
    return differences


def _load_recorded(catalogue: Catalogue, setting: Setting) -> Enhancer:
    """As recorded; by whatever engine is here where that one is not."""
    from cf_esrt.engine import EngineError
    from cf_esrt.enhance import Enhancer

    model, device, tile = catalogue.describe(setting.model), setting.device, setting.tile
    if setting.checkpoint_sha256 is None:
        return Enhancer.of(model, device, tile=tile)
    try:
        return Enhancer.of(model, device, tile=tile, precision=setting.precision, engine=setting.engine)
    except EngineError:
        return Enhancer.of(model, device, tile=tile)


def _load_usual(catalogue: Catalogue, setting: Setting) -> Enhancer | None:
    """As networks are run here where nobody asks for an engine; None where that is as recorded."""
    from cf_esrt.device import choose_device
    from cf_esrt.engine.choice import outlook
    from cf_esrt.enhance import Enhancer

    model = catalogue.describe(setting.model)
    if setting.checkpoint_sha256 is None:
        return None
    if outlook(model, choose_device(setting.device)) == (setting.engine, setting.precision):
        return None
    return Enhancer.of(model, setting.device, tile=setting.tile)


def _read_record(path: Path) -> bytes:
    from cf_esrt.provenance.serialization import MAX_BYTES

    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _load(model: str, device: str, **how: Any) -> Enhancer:
    from cf_esrt import models

    try:
        models.find(model)  # a wrong name is reported before torch is imported
        from cf_esrt.enhance import Enhancer

        return Enhancer.load(model, device, **how)
    except (ValueError, RuntimeError, OSError) as error:
        raise CommandError(_sentence(error)) from error


def _prepare_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise CommandError(f"{output} is a file, not a folder.") from error
    except OSError as error:
        raise CommandError(f"The folder {output} could not be made: {_reason(error)}.") from error
    if not os.access(output, os.W_OK | os.X_OK):
        raise CommandError(f"The folder {output} cannot be written to.")


def _sources(inputs: Sequence[Path]) -> tuple[list[Path], list[str]]:
    files: dict[Path, Path] = {}
    failures: list[str] = []
    for given in inputs:
        try:
            inside = _photographs(given) if given.is_dir() else [given]
            if not inside:
                failures.append(f"{given}: The folder holds no {photo.READ} files.")
            for path in inside:
                files.setdefault(path.resolve(), path)
        except (
            OSError,
            RuntimeError,
            ValueError,
        ) as error:  # unreadable folder, loop of links, NUL in a name
            failures.append(f"{given}: {_sentence(error)}")
    return list(files.values()), failures


def _photographs(folder: Path) -> list[Path]:
    """By name, since a damaged photograph deserves its line; dot files are other programs' notes."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in photo.SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _enhance_one(enhancer: Enhancer, job: Job, detail: float) -> None:
    pixels = photo.read(job.source).pixels
    with tqdm(desc=job.source.name, unit="tile", leave=False, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        result = enhancer(pixels, detail=detail, progress=progress)
    descriptor = enhancer.descriptor
    text = photo.labels(
        model=descriptor.name,
        sha256=descriptor.sha256,
        detail=detail if descriptor.stage == "both" else None,
        run=_run_by(enhancer),
    )
    photo.save(job.target, photo.png_bytes(result, text=text))


def _run_by(enhancer: Enhancer) -> str | None:
    if enhancer.engine is None:
        return None
    mean = ", mean over eight flips and turns" if enhancer.self_ensemble else ""
    return f"{enhancer.engine}, {enhancer.precision}{mean}"


def _complain(line: str) -> None:
    tqdm.write(" ".join(line.split()), file=sys.stderr)


def _reason(error: OSError) -> str:
    return (error.strerror or "the system gave no reason").lower()


def _sentence(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this photograph; crop it or use a smaller one."
    if isinstance(error, OSError):
        return f"The file could not be written or read: {_reason(error)}."
    return " ".join(str(error).split()) or f"It failed with {type(error).__name__}."


def _description(model: ModelDescriptor) -> dict[str, Any]:
    from cf_esrt.device import choose_device
    from cf_esrt.engine.choice import outlook

    engine, precision = (None, None) if model.checkpoint is None else outlook(model, choose_device("auto"))
    return {
        "name": model.name,
        "title": model.title,
        "summary": model.summary,
        "scale": model.scale,
        "parameters": model.parameters,
        "licence": model.licence,
        "checkpoint": Path(model.checkpoint).name if model.checkpoint else None,  # a path would name the machine
        "sha256": model.sha256,
        "training_data": model.training_data,
        "history": dict(model.history),
        "tile": model.tile,
        "dtypes": list(model.dtypes),
        "engine": engine,  # what runs it here, if no other is asked for
        "precision": precision,
        "scores": dict(model.metrics),
    }


def _card(model: dict[str, Any]) -> str:
    lines = [f"{model['name']}: {model['title']}"]
    rest = {key: value for key, value in model.items() if key not in ("name", "title")}
    return "\n".join(lines + [f"  {key.replace('_', ' '):<15}{_readable(value)}" for key, value in rest.items()])


def _readable(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "none"
    if isinstance(value, dict):
        return "; ".join(f"{key} {_readable(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
