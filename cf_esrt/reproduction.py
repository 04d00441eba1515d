"""``reproduce``: the results of a record once more, from the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cf_esrt import photo, terminal
from cf_esrt.commands import prepare_folder
from cf_esrt.inputs import identity
from cf_esrt.sentences import CommandError, sentence

if TYPE_CHECKING:
    from cf_esrt.catalogue import Catalogue
    from cf_esrt.enhance import Enhancer
    from cf_esrt.provenance import Setting


def reproduce(record: Path, given: Path, output: Path, *, added: Sequence[str] = ()) -> int:
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
        raise CommandError(sentence(error)) from error
    from cf_esrt.catalogue import Catalogue
    from cf_esrt.engine.device import choose_device

    try:
        catalogue = Catalogue.of(added)
    except ValueError as error:
        raise CommandError(sentence(error)) from error
    unfit = list(records.check(wanted, photograph, lambda name: catalogue.describe(name).sha256))
    if any(one.setting.device == "cuda" for one in wanted):
        try:
            choose_device("cuda")
        except ValueError:
            unfit.append("The record was made on a CUDA device, and there is none here.")
    for line in unfit:
        terminal.complain(f"error: {line}")
    if unfit:
        return len(unfit)
    prepare_folder(output)
    originals = {identity(record), identity(given)}
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
            if identity(target) in originals:
                raise CommandError(f"The result would replace {target}; choose another folder.")
            photo.save(target, result.png)
            terminal.tell(str(target))
            for line in result.differences:
                terminal.complain(f"{target}: {line}")
            differences += len(result.differences)
            if result.note:
                terminal.complain(f"{target}: note: {result.note}")
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        if isinstance(error, CommandError):
            raise
        raise CommandError(sentence(error)) from error
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
    from cf_esrt.engine.choice import outlook
    from cf_esrt.engine.device import choose_device
    from cf_esrt.enhance import Enhancer

    model = catalogue.describe(setting.model)
    if setting.checkpoint_sha256 is None:
        return None
    if outlook(model, choose_device(setting.device)) == (setting.engine, setting.precision):
        return None
    return Enhancer.of(model, setting.device, tile=setting.tile)


def _read_record(path: Path) -> bytes:
    from cf_esrt.provenance.serialisation import MAX_BYTES

    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)
