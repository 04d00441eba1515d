"""The layouts in which data sets of skin photographs are published, each read into the same records.

ISIC 2019: challenge.isic-archive.com/data (Tschandl et al. 2018; Codella et al. 2018; Hernández-Pérez et al. 2024).
isic-cli: what ``isic image download FOLDER`` writes. PAD-UFES-20: Pacheco et al. 2020, doi:10.17632/zr7vgbcyr2.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from training.config import ConfigError
from training.data.images import SUFFIXES

log = logging.getLogger(__name__)
Row = dict[str, str]


@dataclass(frozen=True)
class Record:
    path: Path
    lesion: str | None = None
    """The data set's own name of the lesion; photographs of one lesion share it."""
    diagnosis: str | None = None
    """As the data set abbreviates it."""
    patient: str | None = None
    """The data set's pseudonym of the patient."""


@dataclass(frozen=True)
class Layout:
    name: str
    is_here: Callable[[Path], bool]
    """Whether a folder is in this layout, by names and table heads alone."""
    read: Callable[[Path], list[Record]]
    """The photographs of the folder, sorted by path. ConfigError where a table is missing or of another kind."""


def read_layout(folder: Path, name: str | None = None) -> tuple[str, list[Record]]:
    """The layout's name and the folder's records; the first of `LAYOUTS` that is there, unless ``name`` states one.

    ConfigError where the folder is missing, holds no photographs, or the layout is unknown.
    """
    if not folder.is_dir():
        raise ConfigError(f"The image folder {folder} is not there: check the path.")
    layouts = {layout.name: layout for layout in LAYOUTS}
    if name is not None and name not in layouts:
        raise ConfigError(f"The layout {name} is unknown: it is one of {', '.join(layouts)}.")
    layout = layouts[name] if name is not None else next(layout for layout in LAYOUTS if layout.is_here(folder))
    records = layout.read(folder)
    if not records:
        raise ConfigError(
            f"The image folder {folder} holds no images ({', '.join(SUFFIXES)}) in the layout {layout.name}: give the "
            f"folder that does, or state another layout ({', '.join(layouts)})."
        )
    return layout.name, records


def _images(folder: Path, *, deep: bool) -> list[Path]:
    """Image files of the folder, or of the whole tree; hidden ones (partial downloads, macOS's) are none."""
    found = folder.rglob("*") if deep else folder.iterdir()
    return sorted(p for p in found if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file())


def _read_isic_2019(folder: Path) -> list[Record]:
    lesions = _table(folder / "ISIC_2019_Training_Metadata.csv", ("image", "lesion_id"))
    truth_path = folder / "ISIC_2019_Training_GroundTruth.csv"
    truth = _table(truth_path, ("image", "MEL", "NV")) if truth_path.is_file() else {}
    return [
        Record(path, _given(row, "lesion_id"), _hot(truth.get(path.stem, {})))
        for path, row in _joined(_images(folder / "ISIC_2019_Training_Input", deep=True), lesions, folder)
    ]


def _read_isic_cli(folder: Path) -> list[Record]:
    table = _table(folder / "metadata.csv", ("isic_id",))
    levels = ("diagnosis_5", "diagnosis_4", "diagnosis_3", "diagnosis_2", "diagnosis_1", "diagnosis")
    return [
        Record(path, _given(row, "lesion_id"), _given(row, *levels), _given(row, "patient_id"))
        for path, row in _joined(_images(folder, deep=False), table, folder)
    ]


def _read_pad_ufes_20(folder: Path) -> list[Record]:
    table = _table(folder / "metadata.csv", ("img_id", "patient_id", "lesion_id"))
    return [
        Record(path, _given(row, "lesion_id"), _given(row, "diagnostic"), _given(row, "patient_id"))
        for path, row in _joined(_images(folder, deep=True), table, folder)
    ]


def _head(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _table(path: Path, columns: tuple[str, ...]) -> dict[str, Row]:
    """The rows by the first column, without a file ending where it has one. ConfigError names what is not there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise ConfigError(
            f"The table {path} cannot be read ({error.strerror}): put it there as published, or state the layout "
            "folder or tree, which need none and know of no lesions."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"The table {path} is not CSV in UTF-8: put it there as published.") from error
    absent = [column for column in columns if not rows or column not in rows[0]]
    if absent:
        raise ConfigError(f"The table {path} has no column {absent[0]}: put it there as published.")
    return {Path(row[columns[0]] or "").stem: row for row in rows}


def _joined(images: Iterable[Path], table: dict[str, Row], folder: Path) -> list[tuple[Path, Row]]:
    """Each photograph with its row; what has no row, or lies there twice, is counted in the log and left out."""
    found: dict[str, Path] = {}
    strange: list[Path] = []
    for path in images:
        if path.stem in table and path.stem not in found:
            found[path.stem] = path
        else:
            strange.append(path)
    if strange:
        log.warning("%s: %d images without a row, or there twice, are left out (%s)", folder, len(strange), strange[0])
    missing = [name for name in table if name not in found]
    if missing and found:
        log.warning("%s: %d of %d rows have no image (%s)", folder, len(missing), len(table), missing[0])
    return sorted((path, table[name]) for name, path in found.items()) if found else []


def _given(row: Row, *columns: str) -> str | None:
    """The first of the columns that says something."""
    values = ((row.get(column) or "").strip() for column in columns)
    return next((value for value in values if value.lower() not in ("", "nan", "na", "none", "null")), None)


def _hot(row: Row) -> str | None:
    """The column of a one-hot row that holds 1."""
    return next((name for name, value in row.items() if name != "image" and value in ("1", "1.0")), None)


LAYOUTS = (
    Layout("isic2019", lambda folder: (folder / "ISIC_2019_Training_Input").is_dir(), _read_isic_2019),
    Layout("isic-cli", lambda folder: "isic_id" in _head(folder / "metadata.csv"), _read_isic_cli),
    Layout("pad-ufes-20", lambda folder: "img_id" in _head(folder / "metadata.csv"), _read_pad_ufes_20),
    Layout("folder", lambda folder: True, lambda folder: [Record(path) for path in _images(folder, deep=False)]),
    Layout("tree", lambda folder: False, lambda folder: [Record(path) for path in _images(folder, deep=True)]),
)
"""In the order in which they are looked for; ``tree`` (a folder and all below it) has to be stated."""
