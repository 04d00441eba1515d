"""What a configuration may name as data: folders in any layout, and sides of a split."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

from training.config import ConfigError
from training.data.layouts import LAYOUTS, read_layout
from training.data.splits import SIDES, Side, check_presence, read_split


def resolve(sources: Iterable[Path | str], *, verify: bool = True) -> list[Path]:
    """The image files of the sources, in their order, each source's sorted.

    A source is a folder (its layout found, or stated: ``folder#tree``) or a split's side: ``split.json#train``,
    ``split.json#held_out``, whose files have to be there and are compared with their hashes unless ``verify`` is off.
    ConfigError in one sentence where a source is missing, empty, or not what it was.
    """
    found: list[Path] = []
    for source in sources:
        path, part = _parts(str(source))
        if path.is_dir():
            found += [record.path for record in read_layout(path, part)[1]]
        elif path.suffix == ".json":
            if part not in SIDES:
                raise ConfigError(f"{source} names no side of the split: write {path}#train or {path}#held_out.")
            side = cast(Side, part)
            split = read_split(path, verify=(side,) if verify else ())
            check_presence(split, path, side)
            found += split.files(side)
        else:
            raise ConfigError(
                f"The image folder {path} is not there: check data.train and data.validate (folders, split.json#train)."
            )
    if not found:
        raise ConfigError("No photographs are named: give a folder, or a side of a split (split.json#train).")
    return found


def _parts(source: str) -> tuple[Path, str | None]:
    """Path and what follows the last #, which a folder's own name may hold."""
    if Path(source).is_dir() or "#" not in source:
        return Path(source), None
    path, _, part = source.rpartition("#")
    known = [*SIDES, *(layout.name for layout in LAYOUTS)]
    if part not in known:
        raise ConfigError(f"{source} ends in #{part}: known are {', '.join(known)}.")
    return Path(path), part
